/**
 * Finds where a long video is cut into clips: at shot changes, in pieces of about 10 to 30 seconds.
 *
 * Only key frames are decoded. Most encoders put one where a shot begins, so cuts stand at key
 * frames. Where key frames come at a fixed rate instead, a cut shows as a packet far larger than the
 * others between two of them, and the frames between those two are decoded to make sure.
 *
 * @module
 */
import { sketchFilter } from "./picture_filters.ts";
import { framesWithin } from "./frame_list.ts";
import { type FrameList, SKETCH_SIDE, type VideoSource } from "./source.ts";

/** Shortest and longest piece in seconds, and the length preferred where nothing else decides. */
const SHORTEST = 10;
const LONGEST = 30;
const PREFERRED = 20;

/** Seconds that at least lie between two key frames that are looked at. */
const SKETCH_EVERY = 0.5;

/** Mean differences of two sketches, of 255: up to one they show the same shot, from the other on not. */
const SAME = 10;
const DIFFERENT = 48;

/** Seconds that at most lie between decoding a key frame and showing it. */
const KEY_DELAY = 1;

/** Frames that may be stored between a frame and the place where it is shown. */
const REORDERED = 4;

/** Where one key frame looks different from the one before it. */
export interface Change {
  /** Seconds at which the earlier key frame is decoded. */
  readonly before: number;
  /** Seconds at which the later one is decoded. */
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
  for await (const { start, rgb } of source.sketches(SKETCH_EVERY, sketchFilter(source.facts))) {
    const time = start * tick - startTime;
    if (previous) {
      const difference = meanDifference(previous.rgb, rgb);
      const strength = Math.min(1, Math.max(0, (difference - SAME) / (DIFFERENT - SAME)));
      changes.push({ before: previous.time, at: time, strength });
    }
    previous = { time, rgb };
  }
  const placed = areKeysPlaced(changes);
  const cuts: number[] = [];
  for (const change of chooseChanges(changes, end)) {
    const earliest = (cuts.at(-1) ?? 0) + SHORTEST / 2;
    cuts.push(await findCut(source, change, earliest, placed));
  }
  return cuts;
}

/** Whether key frames stand where shots begin: then many come before their time is up. */
function areKeysPlaced(changes: readonly Change[]): boolean {
  const intervals = changes.map(({ before, at }) => at - before);
  const longest = intervals.reduce((a, b) => Math.max(a, b), 0);
  const early = intervals.filter((interval) => interval < 0.9 * longest);
  return early.length > intervals.length / 8;
}

/**
 * Finds the first frame of the new shot, between two key frames or at the later one.
 *
 * @param earliest Seconds before which it may not be.
 * @param placed Whether key frames stand where shots begin.
 */
async function findCut(
  source: VideoSource,
  { before, at }: Change,
  earliest: number,
  placed: boolean,
): Promise<number> {
  // No change at all: the cut may be anywhere.
  if (before === at) return at;
  const { tick, startTime } = source.facts;
  const stamp = (time: number) => Math.ceil((time + startTime) / tick - 1e-6);
  const list = await source.list(stamp(before), stamp(at + KEY_DELAY));
  const first = shownAt(list, stamp(before));
  const last = shownAt(list, stamp(at));
  const large = placed ? undefined : findLargePacket(list, first, last);
  if (large === undefined) return last * tick - startTime;
  // The packet names the place to within the frames that are stored out of their order.
  const shown = framesWithin(list, first, last + 1);
  const near = shown.indexOf(large);
  const wanted = shown.filter((_, i) => Math.abs(i - near) <= REORDERED || i >= shown.length - 2);
  const sketches = new Map<number, Uint8Array>();
  const look = {
    rgb: sketchFilter(source.facts),
    thumbnail: null,
    width: SKETCH_SIDE,
    height: SKETCH_SIDE,
    crop: (rgb: Uint8Array) => rgb.slice(),
  };
  for await (const { stamp, pixels } of source.pictures(list, wanted, look)) {
    sketches.set(stamp, pixels);
  }
  let cut = last;
  let most = SAME;
  for (let i = 1; i < shown.length; i++) {
    const [a, b] = [sketches.get(shown[i - 1]), sketches.get(shown[i])];
    const difference = a && b ? meanDifference(a, b) : 0;
    if (difference > most && shown[i] >= stamp(earliest)) [most, cut] = [difference, shown[i]];
  }
  return cut * tick - startTime;
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

/** When the key frame is shown that is decoded at a time, or next to it. */
function shownAt({ keys, starts, stamps }: FrameList, start: number): number {
  let nearest = -1;
  keys.forEach((key, i) => {
    if (!key) return;
    if (nearest < 0 || Math.abs(starts[i] - start) < Math.abs(starts[nearest] - start)) nearest = i;
  });
  return nearest < 0 ? start : stamps[nearest];
}

/**
 * Time stamp of the packet between two key frames that must hold a whole new picture: several times
 * the size of its neighbours and not far from a key frame's. Undefined where none does.
 */
function findLargePacket(list: FrameList, before: number, at: number): number | undefined {
  const between: number[] = [];
  let key = Infinity;
  list.stamps.forEach((stamp, i) => {
    if (stamp < before || stamp > at) return;
    if (list.keys[i]) key = Math.min(key, list.sizes[i]);
    else between.push(i);
  });
  if (between.length === 0) return undefined;
  const bySize = between.toSorted((a, b) => list.sizes[b] - list.sizes[a]);
  const largest = list.sizes[bySize[0]];
  const median = list.sizes[bySize[bySize.length >> 1]];
  return largest >= 4 * median && largest >= key / 2 ? list.stamps[bySize[0]] : undefined;
}
