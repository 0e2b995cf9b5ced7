import { ClipStore } from "../../store/clip_store.ts";
import type { Manifest } from "../../store/manifest.ts";
import { clipId, type ClipRecord } from "../../store/record.ts";

const DIM = 512;

const MANIFEST: Manifest = {
  format: 1,
  model: { name: "synthetic", revision: null, fingerprint: "synthetic", precision: "f32" },
  heads: null,
  parameters: {
    frames: 12,
    fps: null,
    segment: "auto",
    keepPatches: false,
    rounds: 3,
    keepRatio: 0.5,
    neighbours: 3,
    spotRatio: 0.5,
  },
  dim: DIM,
  patchesPerFrame: 49,
};

/** Noise that every clip takes its numbers from, each at another place. */
const NOISE = Float32Array.from({ length: 1 << 20 }, () => (Math.random() - 0.5) * 0.15);
const HALVES = new Float16Array(NOISE);

/** What a synthetic clip has of each. */
export interface ClipSize {
  readonly frames: number;
  readonly entities: number;
}

/** The clip of a number; four make a video. */
export function syntheticClip(n: number, { frames, entities }: ClipSize): ClipRecord {
  const video = `video${Math.floor(n / 4)}`, clip = n % 4;
  const at = (length: number, salt: number) => (n * 7919 + salt * 104729) % (NOISE.length - length);
  const floats = (length: number, salt: number) =>
    NOISE.subarray(at(length, salt), at(length, salt) + length);
  const halves = (length: number, salt: number) =>
    HALVES.subarray(at(length, salt), at(length, salt) + length);
  return {
    id: clipId(video, clip),
    video,
    clip,
    clips: 4,
    path: `films/${n % 97}/${video}.mp4`,
    size: n,
    modified: n,
    fingerprint: video,
    created: n,
    duration: 80,
    start: clip * 20,
    end: clip * 20 + 20,
    times: Float64Array.from({ length: frames }, (_, i) => clip * 20 + i),
    frames: halves(frames * DIM, 1),
    frameWeights: floats(frames, 2),
    framesPooled: floats(DIM, 3),
    entities: halves(entities * DIM, 4),
    entityWeights: floats(entities, 5),
    entitiesPooled: floats(DIM, 6),
    rounds: [],
    thumbnails: [],
    patches: null,
  };
}

/**
 * Opens a synthetic index, made the first time and kept in `bench/data/`.
 *
 * @param clips How many clips it has.
 * @param size What each clip has.
 * @returns The index, compacted.
 */
export async function syntheticIndex(clips: number, size: ClipSize): Promise<ClipStore> {
  const place = new URL(`../data/store-${clips}`, import.meta.url).pathname;
  const store = await ClipStore.openOrCreate(place, MANIFEST);
  const { length } = await store.coarse({ entities: false });
  if (length === clips) return store;
  const batch = Math.min(clips, size.entities > 10 ? 500 : 4000);
  for (let n = 0; n < clips; n += batch) {
    await store.upsert(Array.from({ length: batch }, (_, i) => syntheticClip(n + i, size)));
  }
  await store.compact();
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
