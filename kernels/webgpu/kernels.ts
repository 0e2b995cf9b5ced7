/**
 * The operations as dispatches of the WGSL beside this file.
 *
 * @module
 */
import type {
  Attention,
  Distances,
  HostRows,
  Kernels,
  Linear,
  Mlp,
  Norm,
  Rows,
} from "../backend.ts";
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
import type { Kernel } from "./device.ts";
import { folded, type Grid, type Recorder } from "./recorder.ts";
import assignCode from "./assign.wgsl" with { type: "text" };
import attendCode from "./attend.wgsl" with { type: "text" };
import centresCode from "./centres.wgsl" with { type: "text" };
import convolveCode from "./convolve.wgsl" with { type: "text" };
import cosineCode from "./cosine.wgsl" with { type: "text" };
import densityCode from "./density.wgsl" with { type: "text" };
import distancesCode from "./distances.wgsl" with { type: "text" };
import dotCode from "./dot.wgsl" with { type: "text" };
import gatherCode from "./gather.wgsl" with { type: "text" };
import interactCode from "./interact.wgsl" with { type: "text" };
import linearCode from "./linear.wgsl" with { type: "text" };
import mergeCode from "./merge.wgsl" with { type: "text" };
import normaliseCode from "./normalise.wgsl" with { type: "text" };
import poolCode from "./pool.wgsl" with { type: "text" };
import rowSumCode from "./rowsum.wgsl" with { type: "text" };
import separationCode from "./separation.wgsl" with { type: "text" };
import softmaxCode from "./softmax.wgsl" with { type: "text" };
import spanCode from "./span.wgsl" with { type: "text" };
import tileCode from "./tile.wgsl" with { type: "text" };
import topCode from "./top.wgsl" with { type: "text" };
import unitCode from "./unit.wgsl" with { type: "text" };
import widenCode from "./widen.wgsl" with { type: "text" };

const ASSIGN: Kernel = { name: "assign", code: spanCode + assignCode };
const CENTRES: Kernel = { name: "centres", code: spanCode + centresCode };
const CONVOLVE: Kernel = { name: "convolve", code: convolveCode + tileCode };
const COSINE: Kernel = { name: "cosine", code: rowSumCode + cosineCode };
const DISTANCES: Kernel = { name: "distances", code: spanCode + distancesCode + tileCode };
const DOT: Kernel = { name: "dot", code: rowSumCode + dotCode };
const GATHER: Kernel = { name: "gather", code: spanCode + gatherCode };
const INTERACT: Kernel = { name: "interact", code: spanCode + interactCode };
const LINEAR: Kernel = { name: "linear", code: linearCode + tileCode };
const MERGE: Kernel = { name: "merge", code: spanCode + mergeCode };
const MERGE_ORDER: Kernel = { ...MERGE, name: "merge order", entryPoint: "order" };
const NORMALISE: Kernel = { name: "normalise", code: rowSumCode + normaliseCode };
const POOL: Kernel = { name: "pool", code: spanCode + poolCode };
const NEAREST: Kernel = {
  name: "separation nearest",
  code: spanCode + separationCode,
  entryPoint: "nearest",
};
const FARTHEST: Kernel = { ...NEAREST, name: "separation farthest", entryPoint: "farthest" };
const SOFTMAX: Kernel = { name: "softmax", code: spanCode + rowSumCode + softmaxCode };
const TOP: Kernel = { name: "top", code: spanCode + topCode };
const UNIT: Kernel = { name: "unit", code: rowSumCode + unitCode };
const WIDEN: Kernel = { name: "widen", code: widenCode };

/** The rows and columns of a workgroup's tile in tile.wgsl. */
const TILE = 64;
/** The threads of a workgroup where one thread stands for one token or column. */
const THREADS = 64;
/** The queries of a workgroup in attend.wgsl. */
const QUERIES = 64;

/** Rows in a buffer, packed clip behind clip. */
class GpuRows<T extends "float32" | "uint32" = "float32"> implements Rows<T> {
  /** Rows of all clips. */
  readonly total: number;

  constructor(
    readonly type: T,
    readonly counts: readonly number[],
    readonly width: number,
    readonly buffer: GPUBuffer,
  ) {
    this.total = counts.reduce((sum, n) => sum + n, 0);
  }
}

