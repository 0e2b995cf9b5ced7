/**
 * The operations on the CPU: matrix products by ONNX Runtime, the rest in TypeScript. Clips are
 * computed one after the other, so a clip cannot see its batch; ONNX Runtime's threads share each
 * product. A run of ONNX Runtime blocks its JavaScript thread: put the backend into a worker.
 *
 * @module
 */
import {
  type Attention,
  type Backend,
  DeviceLostError,
  type Distances,
  type HostRows,
  type Kernels,
  type Linear,
  type Mlp,
  type Norm,
  type Rows,
} from "../backend.ts";
import { gather } from "../gather.ts";
import {
  checkAligned,
  checkNeighbours,
  checkPairs,
  checkRanked,
  checkRows,
  checkTaken,
  checkText,
  rowsOf,
} from "../ranges.ts";
import { assign } from "./assign.ts";
import { centres } from "./centres.ts";
import { density } from "./density.ts";
import { DistanceMatrix } from "./distances.ts";
import { interact } from "./interact.ts";
import { merge } from "./merge.ts";
import { Products } from "./products.ts";
import { cosine, pool, top, unit } from "./rows.ts";
import { separation } from "./separation.ts";

/** Logits of one attention product: 32 MiB. More merged tokens than fit go in several. */
const MAX_LOGITS = 1 << 23;

type Array32<T> = T extends "uint32" ? Uint32Array : Float32Array;

/** Rows in memory. */
class HostTensor<T extends "float32" | "uint32" = "float32"> implements Rows<T> {
  readonly counts: readonly number[];

  constructor(
    readonly type: T,
    readonly width: number,
    readonly clips: readonly Array32<T>[],
  ) {
    this.counts = clips.map((clip) => clip.length / width);
  }
}

/** Uploaded halves: widened when an operation cannot take them as they are. */
class HalfTensor implements Rows {
  readonly type = "float32";
  readonly counts: readonly number[];

  /** The clips as float32, once an operation has asked for them. */
  widened?: Promise<Float32Array[]>;

  constructor(readonly width: number, readonly clips: readonly Float16Array[]) {
    this.counts = clips.map((clip) => clip.length / width);
  }
}

class HostDistances implements Distances {
  readonly counts: readonly number[];

  constructor(readonly clips: readonly DistanceMatrix[]) {
    this.counts = clips.map((matrix) => matrix.size);
  }
}

/** How to open the CPU backend. */
export interface CpuOptions {
  /** Threads of a matrix product. Defaults to every core. */
  readonly threads?: number;
}

/** The CPU as a {@linkcode Backend}. */
export class CpuBackend implements Backend, Kernels {
  readonly name = "cpu";
  readonly device: string;
  readonly #dispatches = new Map<string, number>();
  readonly #products: Products;
  #destroyed = false;

  constructor({ threads = navigator.hardwareConcurrency }: CpuOptions = {}) {
    this.device = `${threads} CPU thread${threads === 1 ? "" : "s"}`;
    this.#products = new Products(threads);
  }

  get dispatches(): ReadonlyMap<string, number> {
    return this.#dispatches;
  }

