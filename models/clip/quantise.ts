/**
 * Weights in eight bits, made once from a model's own and kept in the cache.
 *
 * Only the matrix products inside the layers are quantised, with one scale per output; what they
 * are applied to is quantised by ONNX Runtime while it runs, with one scale per tensor. Norms,
 * biases, embeddings, convolutional stems and the last projection stay as they are: they cost
 * little time, or their model does, and their error would reach every output undamped.
 *
 * @module
 */
import { join } from "node:path";
import { cacheFolder } from "../cache_folder.ts";
import type { ModelFiles } from "../model_files.ts";
import {
  readSafetensors,
  type SafetensorsFile,
  type TensorSource,
  writeSafetensors,
} from "../safetensors.ts";

/** One of the two halves of a model. */
export type TowerName = "vision" | "text";

/** Raised when what the files hold changes. */
const VERSION = "1";

const PREFIXES: Record<TowerName, readonly string[]> = {
  vision: ["vision_model.", "visual_projection."],
  text: ["text_model.", "text_projection."],
};

const QUANTISED = /\.(?:patch_embedding|self_attn\.(?:q|k|v|out)_proj|mlp\.fc[12])\.weight$/;

/**
 * The quantised weights of one tower, made if they are not in the cache or are damaged there. Of
 * several processes one makes them and the others wait.
 *
 * @param cacheDir Where the file is kept. Defaults to `int8` in {@linkcode cacheFolder}.
 * @returns The path of a safetensors file.
 * @throws {Error} If the model's weights cannot be read, or the cache cannot be written.
 */
export async function quantisedWeights(
  model: ModelFiles,
  tower: TowerName,
  cacheDir: string = join(cacheFolder(), "int8"),
): Promise<string> {
  const source = await readSafetensors(model.weightsPath);
  const metadata = { precision: "int8", version: VERSION, source: model.fingerprint };
  const tensors = quantisedTensors(source, tower);
  const name = `${model.fingerprint}-${tower}.safetensors`;
  const path = join(cacheDir, name);
  if (await isIntact(path, tensors, metadata)) return path;

  try {
    await Deno.mkdir(cacheDir, { recursive: true });
    using lock = await Deno.open(`${path}.lock`, { create: true, write: true });
    await lock.lock(true);
    if (await isIntact(path, tensors, metadata)) return path;
    // Under the lock, what is half written was left by a process that died.
    for await (const file of Deno.readDir(cacheDir)) {
      if (file.name.startsWith(`${name}.`) && file.name.endsWith(".part")) {
        await Deno.remove(join(cacheDir, file.name));
      }
    }
    await writeSafetensors(path, tensors, metadata);
    return path;
  } catch (error) {
    // Errors of the system have a code; those of the model's weights tell themselves.
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new Error(
      `Cannot keep int8 weights in "${cacheDir}": ${error.message}; set FOVEA_CACHE to a folder ` +
        "that can be written to",
      { cause: error },
    );
  }
}

async function isIntact(
  path: string,
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>>,
): Promise<boolean> {
  let cached: SafetensorsFile;
  try {
    cached = await readSafetensors(path);
  } catch {
    return false; // missing or damaged: made anew either way
  }
  const sameSource = Object.entries(metadata).every(([key, value]) =>
    cached.metadata[key] === value
  );
  return sameSource && cached.tensors.size === tensors.length &&
    tensors.every(({ name, dtype, shape }) => {
      const found = cached.tensors.get(name);
      return found?.dtype === dtype && `${found.shape}` === `${shape}`;
    });
}

function quantisedTensors(source: SafetensorsFile, tower: TowerName): TensorSource[] {
  const sources: TensorSource[] = [];
  for (const [name, { dtype, shape }] of source.tensors) {
    if (!PREFIXES[tower].some((prefix) => name.startsWith(prefix))) continue;
    if (!QUANTISED.test(name)) {
      sources.push({ name, dtype, shape, data: () => source.bytes(name) });
      continue;
    }
    const outputs = shape[0];
    const inputs = shape.slice(1).reduce((product, dim) => product * dim, 1);
    // A weight and its scales are asked for one after the other: computed once for both.
    let scales = new Float32Array();
    sources.push({
      name,
      dtype: "I8",
      shape: [inputs, outputs],
      data: async () => {
        const quantised = quantiseRows(await source.float32(name), outputs, inputs);
        scales = quantised.scales;
        return new Uint8Array(quantised.values.buffer);
      },
    }, {
      name: scaleName(name),
      dtype: "F32",
      shape: [outputs],
      data: () => new Uint8Array(scales.buffer),
    });
  }
  return sources;
}

/** The name of the scales of a quantised weight. */
export function scaleName(weight: string): string {
  return `${weight}.scale`;
}

/**
 * Quantises a linear layer's weight symmetrically, a scale for each output, and transposes it.
 *
 * @param weight [outputs, inputs]
 * @returns `values` i8 [inputs, outputs] and `scales` [outputs]: weight ≈ value × scale.
 *
 * @example
 * ```ts
 * import { quantiseRows } from "./quantise.ts";
 * import assert from "node:assert/strict";
 *
 * const { values, scales } = quantiseRows(Float32Array.of(1, -0.5, 0, 0), 2, 2);
 * assert.deepEqual([...values], [127, 0, -64, 0]);
 * assert.equal(scales[0], Math.fround(1 / 127));
 * ```
 */
export function quantiseRows(
  weight: Float32Array,
  outputs: number,
  inputs: number,
): { values: Int8Array<ArrayBuffer>; scales: Float32Array<ArrayBuffer> } {
  const values = new Int8Array(weight.length);
  const scales = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    const row = weight.subarray(o * inputs, (o + 1) * inputs);
    const largest = row.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    scales[o] = largest === 0 ? 1 : largest / 127;
    for (let i = 0; i < inputs; i++) {
      // Half away from zero, so that a weight and its opposite stay opposite.
      const value = row[i] / scales[o];
      const rounded = Math.sign(value) * Math.round(Math.abs(value));
      values[i * outputs + o] = Math.min(Math.max(rounded, -127), 127);
    }
  }
  return { values, scales };
}
