import type { ClipStore } from "../../store/clip_store.ts";
import type { ClipFrames } from "../../store/clip_vectors.ts";
import { type CoarseClips, idOfClip } from "../../store/coarse_clips.ts";
import { portions } from "../../store/portions.ts";
import type { Found } from "./found.ts";
import { frameCosine, leastCosine, meanCosine, similarLength } from "./near_identical.ts";

/** Clips whose frames are read at a time. */
const COMPARED_AT_ONCE = 50;

/** Leaves out clips that are near-identical to a better one. */
export class Distinct {
  readonly #store: ClipStore;
  /** The mean cosine of the clips of one version of the index. */
  #mean?: { readonly version: number; readonly cosine: number };

  constructor(store: ClipStore) {
    this.#store = store;
  }

  /**
   * @param found Best first.
   * @param wanted How many are enough.
   * @returns Those that differ, best first.
   */
  async among(found: readonly Found[], clips: CoarseClips, wanted: number): Promise<Found[]> {
    if (this.#mean?.version !== clips.version) {
      this.#mean = { version: clips.version, cosine: meanCosine(clips.vectors, clips.dim) };
    }
    const least = leastCosine(this.#mean.cosine);
    const lengthOf = (index: number) => clips.end[index] - clips.start[index];
    const kept: { readonly hit: Found; readonly frames: ClipFrames }[] = [];
    for (const batch of portions(found, COMPARED_AT_ONCE)) {
      const stored = await this.#store.frames(batch.map(({ index }) => idOfClip(clips, index)));
      batch.forEach((hit, i) => {
        const frames = stored[i];
        // A clip that was removed since it was found has none.
        if (!frames) return;
        const seen = kept.some((other) =>
          similarLength(lengthOf(other.hit.index), lengthOf(hit.index)) &&
          frameCosine(other.frames, frames) >= least
        );
        if (!seen) kept.push({ hit, frames });
      });
      if (kept.length >= wanted) break;
    }
    return kept.map(({ hit }) => hit);
  }
}