  async batch<T>(work: (kernels: Kernels) => Promise<T>): Promise<T> {
    if (this.#destroyed) throw new DeviceLostError("the backend was destroyed");
    return await work(this);
  }

  destroy(): void {
    this.#destroyed = true;
  }

  // deno-lint-ignore require-await
  async upload(clips: readonly (Float32Array | Float16Array)[], width: number): Promise<Rows> {
    checkRows(clips.map((clip) => rowsOf(clip, width)));
    if (clips.length > 0 && clips.every((clip) => clip instanceof Float16Array)) {
      return new HalfTensor(width, clips);
    }
    const widened = clips.map((c) => c instanceof Float16Array ? Float32Array.from(c) : c);
    return new HostTensor("float32", width, widened);
  }

  async read<T extends readonly Rows<"float32" | "uint32">[]>(...tensors: T): Promise<HostRows<T>> {
    const read = tensors.map((rows) =>
      isIndices(rows) ? indices(rows) : this.#floats(rows as Rows<"float32">)
    );
    return await Promise.all(read) as HostRows<T>;
  }

  async cosine(query: Float32Array, x: Rows): Promise<Rows> {
    return this.#perClip("cosine", 1, await this.#floats(x), (clip) => cosine(query, clip));
  }

  async top(scores: Rows, keep: readonly number[]): Promise<Rows<"uint32">> {
    checkTaken(scores, keep, "the top rows");
    checkRanked(scores);
    const clips = await this.#floats(scores);
    return this.#perClipIndices("top", clips, (clip, b) => top(clip, keep[b]));
  }

  async gather(x: Rows, chosen: Rows<"uint32">): Promise<Rows> {
    const index = indices(chosen);
    const clips = await this.#floats(x);
    return this.#perClip("gather", x.width, clips, (clip, b) => gather(clip, index[b], x.width));
  }

  async linear(x: Rows, layer: Linear): Promise<Rows> {
    const product = await this.#products.linear(layer);
    return await this.#perClipProduct("linear", layer.bias.length, x, (clip, rows) => {
      return product.run({ x: [clip, rows, x.width] });
    });
  }

  async unit(x: Rows): Promise<Rows> {
    return this.#perClip("unit", x.width, await this.#floats(x), (clip) => unit(clip, x.width));
  }

  async convolve(x: Rows, convolution: Float32Array, norm: Norm): Promise<Rows> {
    const product = await this.#products.convolve(convolution, norm);
    return await this.#perClipProduct("convolve", x.width, x, (clip, rows) => {
      return product.run({ x: [clip, rows, x.width] });
    });
  }

  async distances(x: Rows): Promise<Distances> {
    checkPairs(x);
    const gram = await this.#products.gram();
    const matrices: DistanceMatrix[] = [];
    for (const clip of await this.#floats(x)) {
      matrices.push(await DistanceMatrix.measure(clip, x.width, gram));
    }
    this.#count("distances");
    return new HostDistances(matrices);
  }

  // deno-lint-ignore require-await
  async readDistances(distances: Distances): Promise<Float32Array[]> {
    return matrices(distances).map(({ squares }) => squares.map(Math.sqrt));
  }

  // deno-lint-ignore require-await
  async density(distances: Distances, neighbours: number): Promise<Rows> {
    checkNeighbours(neighbours);
    this.#count("density");
    const clips = matrices(distances).map((matrix) => density(matrix, neighbours));
    return new HostTensor("float32", 1, clips);
  }

  async separation(distances: Distances, density: Rows): Promise<Rows> {
    checkAligned(distances, density);
    const rho = await this.#floats(density);
    this.#count("separation");
    const clips = matrices(distances).map((matrix, b) => separation(matrix, rho[b]));
    return new HostTensor("float32", 1, clips);
  }

  async centres(
    density: Rows,
    separation: Rows,
    clusters: readonly number[],
  ): Promise<Rows<"uint32">> {
    checkAligned(density, separation);
    checkTaken(density, clusters, "the centres");
    const delta = await this.#floats(separation);
    const rho = await this.#floats(density);
    return this.#perClipIndices("centres", rho, (clip, b) => centres(clip, delta[b], clusters[b]));
  }

  // deno-lint-ignore require-await
  async assign(distances: Distances, centres: Rows<"uint32">): Promise<Rows<"uint32">> {
    const chosen = indices(centres);
    this.#count("assign");
    const clips = matrices(distances).map((matrix, b) => assign(matrix, chosen[b]));
    return new HostTensor("uint32", 1, clips);
  }

  async merge(
    x: Rows,
    labels: Rows<"uint32">,
    clusters: readonly number[],
    importance?: Rows,
  ): Promise<Rows> {
    checkAligned(x, labels);
    checkTaken(x, clusters, "the clusters");
    const label = indices(labels);
    const weights = importance && await this.#floats(importance);
    const clips = await this.#floats(x);
    return this.#perClip(
      "merge",
      x.width,
      clips,
      (clip, b) => merge(clip, x.width, label[b], clusters[b], weights?.[b]),
    );
  }

  async attend(merged: Rows, x: Rows, importance: Rows, weights: Attention): Promise<Rows> {
    checkAligned(x, importance);
    const product = await this.#products.attend(weights);
    const tokens = await this.#floats(x);
    const scores = await this.#floats(importance);
    const dim = x.width;
    return await this.#perClipProduct("attend", dim, merged, async (clip, rows, b) => {
      const n = scores[b].length;
      const block = Math.max(1, Math.floor(MAX_LOGITS / (n * weights.heads)));
      const out = new Float32Array(clip.length);
      for (let start = 0; start < rows; start += block) {
        const part = clip.subarray(start * dim, (start + block) * dim);
        const represented = await product.run({
          merged: [part, part.length / dim, dim],
          x: [tokens[b], n, dim],
          importance: [scores[b], n],
        });
        if (block >= rows) return represented;
        out.set(represented, start * dim);
      }
      return out;
    });
  }

  async weigh(x: Rows, mlp?: Mlp): Promise<Rows> {
    if (!mlp) {
      this.#count("weigh");
      return new HostTensor("float32", 1, x.counts.map((n) => new Float32Array(n).fill(1 / n)));
    }
    const product = await this.#products.weigh(mlp);
    return await this.#perClipProduct("weigh", 1, x, (clip, rows) => {
      return product.run({ x: [clip, rows, x.width] });
    });
  }

  async pool(x: Rows, weights: Rows): Promise<Rows> {
    checkAligned(x, weights);
    const theta = await this.#floats(weights);
    return this.#perClip("pool", x.width, await this.#floats(x), (clip, b) => pool(clip, theta[b]));
  }

  async interact(
    text: Float32Array,
    textWeights: Float32Array,
    x: Rows,
    weights: Rows,
  ): Promise<Rows> {
    checkAligned(x, weights);
    checkText(text, textWeights, x.width);
    const theta = await this.#floats(weights);
    const clips = x instanceof HalfTensor ? x.clips : await this.#floats(x);
    const scores = await interact(this.#products, text, textWeights, clips, theta);
    this.#count("interact");
    return new HostTensor("float32", 1, Array.from(scores, (score) => Float32Array.of(score)));
  }

  #count(kernel: string): void {
    this.#dispatches.set(kernel, (this.#dispatches.get(kernel) ?? 0) + 1);
  }

  async #floats(rows: Rows): Promise<readonly Float32Array[]> {
    if (rows instanceof HostTensor) return rows.clips as readonly Float32Array[];
    if (!(rows instanceof HalfTensor)) throw foreign();
    rows.widened ??= this.#widen(rows);
    return await rows.widened;
  }

  /** All clips at once: a call of the runtime costs more than to widen a clip of frames. */
  async #widen({ clips, counts, width }: HalfTensor): Promise<Float32Array[]> {
    const rows = counts.reduce((sum, n) => sum + n, 0);
    const halves = new Float16Array(rows * width);
    let end = 0;
    const ends = clips.map((clip) => {
      halves.set(clip, end);
      return end += clip.length;
    });
    const product = await this.#products.widen();
    const widened = await product.run({ x: [halves, rows, width] });
    return clips.map((clip, b) => widened.subarray(ends[b] - clip.length, ends[b]));
  }

  #perClip(
    kernel: string,
    width: number,
    clips: readonly Float32Array[],
    compute: (clip: Float32Array, b: number) => Float32Array,
  ): Rows {
    this.#count(kernel);
    return new HostTensor("float32", width, clips.map(compute));
  }

  #perClipIndices(
    kernel: string,
    clips: readonly Float32Array[],
    compute: (clip: Float32Array, b: number) => Uint32Array,
  ): Rows<"uint32"> {
    this.#count(kernel);
    return new HostTensor("uint32", 1, clips.map(compute));
  }

  async #perClipProduct(
    kernel: string,
    width: number,
    x: Rows,
    compute: (clip: Float32Array, rows: number, b: number) => Promise<Float32Array>,
  ): Promise<Rows> {
    const out: Float32Array[] = [];
    for (const [b, clip] of (await this.#floats(x)).entries()) {
      // Each product blocks the thread; a batch stops at the next clip when it is destroyed.
      if (this.#destroyed) throw new DeviceLostError("the backend was destroyed");
      out.push(await compute(clip, x.counts[b], b));
    }
    this.#count(kernel);
    return new HostTensor("float32", width, out);
  }
}

function isIndices(rows: Rows<"float32" | "uint32">): rows is Rows<"uint32"> {
  return rows.type === "uint32";
}

function indices(rows: Rows<"uint32">): Uint32Array[] {
  if (!(rows instanceof HostTensor)) throw foreign();
  return rows.clips as Uint32Array[];
}

function matrices(distances: Distances): readonly DistanceMatrix[] {
  if (!(distances instanceof HostDistances)) throw foreign();
  return distances.clips;
}

function foreign(): TypeError {
  return new TypeError("Cannot use a tensor of another backend");
}
