import { type Adapter, findAdapter } from "../kernels/webgpu/adapter.ts";
import { cacheFolder } from "../models/cache_folder.ts";
import { EMBEDDED_MODEL, limitsOf } from "../models/embedded.ts";
import { hubUrl, locateModel, type RegisteredModel, REGISTRY } from "../models/registry.ts";
import { Graph } from "../onnx/graph.ts";
import { openSession, type Provider } from "../onnx/session.ts";
import { DecodePool } from "./decode/pool.ts";

/** One thing that was looked at. */
export interface Check {
  /** What was looked at. */
  readonly name: string;
  /** `absent`: not there, and not needed. `broken`: needed, and does not work. */
  readonly state: "works" | "absent" | "broken";
  /** What was found. */
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Tries what fovea can use on this machine: GPUs, ONNX providers, decoders, models. */
export async function diagnose(): Promise<Check[]> {
  const adapter = await findAdapter();
  return [
    describeAdapter(adapter),
    await checkProvider("cpu"),
    await checkProvider("cuda"),
    // It takes real GPUs only, and complains on the terminal about others.
    ...(adapter && !adapter.software ? [await checkProvider("webgpu")] : []),
    await checkDecoder("native"),
    await checkDecoder("wasm"),
    describeSource(),
    ...await Promise.all(REGISTRY.map(checkModel)),
    {
      name: `model ${EMBEDDED_MODEL}`,
      state: "works",
      detail: `comes with the program; ${limitsOf(EMBEDDED_MODEL)}`,
    },
  ];
}

function describeAdapter(adapter: Adapter | null): Check {
  const name = "GPU (WebGPU)";
  if (!adapter) {
    return {
      name,
      state: "absent",
      detail: "no WebGPU adapter; the CPU does the same work",
      advice: "For a GPU, install its Vulkan driver",
    };
  }
  return adapter.software
    ? { name, state: "absent", detail: `${adapter.name} is software; auto takes the CPU` }
    : { name, state: "works", detail: adapter.name };
}

async function checkProvider(provider: Provider): Promise<Check> {
  const name = `ONNX Runtime ${provider}`;
  const g = new Graph("probe");
  const x = g.input("x", "float32", [1]);
  g.output("y", g.op("Add", [x, x]), "float32", [1]);
  try {
    const session = await openSession(g.toModel(() => ({ bytes: new Uint8Array() })), { provider });
    await session.release();
    return { name, state: "works", detail: "loads" };
  } catch (error) {
    const detail = (error as Error).message.split("\n")[0];
    if (provider === "cpu") {
      return {
        name,
        state: "broken",
        detail,
        advice: "Install the packages again: deno install --frozen",
      };
    }
    return {
      name,
      state: "absent",
      detail,
      advice: provider === "cuda"
        ? "For NVIDIA GPUs, let onnxruntime-node's install script fetch its CUDA libraries"
        : undefined,
    };
  }
}

async function checkDecoder(decoder: "native" | "wasm"): Promise<Check> {
  const name = `decoder ${decoder}`;
  try {
    using _ = await DecodePool.open({ decoder, workers: 1, imageSize: 224 });
    return { name, state: "works", detail: "loads" };
  } catch (error) {
    const detail = (error as Error).message;
    return { name, state: "broken", detail, advice: "The other decoder takes its place on auto" };
  }
}

/** Where models come from, and where they are kept. */
function describeSource(): Check {
  const name = "models";
  const kept = `kept in ${cacheFolder()} (FOVEA_CACHE)`;
  return Deno.env.get("HF_HUB_OFFLINE") === "1"
    ? { name, state: "absent", detail: `${kept}; no hub is asked, since HF_HUB_OFFLINE is 1` }
    : { name, state: "works", detail: `from ${hubUrl()} (HF_ENDPOINT), ${kept}` };
}

async function checkModel(model: RegisteredModel): Promise<Check> {
  const { dir, present } = await locateModel(model);
  const name = `model ${model.name}`;
  if (present) return { name, state: "works", detail: dir };
  return {
    name,
    state: "absent",
    detail: `not in ${dir}`,
    advice: `index downloads it from ${model.repo}, or takes a folder: --model DIR`,
  };
}
