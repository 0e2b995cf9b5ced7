import { type Hit, type Query as PreparedText, Scorer } from "../../models/hvd/scorer.ts";
import type { ClipStore } from "../../store/clip_store.ts";
import { type CoarseClips, idOfClip } from "../../store/coarse_clips.ts";
import { portions } from "../../store/portions.ts";
import { BACKGROUND_TEXTS } from "./background_texts.ts";
import { Calibration, type Match } from "./calibration.ts";
import { type EncodedQuery, sentencesOf, type TextPart } from "./encoded_query.ts";
import type { FirstStage } from "./first_stage.ts";
import { type Found, NONE } from "./found.ts";
import type { QueryEncoder } from "./query_encoder.ts";
import { sameScoring, type Scoring } from "./scoring.ts";
import type { SecondStage } from "./second_stage.ts";

/** Clips that are scored exactly to measure chance, and to compare a text with it. */
const CANDIDATES = 10;

/** The best clips of the first stage among which the frame nearest to a text is looked for. */
const FRAME_CANDIDATES = 100;

/** Background texts whose scores are in memory at a time. */
const ASKED_AT_ONCE = 16;

/** What a {@linkcode Chance} searches with. */
export interface ChanceOptions {
  readonly store: ClipStore;
  readonly scorer: Scorer;
  readonly encoder: QueryEncoder;
  readonly first: FirstStage;
  readonly second: SecondStage;
  /** How a single text is scored where no mode is asked for. */
  readonly scoring: Scoring;
}

/** What was measured in one version of the index. */
interface Measured {
  readonly version: number;
  readonly calibration: Calibration;
}

/** What a text finds among the clips that are best for it in the first stage, best first. */
type Find = (text: PreparedText, clips: CoarseClips, best: readonly Hit[]) => Promise<number>;

/**
 * What chance finds in an index: what texts find that have nothing to do with it. Costs nothing where
 * the index has not changed since it was measured.
 */
export class Chance {
  readonly #options: ChanceOptions;
  #background?: readonly PreparedText[];
  #scores?: Measured;
  #cosines?: Measured;

  constructor(options: ChanceOptions) {
    this.#options = options;
  }

  /** Measures the exact score of the best clip. */
  async measure(): Promise<void> {
    this.#scores = await this.#measured(this.#scores, (text, clips, best) => {
      return this.#bestScore([{ text, weight: 1 }], clips, best.slice(0, CANDIDATES));
    });
  }

  /**
   * How the best score of what the texts want, without pictures and what is not wanted, compares with
   * what chance finds; null where that was not measured, or not in this way of scoring.
   *
   * @param best The candidates after the first stage, best first.
   * @param exact The same after the second.
   */
  async match(
    { texts, images }: EncodedQuery,
    scoring: Scoring,
    clips: CoarseClips,
    best: readonly Hit[],
    exact: readonly Hit[],
  ): Promise<Match | null> {
    const wanted = texts.filter(({ weight }) => weight > 0);
    const chance = this.#scores?.calibration;
    if (!chance || wanted.length === 0 || !sameScoring(scoring, this.#options.scoring)) return null;
    if (wanted.length === texts.length && images.length === 0) {
      const first = new Set(best.slice(0, CANDIDATES).map(({ index }) => index));
      return chance.match(highest(exact.filter(({ index }) => first.has(index))));
    }
    const whole = wanted.reduce((sum, { weight }) => sum + weight, 0);
    const alone = wanted.map(({ text, weight }) => ({ text, weight: weight / whole }));
    const [scores] = await this.#options.first.texts([sentencesOf(alone)], scoring.mode, clips);
    const hits = best.map(({ index }) => ({ index, score: scores[index] }))
      .sort((a, b) => b.score - a.score);
    return chance.match(await this.#bestScore(alone, clips, hits.slice(0, CANDIDATES)));
  }

  /**
   * The cosine of a text and a frame from which on a match is good; infinite for an empty index.
   */
  async leastGoodCosine(): Promise<number> {
    this.#cosines = await this.#measured(this.#cosines, async ({ sentence }, clips, best) => {
      const { store, scorer } = this.#options;
      const stored = await store.frames(best.map(({ index }) => idOfClip(clips, index)));
      const frames = stored.flatMap((clip) => clip ? [clip.frames] : []);
      return highest(await scorer.bestFrames(sentence, frames));
    });
    return this.#cosines?.calibration.leastGood ?? Infinity;
  }

  /** @param known What was measured last: it stands while the index is the same, or empty. */
  async #measured(known: Measured | undefined, find: Find): Promise<Measured | undefined> {
    const { store, first, scoring } = this.#options;
    const clips = await store.coarse({ entities: scoring.similarities.has("sentence_patch") });
    const { version } = clips;
    if (clips.length === 0 || known?.version === version) return known;
    const found: number[] = [];
    for (const texts of portions(await this.#backgroundTexts(), ASKED_AT_ONCE)) {
      const queries = texts.map((text) => sentencesOf([{ text, weight: 1 }]));
      const scores = await first.texts(queries, scoring.mode, clips);
      for (const [i, text] of texts.entries()) {
        found.push(await find(text, clips, Scorer.highest(scores[i], FRAME_CANDIDATES)));
      }
    }
    return { version, calibration: Calibration.of(found) };
  }

  async #backgroundTexts(): Promise<readonly PreparedText[]> {
    if (this.#background) return this.#background;
    const texts: PreparedText[] = [];
    for (const text of BACKGROUND_TEXTS) texts.push(await this.#options.encoder.text(text, []));
    return this.#background = texts;
  }

  /** The highest exact score of some clips; −∞ where there are none. */
  async #bestScore(
    texts: readonly TextPart[],
    clips: CoarseClips,
    hits: readonly Hit[],
  ): Promise<number> {
    const { second, scoring } = this.#options;
    const found: Found[] = hits.map((hit) => ({ ...hit, similarities: NONE }));
    return highest(await second.exact(found, texts, scoring, clips, null));
  }
}

function highest(hits: readonly Hit[]): number {
  return hits.reduce((most, { score }) => Math.max(most, score), -Infinity);
}
