/**
 * The second stage of a search, of the best clips of the first: the word–patch similarity, where it
 * counts.
 *
 * @module
 */
import type { Scorer } from "../../models/hvd/scorer.ts";
import type { ModelFiles } from "../../models/registry.ts";
import type { ClipStore } from "../../store/clip_store.ts";
import { type CoarseClips, idOfClip } from "../../store/coarse_clips.ts";
import { portions } from "../../store/portions.ts";
import type { TextPart } from "./encoded_query.ts";
import { addWeighted, type Found, NONE } from "./found.ts";
import type { Scoring } from "./scoring.ts";
import { Spotters } from "./spotters.ts";

/** Few, so that no worker is without one while another has several: 5 MB of B/32's patches. */
const SPOTTED_AT_ONCE = 8;

/** Scores single clips exactly. */
export class SecondStage implements AsyncDisposable {
  readonly #store: ClipStore;
  readonly #scorer: Scorer;
  readonly #model: ModelFiles;
  #spotters?: Promise<Spotters>;

  constructor(store: ClipStore, scorer: Scorer, model: ModelFiles) {
    this.#store = store;
    this.#scorer = scorer;
    this.#model = model;
  }

  /**
   * Adds the word–patch similarity where it counts. A clip that was removed since the first stage is
   * left out.
   *
   * @param best With the scores of the first stage.
   * @param imageScores What the images of the query contribute to every clip of the index: [N].
   * @returns In no order.
   */
  async exact(
    best: readonly Found[],
    texts: readonly TextPart[],
    { mode, similarities }: Scoring,
    clips: CoarseClips,
    imageScores: Float32Array | null,
  ): Promise<Found[]> {
    if (!similarities.has("word_patch")) return [...best];
    return mode === "hvd"
      ? await this.#spotted(best, texts, clips, imageScores)
      : await this.#withWords(best, texts, clips);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Workers that failed to open have told the search that asked for them.
    await this.#spotters?.then((spotters) => spotters[Symbol.dispose](), () => {});
  }

  /** SKRR's sampling: adds the word–patch similarity to the other two, which are exact already. */
  async #withWords(
    best: readonly Found[],
    texts: readonly TextPart[],
    clips: CoarseClips,
  ): Promise<Found[]> {
    const entities = await this.#store.entities(best.map(({ index }) => idOfClip(clips, index)));
    const stored = best.filter((_, i) => entities[i] !== null);
    const sums = new Float32Array(stored.length);
    for (const { text, weight } of texts) {
      const scores = await this.#scorer.wordPatch(text, entities.filter((it) => it !== null));
      scores.forEach((score, i) => sums[i] += weight * score);
    }
    return stored.map(({ index, score, similarities }, i) => ({
      index,
      score: score + sums[i],
      similarities: { ...similarities, wordPatch: sums[i] },
    }));
  }

  /** HVD: every text partitions the frames of every clip. */
  async #spotted(
    best: readonly Found[],
    texts: readonly TextPart[],
    clips: CoarseClips,
    imageScores: Float32Array | null,
  ): Promise<Found[]> {
    this.#spotters ??= Spotters.open(this.#model.dir, this.#model.config.dim);
    const spotters = await this.#spotters;
    const batches = portions(best, SPOTTED_AT_ONCE);
    const found: Found[][] = [];
    const spotNext = async () => {
      for (let batch; (batch = batches.shift());) {
        found.push(await this.#spotBatch(spotters, batch, texts, clips, imageScores));
      }
    };
    try {
      // One batch more than there are workers: it is read while they compute.
      await Promise.all(Array.from({ length: spotters.size + 1 }, spotNext));
    } catch (error) {
      // The next search has new ones.
      this.#spotters = undefined;
      spotters[Symbol.dispose]();
      throw error;
    }
    return found.flat();
  }

  async #spotBatch(
    spotters: Spotters,
    batch: readonly Found[],
    texts: readonly TextPart[],
    clips: CoarseClips,
    imageScores: Float32Array | null,
  ): Promise<Found[]> {
    const ids = batch.map(({ index }) => idOfClip(clips, index));
    const [frames, patches] = await Promise.all([
      this.#store.frames(ids),
      this.#store.patches(ids),
    ]);
    const stored = batch.flatMap(({ index }, i) => {
      const clip = frames[i];
      return clip ? [{ index, frames: clip.frames, patches: patches[i] }] : [];
    });
    const sums = stored.map(() => NONE);
    for (const { text, weight } of texts) {
      const spotted = await spotters.spot(
        text,
        stored.map(({ frames, patches }) => ({ frames, patches: patches?.slice() ?? null })),
      );
      spotted.forEach(({ sentenceFrame, wordPatch }, i) => {
        const more = { sentenceFrame, sentencePatch: null, wordPatch };
        sums[i] = addWeighted(sums[i], more, weight);
      });
    }
    return stored.map(({ index }, i) => {
      const { sentenceFrame, wordPatch } = sums[i];
      const score = sentenceFrame! + (wordPatch ?? 0) + (imageScores?.[index] ?? 0);
      return { index, score, similarities: sums[i] };
    });
  }
}
