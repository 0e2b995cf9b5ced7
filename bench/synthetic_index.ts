import { ClipStore } from "../store/clip_store.ts";
import { FORMAT, type Manifest } from "../store/manifest.ts";
import { clipId, type ClipRecord } from "../store/record.ts";
import { PAPER_PARAMETERS } from "../models/hvd/heads.ts";
import type { ModelFiles } from "../models/registry.ts";
import { videoId } from "../pipeline/clip_record.ts";

/** What a synthetic index is like. */
export interface SyntheticShape {
  readonly clips: number;
  /** F */
  readonly frames: number;
  /** M */
  readonly entities: number;
  /** Whether patch tokens [F·P, D] are kept. */
  readonly patches?: boolean;
}

const DIM = 512;
const PATCHES_PER_FRAME = 49;
const BATCH = 500;

/**
 * Opens an index of made-up clips, made the first time. Every clip is about one direction of the
 * space: its frames and entities lie around it, half of the entities anywhere, as a background is.
 * So clips have neighbours, and the best of many is no matter of chance.
 */
export async function syntheticIndex(
  location: string,
  model: ModelFiles,
  { clips, frames, entities, patches = false }: SyntheticShape,
): Promise<void> {
  const { attentionHeads: _, ...parameters } = PAPER_PARAMETERS;
  const manifest: Manifest = {
    format: FORMAT,
    model: {
      name: model.name,
      revision: null,
      fingerprint: model.fingerprint,
      precision: "f32",
    },
    heads: null,
    parameters: { frames, fps: null, segment: "auto", keepPatches: patches, ...parameters },
    dim: DIM,
    patchesPerFrame: PATCHES_PER_FRAME,
  };
  const store = await ClipStore.openOrCreate(location, manifest);
  const stored = (await store.videos()).size;
  for (let first = stored; first < clips; first += BATCH) {
    const count = Math.min(BATCH, clips - first);
    await store.upsert(
      Array.from(
        { length: count },
        (_, i) => syntheticClip(first + i, { clips, frames, entities, patches }),
      ),
    );
  }
  if (stored < clips) await store.compact();
  store.close();
}

/** The direction that a clip is about: unit vector [D]. */
export function topicOf(clip: number): Float32Array {
  return unit(noise(clip + 1, DIM));
}

/** The direction that lies between two others, `share` of the way to the first. */
export function between(one: Float32Array, other: Float32Array, share: number): Float32Array {
  return unit(one.map((value, c) => share * value + (1 - share) * other[c]));
}

function syntheticClip(
  number: number,
  { frames, entities, patches }: SyntheticShape,
): ClipRecord {
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
    patches: patches
      ? new Float16Array(rows(frames * PATCHES_PER_FRAME, (i) => i % 4 === 0 ? 0.5 : 0))
      : null,
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