/** The matrices of a batch in a buffer. */
class GpuDistances implements Distances {
  constructor(readonly counts: readonly number[], readonly buffer: GPUBuffer) {}
}

/** One batch on the GPU. Operations only record; what is awaited is `read`. */
export class GpuKernels implements Kernels {
  readonly #recorder: Recorder;
  readonly #spans = new Map<string, GPUBuffer>();
  readonly #neighbours = new Map<string, GPUBuffer>();

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  // deno-lint-ignore require-await
  async upload(clips: readonly (Float32Array | Float16Array)[], width: number): Promise<Rows> {
    const counts = clips.map((clip) => rowsOf(clip, width));
    checkRows(counts);
    if (clips.length > 0 && clips.every((clip) => clip instanceof Float16Array)) {
      return this.#widen(clips, counts, width);
    }
    const widened = clips.map((c) => c instanceof Float16Array ? Float32Array.from(c) : c);
    const [first = new Float32Array(), ...more] = widened;
    return new GpuRows("float32", counts, width, this.#recorder.upload(first, ...more));
  }

  async read<T extends readonly Rows<"float32" | "uint32">[]>(...tensors: T): Promise<HostRows<T>> {
    const parts = tensors.map((rows) => {
      const { buffer, total, width } = own(rows);
      return { buffer, bytes: total * width * 4 };
    });
    const bytes = await this.#recorder.read(parts);
    return tensors.map(({ type, counts, width }, t) => {
      let offset = 0;
      return counts.map((n) => {
        const part = bytes[t].slice(offset, offset += n * width * 4);
        return type === "uint32" ? new Uint32Array(part) : new Float32Array(part);
      });
    }) as HostRows<T>;
  }

  // deno-lint-ignore require-await
  async cosine(query: Float32Array, x: Rows): Promise<Rows> {
    const { buffer, counts, total, width } = own(x);
    const y = this.#rows(counts, 1);
    const vector = this.#recorder.upload(query);
    this.#run(COSINE, uints(total, width), [vector, buffer, y.buffer], folded(total));
    return y;
  }

  // deno-lint-ignore require-await
  async top(scores: Rows, keep: readonly number[]): Promise<Rows<"uint32">> {
    checkTaken(scores, keep, "the top rows");
    checkRanked(scores);
    const { buffer, counts } = own(scores);
    const indices = this.#indices(keep);
    const buffers = [this.#span(counts), this.#span(keep), buffer, indices.buffer];
    this.#run(TOP, null, buffers, [1, 1, counts.length]);
    return indices;
  }

  // deno-lint-ignore require-await
  async gather(x: Rows, indices: Rows<"uint32">): Promise<Rows> {
    const { buffer, counts, width } = own(x);
    const chosen = own(indices);
    const y = this.#rows(chosen.counts, width);
    this.#run(
      GATHER,
      uints(width),
      [this.#span(counts), this.#span(chosen.counts), chosen.buffer, buffer, y.buffer],
      [Math.ceil(width / THREADS), Math.max(...chosen.counts), counts.length],
    );
    return y;
  }

  // deno-lint-ignore require-await
  async linear(x: Rows, layer: Linear): Promise<Rows> {
    return this.#linear(own(x), layer);
  }

  // deno-lint-ignore require-await
  async unit(x: Rows): Promise<Rows> {
    const { buffer, counts, total, width } = own(x);
    const y = this.#rows(counts, width);
    this.#run(UNIT, uints(total, width), [buffer, y.buffer], folded(total));
    return y;
  }

  // deno-lint-ignore require-await
  async convolve(x: Rows, convolution: Float32Array, norm: Norm): Promise<Rows> {
    const { buffer, counts, total, width } = own(x);
    const sum = this.#rows(counts, width);
    const taps = this.#recorder.device.weights(convolution, tapsOf);
    this.#run(
      CONVOLVE,
      uints(total, width),
      [buffer, taps, this.#sides(counts), sum.buffer],
      tiles(total, width),
    );
    const normalised = this.#normalise(sum, norm);
    this.#recorder.done(sum.buffer);
    return normalised;
  }

  // deno-lint-ignore require-await
  async distances(x: Rows): Promise<Distances> {
    checkPairs(x);
    const { buffer, counts, width } = own(x);
    const pairs = counts.reduce((sum, n) => sum + n * n, 0);
    const distances = new GpuDistances(counts, this.#recorder.take(pairs * 4));
    const side = Math.ceil(Math.max(...counts) / TILE);
    this.#run(
      DISTANCES,
      uints(width),
      [this.#span(counts), buffer, distances.buffer],
      [side, side, counts.length],
    );
    return distances;
  }

  async readDistances(distances: Distances): Promise<Float32Array[]> {
    const { buffer, counts } = ownDistances(distances);
    const pairs = counts.reduce((sum, n) => sum + n * n, 0);
    const [bytes] = await this.#recorder.read([{ buffer, bytes: pairs * 4 }]);
    let offset = 0;
    return counts.map((n) => new Float32Array(bytes.slice(offset, offset += n * n * 4)));
  }

  // deno-lint-ignore require-await
  async density(distances: Distances, neighbours: number): Promise<Rows> {
    checkNeighbours(neighbours);
    const { buffer, counts } = ownDistances(distances);
    const density = this.#rows(counts, 1);
    const constants = `const NEIGHBOURS = ${neighbours}u;\n`;
    const kernel = { name: "density", code: constants + spanCode + densityCode };
    const buffers = [this.#span(counts), buffer, density.buffer];
    this.#run(kernel, null, buffers, perToken(counts));
    return density;
  }

  // deno-lint-ignore require-await
  async separation(distances: Distances, density: Rows): Promise<Rows> {
    checkAligned(distances, density);
    const { buffer, counts } = ownDistances(distances);
    const separation = this.#rows(counts, 1);
    const reach = this.#rows(counts, 1).buffer;
    const spans = this.#span(counts);
    const nearest = [spans, buffer, own(density).buffer, separation.buffer, reach];
    this.#run(NEAREST, null, nearest, perToken(counts));
    const farthest = [spans, null, null, separation.buffer, reach];
    this.#run(FARTHEST, null, farthest, perToken(counts));
    return separation;
  }

  // deno-lint-ignore require-await
  async centres(
    density: Rows,
    separation: Rows,
    clusters: readonly number[],
  ): Promise<Rows<"uint32">> {
    checkAligned(density, separation);
    checkTaken(density, clusters, "the centres");
    const { buffer, counts } = own(density);
    const centres = this.#indices(clusters);
    this.#run(CENTRES, null, [
      this.#span(counts),
      this.#span(clusters),
      buffer,
      own(separation).buffer,
      centres.buffer,
    ], perToken(counts));
    return centres;
  }

  // deno-lint-ignore require-await
  async assign(distances: Distances, centres: Rows<"uint32">): Promise<Rows<"uint32">> {
    const { buffer, counts } = ownDistances(distances);
    const chosen = own(centres);
    const labels = this.#indices(counts);
    this.#run(ASSIGN, null, [
      this.#span(counts),
      this.#span(chosen.counts),
      buffer,
      chosen.buffer,
      labels.buffer,
    ], perToken(counts));
    return labels;
  }

