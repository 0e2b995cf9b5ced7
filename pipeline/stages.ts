import { findAdapter } from "../kernels/webgpu/adapter.ts";
import type { Precision } from "../models/clip/tower.ts";
import type { ModelFiles } from "../models/registry.ts";
import type { Provider } from "../onnx/session.ts";
import { DecodePool } from "./decode/pool.ts";
import { Encoder, type EncoderOptions } from "./encode/encoder.ts";
import { ReduceStage } from "./reduce/reduce_stage.ts";

/** Where a user may ask the stages to compute. */
export type Device = "auto" | "cpu" | "webgpu" | "cuda";

/** The stages from a video's file to its tokens. */
export interface TokenStages extends Disposable {
  readonly decode: DecodePool;
  readonly encode: Encoder;
}

/** The stages that a video runs through. */
export interface Stages extends TokenStages {
  /** What encodes and reduces, in a word or two. */
  readonly device: string;
  readonly reduce: ReduceStage;
}

/** How to open the stages. */
export interface StagesOptions {
  readonly decoder: "auto" | "native" | "wasm";
  readonly device: Device;
  readonly precision: Precision;
  /** Videos that are decoded at a time. */
  readonly concurrency: number;
  /** Told, once each, which lesser ways are taken. */
  readonly onNotice: (message: string) => void;
}

/** The providers that encode, best first. CLIP's quantised products are written for CPUs. */
function providers(device: Device, precision: Precision, gpu: boolean): Provider[] {
  if (device === "cpu" || precision === "int8") return ["cpu"];
  if (device === "cuda") return ["cuda"];
  if (device === "webgpu") return gpu ? ["webgpu", "cpu"] : ["cpu"];
  return gpu ? ["cuda", "webgpu", "cpu"] : ["cuda", "cpu"];
}

/** Above this size of a model's file, a second copy of its weights is not worth the memory. */
const LARGE_MODEL = 10 ** 9;

/** Sessions on the CPU: two, each with half of the cores, unless the model is large. */
async function cpuSessions({ weightsPath }: ModelFiles): Promise<number> {
  const { size } = await Deno.stat(weightsPath);
  return size > LARGE_MODEL ? 1 : Math.min(2, navigator.hardwareConcurrency);
}

/** Opens the encoder; what a user asked for by name and has not got is told with a way on. */
async function openEncoder(
  device: Device,
  model: ModelFiles,
  options: EncoderOptions,
): Promise<Encoder> {
  try {
    return await Encoder.open(model, options);
  } catch (error) {
    if (options.providers.at(-1) === "cpu") throw error;
    const [why] = (error as Error).message.split("\n");
    throw new Error(
      `Cannot encode on ${device}: ${why}; fovea doctor tells what this machine has, and ` +
        "--device auto takes what there is",
      { cause: error },
    );
  }
}

/**
 * Opens the stages from a video's file to its tokens. On `auto` a software adapter does not count
 * as a GPU: the CPU is faster.
 *
 * @throws {Error} If the decoder or device that was asked for by name is not there.
 */
export async function openTokenStages(
  model: ModelFiles,
  options: StagesOptions,
): Promise<TokenStages> {
  return await openUpToTokens(model, options, await hasGpu(options.device));
}

/** Whether there is a real adapter that may be used. */
async function hasGpu(device: Device): Promise<boolean> {
  const adapter = device === "cpu" ? null : await findAdapter();
  return adapter !== null && !adapter.software;
}

async function openUpToTokens(
  model: ModelFiles,
  { decoder, device, precision, concurrency, onNotice }: StagesOptions,
  gpu: boolean,
): Promise<TokenStages> {
  using opened = new DisposableStack();
  const decode = opened.use(
    await DecodePool.open({
      decoder,
      workers: concurrency,
      imageSize: model.config.vision.imageSize,
    }),
  );
  if (decoder === "auto" && decode.decoder === "wasm") {
    onNotice("Decoding with the WebAssembly build of FFmpeg: node-av does not load here");
  }
  const encode = opened.use(
    await openEncoder(device, model, {
      providers: providers(device, precision, gpu),
      precision,
      sessions: await cpuSessions(model),
      threads: navigator.hardwareConcurrency,
      onFallback: onNotice,
    }),
  );
  if (precision === "int8" && (device === "cuda" || device === "webgpu")) {
    onNotice("Encoding on the CPU: int8 is made for CPUs");
  } else if (device === "webgpu" && encode.provider === "cpu") {
    onNotice("Encoding on the CPU: ONNX Runtime has no adapter here that it can use");
  }
  const stages = opened.move();
  return { decode, encode, [Symbol.dispose]: () => stages.dispose() };
}

/**
 * Opens all stages, as {@linkcode openTokenStages} opens the first two.
 *
 * @throws {Error} If the decoder or device that was asked for by name is not there.
 */
export async function openStages(model: ModelFiles, options: StagesOptions): Promise<Stages> {
  const { device, onNotice } = options;
  const gpu = await hasGpu(device);
  using opened = new DisposableStack();
  const { decode, encode } = opened.use(await openUpToTokens(model, options, gpu));
  const reduce = opened.use(
    await ReduceStage.open({
      modelDir: model.dir,
      dim: model.config.dim,
      device: device === "webgpu" || gpu ? "webgpu" : "cpu",
      onFallback: onNotice,
    }),
  );
  const stages = opened.move();
  return {
    get device() {
      return encode.provider === reduce.device
        ? reduce.device
        : `${encode.provider} (encode), ${reduce.device} (reduce)`;
    },
    decode,
    encode,
    reduce,
    [Symbol.dispose]: () => stages.dispose(),
  };
}
