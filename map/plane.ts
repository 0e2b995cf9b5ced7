/**
 * Many vectors on a plane, near ones near each other.
 *
 * @module
 */
import { UMAP } from "umap-js";
import { nearestRows } from "./nearest.ts";
import { principalComponents } from "./principal_components.ts";

/** Vectors on a plane. */
export interface Plane {
  /** From 0 to 1: [N, 2]. */
  readonly positions: Float32Array;
  /** How they got there, in one sentence. */
  readonly how: string;
}

/** Below, there are too few neighbours for UMAP to tell groups. */
const FEWEST = 16;

/** Components that distances are taken in. */
const COMPONENTS = 32;

/** Vectors that UMAP itself lays out: some seconds of one core. */
const LANDMARKS = 2000;

/** Landmarks between which another vector is put. */
const BETWEEN = 3;

/** How far apart the first layout is, in UMAP's own units. */
const SPREAD = 10;

/**
 * Lays vectors out by UMAP (McInnes et al., 2018), over their principal components. Of many, some
 * thousands are laid out and the others put between those nearest to them.
 *
 * @param vectors [N, D]; their directions count. N is at least 1, D at least 2.
 * @param most Vectors that UMAP lays out; the others are put between them.
 * @returns The same for the same vectors.
 */
export function layOut(vectors: Float32Array, dim: number, most = LANDMARKS): Plane {
  const units = normalised(vectors, dim);
  const total = units.length / dim;
  if (total < FEWEST) {
    const positions = fitted(principalComponents(units, dim, 2));
    return { positions, how: "laid out by their two principal components" };
  }
  const width = Math.min(COMPONENTS, dim);
  const reduced = principalComponents(units, dim, width);
  const landmarks = Uint32Array.from(
    { length: Math.min(most, total) },
    (_, i) => Math.floor(i * total / Math.min(most, total)),
  );
  const points = rowsOf(reduced, width, landmarks);
  const laidOut = umap(points, width);
  if (landmarks.length === total) {
    return { positions: fitted(laidOut), how: "laid out by UMAP" };
  }
  const positions = new Float32Array(2 * total);
  for (let r = 0; r < total; r++) {
    const vector = reduced.subarray(r * width, (r + 1) * width);
    const { rows, distances } = nearestRows(vector, points, BETWEEN);
    let sum = 0;
    rows.forEach((row, i) => {
      const weight = 1 / (distances[i] + 1e-6);
      sum += weight;
      positions[2 * r] += weight * laidOut[2 * row];
      positions[2 * r + 1] += weight * laidOut[2 * row + 1];
    });
    positions[2 * r] /= sum;
    positions[2 * r + 1] /= sum;
  }
  return {
    positions: fitted(positions),
    how: `${landmarks.length} of them laid out by UMAP, the others put between their nearest`,
  };
}

/** UMAP from the first two components on, with exact neighbours. */
function umap(points: Float32Array, width: number): Float32Array {
  const total = points.length / width;
  // The vector itself counts.
  const neighbours = Math.min(15, Math.floor(total / 2));
  const umap = new UMAP({ nNeighbors: neighbours, minDist: 0.1, random: mulberry(1) });
  const rows = Array.from({ length: total }, (_, r) => points.subarray(r * width, (r + 1) * width));
  const nearest = rows.map((row) => nearestRows(row, points, neighbours));
  umap.setPrecomputedKNN(
    nearest.map(({ rows }) => [...rows]),
    nearest.map(({ distances }) => [...distances]),
  );
  const epochs = umap.initializeFit(rows.map((row) => [...row]));
  const embedding = umap.getEmbedding();
  const widest = points.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const random = mulberry(2);
  // From where the components are, not from anywhere: far groups stay far. What lies in one place is
  // set a little apart, for there is no pulling apart otherwise.
  embedding.forEach((position, r) => {
    for (let axis = 0; axis < 2; axis++) {
      const component = points[r * width + axis];
      position[axis] = SPREAD * component / widest + 0.01 * (random() - 0.5);
    }
  });
  for (let epoch = 0; epoch < epochs; epoch++) umap.step();
  return Float32Array.from(umap.getEmbedding().flat());
}

function rowsOf(rows: Float32Array, width: number, chosen: Uint32Array): Float32Array {
  const out = new Float32Array(chosen.length * width);
  chosen.forEach((row, i) => out.set(rows.subarray(row * width, (row + 1) * width), i * width));
  return out;
}

function normalised(vectors: Float32Array, dim: number): Float32Array {
  const units = vectors.slice();
  for (let start = 0; start < units.length; start += dim) {
    const row = units.subarray(start, start + dim);
    const length = Math.hypot(...row) || 1;
    for (let c = 0; c < dim; c++) row[c] /= length;
  }
  return units;
}

/**
 * Puts positions into the unit square so that they use all of it: along each axis, halfway between
 * where they are and where they would be in even steps. Groups far apart come nearer, crowded ones
 * get room; the order along each axis stays.
 */
function fitted(positions: Float32Array): Float32Array {
  const out = new Float32Array(positions.length);
  for (let axis = 0; axis < 2; axis++) {
    const values = positions.filter((_, i) => i % 2 === axis);
    const sorted = values.toSorted();
    const least = sorted[0], span = sorted[sorted.length - 1] - least;
    values.forEach((value, i) => {
      const step = middleRank(sorted, value) / Math.max(1, sorted.length - 1);
      out[2 * i + axis] = span > 0 ? ((value - least) / span + step) / 2 : 0.5;
    });
  }
  return out;
}

/** The place of a value in a sorted list; of equal values, their mean place. */
function middleRank(sorted: Float32Array, value: number): number {
  const place = (before: (other: number) => boolean) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(sorted[middle])) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return (place((other) => other < value) + place((other) => other <= value) - 1) / 2;
}

/** Random numbers from 0 to 1, the same for the same seed (mulberry32). */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