  // deno-lint-ignore require-await
  async merge(
    x: Rows,
    labels: Rows<"uint32">,
    clusters: readonly number[],
    importance?: Rows,
  ): Promise<Rows> {
    checkAligned(x, labels);
    checkTaken(x, clusters, "the clusters");
    const { buffer, counts, width } = own(x);
    const label = own(labels).buffer;
    const merged = this.#rows(clusters, width);
    const sorted = this.#indices(counts).buffer;
    const first = this.#indices(clusters).buffer;
    const spans = [this.#span(counts), this.#span(clusters)];
    this.#run(
      MERGE_ORDER,
      null,
      [null, ...spans, label, sorted, first],
      perToken(counts),
    );
    const weights = importance ? own(importance).buffer : buffer;
    this.#run(
      MERGE,
      uints(width, importance ? 1 : 0),
      [...spans, null, sorted, first, buffer, weights, merged.buffer],
      [Math.max(...clusters), 1, counts.length],
    );
    return merged;
  }

  // deno-lint-ignore require-await
  async attend(merged: Rows, x: Rows, importance: Rows, weights: Attention): Promise<Rows> {
    checkAligned(x, importance);
    const { heads, norm } = weights;
    const originals = own(x);
    const { counts, width } = own(merged);
    const head = width / heads;
    if (!Number.isInteger(head) || head > 128) {
      throw new RangeError(
        `Cannot attend with ${heads} heads: expected them to divide ${width} into at most 128 each`,
      );
    }
    const normalisedMerged = this.#normalise(own(merged), norm);
    const queries = this.#linear(normalisedMerged, weights.query);
    const normalised = this.#normalise(originals, norm);
    const keysValues = this.#linear(normalised, weights.keyValue);
    this.#recorder.done(normalisedMerged.buffer, normalised.buffer);
    const mixed = this.#rows(counts, width);
    const parameters = uints(heads, 0);
    new Float32Array(parameters.buffer)[1] = head ** -0.5;
    const code = `const HEAD = ${head}u;\n${spanCode}${attendCode}`;
    this.#run({ name: "attend", code }, parameters, [
      this.#span(counts),
      this.#span(originals.counts),
      queries.buffer,
      keysValues.buffer,
      own(importance).buffer,
      mixed.buffer,
    ], [Math.ceil(Math.max(...counts) / QUERIES), heads, counts.length]);
    const out = this.#linear(mixed, weights.project, { residual: own(merged).buffer });
    this.#recorder.done(queries.buffer, keysValues.buffer, mixed.buffer);
    return out;
  }

  // deno-lint-ignore require-await
  async weigh(x: Rows, mlp?: Mlp): Promise<Rows> {
    const { counts, total } = own(x);
    const hidden = mlp && this.#linear(own(x), mlp.hidden, { relu: true });
    const logits = hidden
      ? this.#linear(hidden, mlp.output).buffer
      : this.#recorder.zeros(total * 4);
    if (hidden) this.#recorder.done(hidden.buffer);
    const weights = this.#rows(counts, 1);
    const buffers = [this.#span(counts), logits, weights.buffer];
    this.#run(SOFTMAX, null, buffers, [1, 1, counts.length]);
    return weights;
  }

  // deno-lint-ignore require-await
  async pool(x: Rows, weights: Rows): Promise<Rows> {
    checkAligned(x, weights);
    const { buffer, counts, width } = own(x);
    const y = this.#rows(counts.map(() => 1), width);
    this.#run(
      POOL,
      uints(width),
      [this.#span(counts), buffer, own(weights).buffer, y.buffer],
      [Math.ceil(width / THREADS), 1, counts.length],
    );
    return y;
  }

  // deno-lint-ignore require-await
  async interact(
    text: Float32Array,
    textWeights: Float32Array,
    x: Rows,
    weights: Rows,
  ): Promise<Rows> {
    checkAligned(x, weights);
    checkText(text, textWeights, x.width);
    const { buffer, counts, width } = own(x);
    const scores = this.#rows(counts.map(() => 1), 1);
    this.#run(INTERACT, uints(width, textWeights.length, counts.length), [
      this.#span(counts),
      this.#recorder.upload(text),
      this.#recorder.upload(textWeights),
      buffer,
      own(weights).buffer,
      scores.buffer,
    ], folded(counts.length));
    return scores;
  }

  #run(
    kernel: Kernel,
    uniforms: Uint32Array | null,
    buffers: readonly (GPUBuffer | null)[],
    grid: Grid,
  ): void {
    this.#recorder.dispatch(kernel, uniforms, buffers, grid);
  }

  #rows(counts: readonly number[], width: number): GpuRows {
    const numbers = counts.reduce((sum, n) => sum + n, 0) * width;
    return new GpuRows("float32", counts, width, this.#recorder.take(numbers * 4));
  }

  #indices(counts: readonly number[]): GpuRows<"uint32"> {
    const total = counts.reduce((sum, n) => sum + n, 0);
    return new GpuRows("uint32", counts, 1, this.#recorder.take(total * 4));
  }

  #widen(clips: readonly Float16Array[], counts: readonly number[], width: number): GpuRows {
    const rows = this.#rows(counts, width);
    const count = rows.total * width;
    const pairs = Math.ceil(count / 2);
    const halves = new Uint16Array(2 * pairs);
    let offset = 0;
    for (const clip of clips) {
      halves.set(new Uint16Array(clip.buffer, clip.byteOffset, clip.length), offset);
      offset += clip.length;
    }
    const packed = this.#recorder.upload(new Uint32Array(halves.buffer));
    const grid = folded(Math.ceil(pairs / THREADS));
    this.#run(WIDEN, uints(pairs, count), [packed, rows.buffer], grid);
    this.#recorder.done(packed);
    return rows;
  }

  #normalise(x: GpuRows, norm: Norm): GpuRows {
    const y = this.#rows(x.counts, x.width);
    const { device } = this.#recorder;
    const weights = [device.weights(norm.weight), device.weights(norm.bias)];
    const buffers = [x.buffer, ...weights, y.buffer];
    this.#run(NORMALISE, uints(x.total, x.width), buffers, folded(x.total));
    return y;
  }

  #linear(
    x: GpuRows,
    layer: Linear,
    { relu = false, residual }: { relu?: boolean; residual?: GPUBuffer } = {},
  ): GpuRows {
    const { device } = this.#recorder;
    const outputs = layer.bias.length;
    const y = this.#rows(x.counts, outputs);
    const weight = device.weights(layer.weight), bias = device.weights(layer.bias);
    if (outputs === 1) {
      const buffers = [x.buffer, weight, bias, y.buffer];
      this.#run(DOT, uints(x.total, x.width), buffers, folded(x.total));
      return y;
    }
    this.#run(
      LINEAR,
      uints(x.total, x.width, outputs, relu ? 1 : 0, residual ? 1 : 0),
      [x.buffer, weight, bias, residual ?? bias, y.buffer],
      tiles(x.total, outputs),
    );
    return y;
  }

  /** The table of where each clip's rows stand; see span.wgsl. */
  #span(counts: readonly number[]): GPUBuffer {
    return this.#table(this.#spans, counts, () => {
      const table = new Uint32Array(4 * counts.length);
      let start = 0, pairs = 0;
      counts.forEach((n, b) => {
        table.set([start, n, pairs], 4 * b);
        start += n;
        pairs += n * n;
      });
      return table;
    });
  }

  /** Which neighbours each row has in its clip; see convolve.wgsl. */
  #sides(counts: readonly number[]): GPUBuffer {
    return this.#table(this.#neighbours, counts, () => {
      const sides = new Uint32Array(counts.reduce((sum, n) => sum + n, 0)).fill(3);
      let start = 0;
      for (const n of counts) {
        sides[start] &= 2;
        sides[start + n - 1] &= 1;
        start += n;
      }
      return sides;
    });
  }

  #table(
    cache: Map<string, GPUBuffer>,
    counts: readonly number[],
    make: () => Uint32Array,
  ): GPUBuffer {
    const key = counts.join();
    let table = cache.get(key);
    if (!table) {
      table = this.#recorder.upload(make());
      cache.set(key, table);
    }
    return table;
  }
}

