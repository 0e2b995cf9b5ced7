/**
 * Finding all near-identical clips of an index.
 *
 * All pairs are compared by their one vector of the frames, as matrix products of blocks: N² D
 * multiply-adds, for which ONNX Runtime is there. Those that are near and about as long are compared
 * frame by frame.
 *
 * @module
 */
import { Product } from "../../kernels/cpu/products.ts";
import { normaliseRows } from "../../models/hvd/frame_rows.ts";
import type { ClipStore } from "../../store/clip_store.ts";
import type { ClipFrames } from "../../store/clip_vectors.ts";
import { type CoarseClips, idOfClip } from "../../store/coarse_clips.ts";
import type { Root } from "../root.ts";
import { frameCosine, leastCosine, meanCosine, similarLength } from "./near_identical.ts";

/** A clip of a {@linkcode DuplicateGroup}. */
export interface DuplicateClip {
  /** The id of the clip in the index. */
  readonly clip: string;
  /** The absolute path of the video. */
  readonly video: string;
  /** Seconds. */
  readonly start: number;
  /** Seconds. */
  readonly end: number;
  /** The mean cosine of its frames with those of the first of the group. */
  readonly cosine: number;
}

/** Clips that are near-identical to the first of them; at least two. */
export type DuplicateGroup = readonly DuplicateClip[];

/** Clips of a block. */
const BLOCK = 1024;

/**
 * Finds groups of near-identical clips. Each clip is in one group at most: that of the first clip
 * it is near to.
 *
 * @returns The groups, as they are found.
 */
export async function* findDuplicates(
  store: ClipStore,
  root: Root,
): AsyncGenerator<DuplicateGroup> {
  const clips = await store.coarse({ entities: false });
  const { length, dim } = clips;
  const least = leastCosine(meanCosine(clips.vectors, dim));
  const vectors = clips.vectors.slice();
  normaliseRows(vectors, dim);
  const product = await Product.open("pairs", navigator.hardwareConcurrency, (g) => {
    const rows = g.input("rows", "float32", ["n", "dim"]);
    return g.op("Gemm", [rows, g.input("others", "float32", ["m", "dim"])], { transB: 1 });
  });
  const block = (from: number): [Float32Array, number, number] => {
    const rows = Math.min(BLOCK, length - from);
    return [vectors.subarray(from * dim, (from + rows) * dim), rows, dim];
  };
  const lengthOf = (index: number) => clips.end[index] - clips.start[index];
  const grouped = new Uint8Array(length);
  for (let from = 0; from < length; from += BLOCK) {
    const near = new Map<number, number[]>();
    for (let other = from; other < length; other += BLOCK) {
      const [rows, columns] = [block(from), block(other)];
      const cosines = await product.run({ rows, others: columns });
      for (let i = 0; i < rows[1]; i++) {
        for (let j = other === from ? i + 1 : 0; j < columns[1]; j++) {
          if (cosines[i * columns[1] + j] < least) continue;
          if (!similarLength(lengthOf(from + i), lengthOf(other + j))) continue;
          const list = near.get(from + i);
          if (list) list.push(other + j);
          else near.set(from + i, [other + j]);
        }
      }
    }
    for (const first of [...near.keys()].sort((a, b) => a - b)) {
      const open = near.get(first)!.filter((index) => !grouped[index]);
      if (grouped[first] || open.length === 0) continue;
      const group = await compare(store, clips, root, [first, ...open], least);
      if (group.length < 2) continue;
      for (const { index } of group) grouped[index] = 1;
      yield group.map(({ clip }) => clip);
    }
  }
}

/** Those of some clips whose frames are near to those of the first, and it. */
async function compare(
  store: ClipStore,
  clips: CoarseClips,
  root: Root,
  indices: readonly number[],
  least: number,
): Promise<{ readonly index: number; readonly clip: DuplicateClip }[]> {
  const frames = await store.frames(indices.map((index) => idOfClip(clips, index)));
  const first = frames[0];
  // A clip that was removed meanwhile has none.
  if (!first) return [];
  return indices.flatMap((index, i) => {
    const own: ClipFrames | null = frames[i];
    const cosine = own ? frameCosine(first, own) : -1;
    if (cosine < least) return [];
    const clip = {
      clip: idOfClip(clips, index),
      video: root.toFile(clips.videos[clips.video[index]].path),
      start: clips.start[index],
      end: clips.end[index],
      cosine: Math.min(1, cosine),
    };
    return [{ index, clip }];
  });
}
