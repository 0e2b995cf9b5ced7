import { fileURLToPath } from "node:url";
import { PAPER_PARAMETERS } from "../models/hvd/heads.ts";
import { videoId } from "../pipeline/clip_record.ts";
import { ClipStore } from "../store/clip_store.ts";
import { FORMAT, type Manifest } from "../store/manifest.ts";
import { clipId, type ClipRecord } from "../store/record.ts";

/** What a synthetic clip has of each. */
export interface ClipSize {
  /** F */
  readonly frames: number;
  /** M */
  readonly entities: number;
}

const DIM = 512;

const { attentionHeads: _, ...PARAMETERS } = PAPER_PARAMETERS;

const MANIFEST: Manifest = {
  format: FORMAT,
  model: { name: "synthetic", revision: null, fingerprint: "synthetic", precision: "f32" },
  heads: null,
  parameters: { frames: 12, fps: null, segment: "auto", keepPatches: false, ...PARAMETERS },
  dim: DIM,
  patchesPerFrame: 49,
};

/** Clips of one commit while an index is made. */
const BATCH = 500;

/**
 * Opens an index of made-up clips, made the first time and kept in `bench/data/`. Every clip is
 * about one direction of the space: its frames and half of its entities lie around it, the others
 * anywhere, as a background does. So clips have neighbours, and the best of many is no matter of
 * chance.
 */
export async function syntheticIndex(clips: number, size: ClipSize): Promise<ClipStore> {
  const name = `data/synthetic-${clips}-${size.frames}-${size.entities}`;
  const store = await ClipStore.openOrCreate(
    fileURLToPath(new URL(name, import.meta.url)),
    MANIFEST,
  );
  const stored = (await store.videos()).size;
  for (let first = stored; first < clips; first += BATCH) {
    const length = Math.min(BATCH, clips - first);
    await store.upsert(Array.from({ length }, (_, i) => syntheticClip(first + i, size)));
  }
  if (stored < clips) await store.compact();
  return store;
}

/** A new, empty index in a folder of its own, for measuring inserts. */
export async function emptyIndex(): Promise<
  { readonly store: ClipStore; remove(): Promise<void> }
> {
  const folder = await Deno.makeTempDir();
  const store = await ClipStore.create(`${folder}/index`, MANIFEST);
  const remove = async () => {
    store.close();
    await Deno.remove(folder, { recursive: true });
  };
  return { store, remove };
}

/** The direction that a clip is about: unit vector [D]. */
export function topicOf(clip: number): Float32Array {
  return unit(noise(clip + 1, DIM));
}

/** The direction that lies between two others, `share` of the way to the first. */
export function between(one: Float32Array, other: Float32Array, share: number): Float32Array {
  return unit(one.map((value, c) => share * value + (1 - share) * other[c]));
}

/** The clip of a number, the only one of its video. */
export function syntheticClip(number: number, { frames, entities }: ClipSize): ClipRecord {
  const topic = topicOf(number);
  const around = (seed: number, share: number) => between(topic, unit(noise(seed, DIM)), share);
  const rows = (count: number, share: (i: number) => number) => {
    const all = new Float32Array(count * DIM);
    for (let i = 0; i < count; i++) all.set(around(number * 7919 + i, share(i)), i * DIM);
    return all;
  };
  const mean = (all: Float32Array) => {
    const pooled = new Float32Array(DIM);
    for (let i = 0; i < all.length; i++) pooled[i % DIM] += all[i] * DIM / all.length;
    return pooled;
  };
  const frameRows = rows(frames, () => 0.6);
  const entityRows = rows(entities, (i) => i % 2 === 0 ? 0.5 : 0);
  const path = `videos/${number}.mp4`;
  const video = videoId(path);
  return {
    id: clipId(video, 0),
    video,
    clip: 0,
    clips: 1,
    path,
    size: 1,
    modified: 0,
    fingerprint: String(number),
    created: null,
    duration: 10,
    start: 0,
    end: 10,
    times: Float64Array.from({ length: frames }, (_, i) => i * 10 / frames),
    frames: new Float16Array(frameRows),
    frameWeights: new Float32Array(frames).fill(1 / frames),
    framesPooled: mean(frameRows),
    entities: new Float16Array(entityRows),
    entityWeights: new Float32Array(entities).fill(1 / entities),
    entitiesPooled: mean(entityRows),
    rounds: [],
    thumbnails: [],
    patches: null,
  };
}

function unit(vector: Float32Array): Float32Array {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / norm);
}

/** Numbers that follow from the seed, near enough to normal for what is asked of them. */
function noise(seed: number, length: number): Float32Array {
  let state = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995;
  return Float32Array.from({ length }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5 | 0;
    const a = (state >>> 16) + (state & 0xffff);
    return a / 65535 - 1;
  });
}