function uints(...values: number[]): Uint32Array {
  return Uint32Array.from(values);
}

function tiles(rows: number, columns: number): Grid {
  return [Math.ceil(columns / TILE), Math.ceil(rows / TILE)];
}

function perToken(counts: readonly number[]): Grid {
  return [Math.ceil(Math.max(...counts) / THREADS), 1, counts.length];
}

/** [output, input, tap] → [output, tap, input]. */
function tapsOf(convolution: Float32Array): Float32Array {
  const dim = Math.sqrt(convolution.length / 3);
  const taps = new Float32Array(convolution.length);
  for (let output = 0; output < dim; output++) {
    for (let input = 0; input < dim; input++) {
      for (let tap = 0; tap < 3; tap++) {
        taps[(output * 3 + tap) * dim + input] = convolution[(output * dim + input) * 3 + tap];
      }
    }
  }
  return taps;
}

function own<T extends "float32" | "uint32">(rows: Rows<T>): GpuRows<T> {
  if (!(rows instanceof GpuRows)) throw new TypeError("Cannot use a tensor of another backend");
  return rows;
}

function ownDistances(distances: Distances): GpuDistances {
  if (!(distances instanceof GpuDistances)) {
    throw new TypeError("Cannot use a tensor of another backend");
  }
  return distances;
}
