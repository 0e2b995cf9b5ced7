/**
 * Finds where a long video is cut into clips: at shot changes, in pieces of about 10 to 30 seconds.
 *
 * Only key frames are decoded. Encoders put one where a shot begins, so most cuts stand at a key
 * frame; where key frames come at a fixed rate instead, a cut shows as a packet far larger than the
 * others between two of them, and packets are read without being decoded.
 *
 * @module
 */
import { sketchFilter } from "./picture_filters.ts";
import type { FrameList, VideoSource } from "./source.ts";

/** Shortest and longest piece in seconds, and the length preferred where nothing else decides. */
const SHORTEST = 10;
const LONGEST = 30;
const PREFERRED = 20;

/** Seconds that at least lie between two key frames that are looked at. */
const SKETCH_EVERY = 0.5;

/** Mean difference of two sketches, of 255, at which they surely show different shots. */
const CERTAIN = 48;

/** Where one key frame looks different from the one before it. */
export interface Change {
  /** Seconds at which the earlier key frame is shown. */
  readonly before: number;
  /** Seconds at which the later one is shown. */
  readonly at: number;
  /** How different they are, from 0 to 1. */
  readonly strength: number;
}

/**
 * Finds the cuts of a video.
 *
 * @param end Where its pictures end, in seconds.
 * @returns Where clips meet, in seconds, ascending, both ends of the video left out.
 */
export async function findCuts(source: VideoSource, end: number): Promise<number[]> {
  const { tick, startTime } = source.facts;
  const changes: Change[] = [];
  let previous: { readonly time: number; readonly rgb: Uint8Array } | undefined;
  for await (const { stamp, rgb } of source.sketches(SKETCH_EVERY, sketchFilter(source.facts))) {
    const time = stamp * tick - startTime;
    if (previous) {
      const strength = Math.min(1, meanDifference(previous.rgb, rgb) / CERTAIN);
      changes.push({ before: previous.time, at: time, strength });
    }
    previous = { time, rgb };
  }
  const cuts: number[] = [];
  for (const { before, at } of chooseChanges(changes, end)) {
    const list = await source.list(
      Math.ceil((before + startTime) / tick - 1e-6),
      Math.ceil((at + startTime) / tick - 1e-6),
    );
    const stamp = findLargePacket(list, (before + startTime) / tick, (at + startTime) / tick);
    cuts.push(stamp === undefined ? at : stamp * tick - startTime);
  }
  return cuts;
}

/**
 * Chooses the changes to cut at so that pieces keep to their lengths and the differences at the cuts
 * add up to the most. Where there is no change for too long, a cut falls between two.
 *
 * @param changes In their order.
 * @param end Where the video ends, in seconds.
 * @returns In their order; a cut without a change has a strength of 0 and `before` equal to `at`.
 *
 * @example
 * ```ts
 * import { chooseChanges } from "./shots.ts";
 * import assert from "node:assert/strict";
 *
 * const changes = [
 *   { before: 14, at: 15, strength: 0.1 },
 *   { before: 21, at: 22, strength: 1 },
 *   { before: 39, at: 40, strength: 0.9 },
 * ];
 * assert.deepEqual(chooseChanges(changes, 62).map(({ at }) => at), [22, 40]);
 * ```
 */
export function chooseChanges(changes: readonly Change[], end: number): Change[] {
  const fillers = Array.from({ length: Math.max(0, Math.ceil(end) - 1) }, (_, i): Change => ({
    before: i + 1,
    at: i + 1,
    strength: 0,
  }));
  const points = [...changes, ...fillers]
    .filter(({ at }) => at > 0 && at < end)
    .sort((a, b) => a.at - b.at || b.strength - a.strength);
  points.push({ before: end, at: end, strength: 0 });
  // best[i]: the most that cutting at point i and before can add up to; from[i]: the cut before it.
  const best = new Float64Array(points.length).fill(-Infinity);
  const from = new Int32Array(points.length).fill(-1);
  let first = 0;
  for (let i = 0; i < points.length; i++) {
    const { at, strength } = points[i];
    if (at <= LONGEST) best[i] = worth(at);
    while (points[first].at < at - LONGEST) first++;
    for (let j = first; points[j].at <= at - SHORTEST; j++) {
      const total = best[j] + worth(at - points[j].at);
      if (total > best[i]) {
        best[i] = total;
        from[i] = j;
      }
    }
    best[i] += strength;
  }
  const chosen: Change[] = [];
  for (let i = from[points.length - 1]; i >= 0; i = from[i]) chosen.push(points[i]);
  return chosen.reverse();
}

/** What a piece is worth for its length alone: little against a clear change at its end. */
function worth(length: number): number {
  const outside = length < SHORTEST ? 1 : 0;
  return -outside - 0.05 - 0.05 * ((length - PREFERRED) / PREFERRED) ** 2;
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

/**
 * Time stamp of the packet between two key frames that must hold a whole new picture: several times
 * the size of its neighbours and not far from a key frame's. Undefined where none does.
 */
function findLargePacket(list: FrameList, before: number, at: number): number | undefined {
  const between: number[] = [];
  let key = Infinity;
  list.stamps.forEach((stamp, i) => {
    if (list.keys[i]) key = Math.min(key, list.sizes[i]);
    else if (stamp > before && stamp < at) between.push(i);
  });
  if (between.length === 0) return undefined;
  const bySize = between.toSorted((a, b) => list.sizes[b] - list.sizes[a]);
  const largest = list.sizes[bySize[0]];
  const median = list.sizes[bySize[bySize.length >> 1]];
  return largest >= 4 * median && largest >= key / 2 ? list.stamps[bySize[0]] : undefined;
}
