import { FORMAT, type Manifest } from "../../store/manifest.ts";
import { clipId, type ClipRecord } from "../../store/record.ts";

/** The width of the vectors of the sample clips. */
export const DIM = 8;

/** A manifest for sample clips. */
export const MANIFEST: Manifest = {
  format: FORMAT,
  model: { name: "clip-vit-b-32", revision: "abc", fingerprint: "f00d", precision: "f32" },
  heads: null,
  parameters: {
    frames: 12,
    fps: null,
    segment: "auto",
    keepPatches: true,
    rounds: 3,
    keepRatio: 0.5,
    neighbours: 3,
    spotRatio: 0.5,
  },
  dim: DIM,
  patchesPerFrame: 4,
};

/** A clip whose numbers follow from its ids: those of one id are always the same. */
export function sampleClip(
  video: string,
  clip: number,
  clips: number,
  changes: Partial<ClipRecord> = {},
): ClipRecord {
  let state = clip + [...video].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7);
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const halves = (length: number) => Float16Array.from({ length }, next);
  const floats = (length: number) => Float32Array.from({ length }, next);
  // Ragged on purpose: clips of one batch differ in their numbers of frames and entities.
  const frames = 1 + clip % 3, entities = (clip * 5) % 7;
  return {
    id: clipId(video, clip),
    video,
    clip,
    clips,
    path: `films/${video}.mp4`,
    size: 5_000_000_000 + clips,
    modified: 1_700_000_000_123,
    fingerprint: "first",
    created: clip % 2 === 0 ? null : 1_600_000_000_456,
    duration: clip % 3 === 0 ? null : clips * 10 + 1 / 3,
    start: clip * 10 + 1 / 7,
    end: clip * 10 + 10,
    times: Float64Array.from({ length: frames }, (_, i) => clip * 10 + i / 3),
    frames: halves(frames * DIM),
    frameWeights: floats(frames),
    framesPooled: floats(DIM),
    entities: halves(entities * DIM),
    entityWeights: floats(entities),
    entitiesPooled: floats(DIM),
    rounds: [frames * 4, frames * 2].slice(clip % 3 === 2 ? 1 : 0).map((length) => ({
      labels: Uint16Array.from({ length }, (_, i) => 65535 - i),
      importance: floats(length),
    })),
    thumbnails: Array.from({ length: frames }, (_, i) => new Uint8Array(i * 3).fill(255 - i)),
    patches: clip % 2 === 0 ? halves(frames * 4 * DIM) : null,
    ...changes,
  };
}
