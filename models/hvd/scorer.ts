/**
 * The query side: the similarities of one text with indexed clips.
 *
 * @module
 */
import type { Backend, Kernels } from "../../kernels/backend.ts";
import { gather } from "../../kernels/gather.ts";
import { InnerProducts } from "../../kernels/inner_products.ts";
import type { TextTokens } from "../clip/tokens.ts";
import { type FrameRows, nearestSimilarity, spottedSimilarity } from "./frame_rows.ts";
import type { Heads } from "./heads.ts";
import { compress, runsOf } from "./pfcm.ts";

/** A text, ready to be compared. */
export interface Query {
  /** T̂_s, the L2-normalised sentence token: [D]. */
  readonly sentence: Float32Array;
  /** T̂_w, the L2-normalised word tokens: [W, D]. */
  readonly words: Float32Array;
  /** θ_w, how much each word weighs: [W]. */
  readonly wordWeights: Float32Array;
}

/** A clip as the word–patch similarity reads it. */
export interface EntityTokens {
  /** p̂, L2-normalised: [M, D]. */
  readonly entities: Float32Array | Float16Array;
  /** θ_p: [M]. */
  readonly entityWeights: Float32Array;
}

/** A clip as HVD reads it. */
export interface SpottableClip {
  /** V_f: [F, D], not normalised. */
  readonly frames: Float32Array | Float16Array;
  /** V_p: [F·P, D], not normalised; null where the index does not keep them. */
  readonly patches: Float32Array | Float16Array | null;
}

/** The similarities of a clip in HVD. */
export interface SpottedClip {
  /** The frames that FFSM kept, in order of time. */
  readonly spotted: Uint32Array;
  /** S_sf over the spotted frames (eq. 5). */
  readonly sentenceFrame: number;
  /** S_wp over what PFCM leaves of the spotted frames' patches (eq. 8); null without patches. */
  readonly wordPatch: number | null;
}

/** A row and its score. */
export interface Hit {
  readonly index: number;
  readonly score: number;
}

/**
 * Scores clips against texts.
 *
 * @example
 * ```ts
 * import { openBackend } from "../../kernels/open.ts";
 * import { identityHeads } from "./heads.ts";
 * import { Scorer } from "./scorer.ts";
 * import assert from "node:assert/strict";
 *
 * const scorer = new Scorer(await openBackend("cpu"), identityHeads(2));
 * const query = await scorer.prepare({
 *   sentence: Float32Array.of(0, 2),
 *   words: Float32Array.of(1, 0, 0, 2),
 * });
 * const scores = await scorer.coarse(query.sentence, Float32Array.of(1, 0, 0.5, 0.5, 0, 1));
 * assert.deepEqual(Scorer.highest(scores, 2), [{ index: 2, score: 1 }, { index: 1, score: 0.5 }]);
 * ```
 */
export class Scorer {
  readonly #backend: Backend;
  readonly #heads: Heads;
  #inner?: Promise<InnerProducts>;

  constructor(backend: Backend, heads: Heads) {
    this.#backend = backend;
    this.#heads = heads;
  }

  /** Normalises a text's tokens and weighs its words. */
  async prepare({ sentence, words }: Pick<TextTokens, "sentence" | "words">): Promise<Query> {
    const { dim, interaction } = this.#heads;
    return await this.#backend.batch(async (kernels) => {
      const raw = await kernels.upload([sentence, words], dim); // T_s [1, D], T_w [W, D]
      const tokens = await kernels.upload([words], dim); // T_w [W, D]
      const weights = await kernels.weigh(tokens, interaction?.word); // θ_w [W, 1]
      const [[unitSentence, unitWords], [wordWeights]] = await kernels.read(
        await kernels.unit(raw),
        weights,
      );
      return { sentence: unitSentence, words: unitWords, wordWeights };
    });
  }

  /**
   * The inner product of a vector with every row of a matrix. With T̂_s and the rows u + e it is
   * S_sf + S_sp, with the rows u alone S_sf. The matrix is read where it lies.
   *
   * @param vector [D].
   * @param matrix [N, D], at most 2³¹ bytes.
   */
  async coarse(vector: Float32Array, matrix: Float32Array): Promise<Float32Array> {
    this.#inner ??= InnerProducts.open();
    return await (await this.#inner).of(vector, matrix);
  }

  /**
   * S_sf of HVD: of every clip, over the frames that FFSM spots in it for this sentence (eq. 3, 5).
   *
   * @param sentence T̂_s: [D].
   */
  async spotFrames(sentence: Float32Array, rows: FrameRows): Promise<Float32Array> {
    const cosines = await this.coarse(sentence, rows.units);
    return spottedSimilarity(cosines, rows, this.#heads.parameters.spotRatio);
  }

  /**
   * The cosine of a vector and the nearest frame of every clip: the score for a picture.
   *
   * @param vector [D], of length 1.
   */
  async nearestFrames(vector: Float32Array, rows: FrameRows): Promise<Float32Array> {
    return nearestSimilarity(await this.coarse(vector, rows.units), rows);
  }

  /** S_sf or S_sp of single clips: the inner product of `vector` [D] with each of `pooled` [D]. */
  static products(vector: Float32Array, pooled: readonly Float32Array[]): Float32Array {
    return Float32Array.from(pooled, (row) => {
      let dot = 0;
      for (let c = 0; c < vector.length; c++) dot += vector[c] * row[c];
      return dot;
    });
  }

  /** The `count` highest scores in falling order, ties by lowest index. */
  static highest(scores: Float32Array, count: number): Hit[] {
    const hits: Hit[] = [];
    if (count < 1) return hits;
    scores.forEach((score, index) => {
      if (hits.length === count && !(score > hits[count - 1].score)) return;
      let at = hits.length;
      while (at > 0 && hits[at - 1].score < score) at--;
      hits.splice(at, 0, { index, score });
      if (hits.length > count) hits.pop();
    });
    return hits;
  }

  /** S_wp of every clip (eq. 1, 8). */
  async wordPatch(query: Query, clips: readonly EntityTokens[]): Promise<Float32Array> {
    const { dim } = this.#heads;
    const { words, wordWeights } = query;
    const scores = new Float32Array(clips.length);
    for (const [start, end] of runsOf(clips.map((clip) => clip.entityWeights.length))) {
      const run = clips.slice(start, end);
      await this.#backend.batch(async (kernels) => {
        const entities = await kernels.upload(run.map((clip) => clip.entities), dim); // p̂ [M, D]
        const theta = await kernels.upload(run.map((clip) => clip.entityWeights), 1); // θ_p [M, 1]
        const similarity = await kernels.interact(words, wordWeights, entities, theta); // [1, 1]
        scores.set(flat(await kernels.read(similarity)), start);
      });
    }
    return scores;
  }

  /**
   * The frame of each clip that is nearest to a vector, and its cosine: the moment to show.
   *
   * @param vector [D], of any length.
   * @param frames V_f of each clip: [F, D].
   */
  async bestFrames(
    vector: Float32Array,
    frames: readonly (Float32Array | Float16Array)[],
  ): Promise<Hit[]> {
    const { dim } = this.#heads;
    const best: Hit[] = [];
    for (const [start, end] of runsOf(frames.map((clip) => clip.length / dim))) {
      const [cosines] = await this.#backend.batch(async (kernels) => {
        const rows = await kernels.upload(frames.slice(start, end), dim); // V_f [F, D]
        return await kernels.read(await kernels.cosine(vector, rows)); // [F, 1]
      });
      best.push(...cosines.map((cosine) => Scorer.highest(cosine, 1)[0]));
    }
    return best;
  }

  /**
   * HVD: every clip is partitioned by this query. FFSM spots the frames nearest to the sentence
   * (eq. 3), PFCM compresses their patches, and two similarities are taken.
   */
  async spot(query: Query, clips: readonly SpottableClip[]): Promise<SpottedClip[]> {
    const patchesOf = ({ frames, patches }: SpottableClip) =>
      patches ? this.#kept(frames) * patches.length / frames.length : 0;
    const spotted: SpottedClip[] = [];
    for (const [start, end] of runsOf(clips.map(patchesOf))) {
      spotted.push(...await this.#spotRun(query, clips.slice(start, end)));
    }
    return spotted;
  }

  /** N_f⁺ = ⌈ħ·N_f⌉ */
  #kept(frames: { readonly length: number }): number {
    return Math.ceil(this.#heads.parameters.spotRatio * frames.length / this.#heads.dim);
  }

  async #spotRun(query: Query, clips: readonly SpottableClip[]): Promise<SpottedClip[]> {
    const { dim, interaction } = this.#heads;
    return await this.#backend.batch(async (kernels) => {
      const frames = await kernels.upload(clips.map((clip) => clip.frames), dim); // V_f [F, D]
      const cosines = await kernels.cosine(query.sentence, frames); // [F, 1]
      const chosen = await kernels.top(cosines, clips.map((clip) => this.#kept(clip.frames)));
      const spotted = await kernels.gather(frames, chosen); // V_f⁺ [F⁺, D]
      const weights = await kernels.weigh(spotted, interaction?.frame); // θ_f [F⁺, 1]
      const pooled = await kernels.pool(await kernels.unit(spotted), weights); // Σ θ_f f̂ [1, D]
      const [indices, u] = await kernels.read(chosen, pooled);

      const sentenceFrame = Scorer.products(query.sentence, u); // S_sf, eq. 5
      const wordPatch = await this.#spottedPatches(kernels, query, clips, indices); // S_wp, eq. 8
      return clips.map((_, b) => ({
        spotted: indices[b],
        sentenceFrame: sentenceFrame[b],
        wordPatch: wordPatch[b],
      }));
    });
  }

  /** S_wp of each clip over its spotted frames; null where there are no patches. */
  async #spottedPatches(
    kernels: Kernels,
    query: Query,
    clips: readonly SpottableClip[],
    spotted: readonly Uint32Array[],
  ): Promise<(number | null)[]> {
    const { dim, interaction } = this.#heads;
    const kept = clips.flatMap(({ frames, patches }, b) =>
      patches ? [gather(patches, spotted[b], patches.length / frames.length * dim)] : []
    );
    if (kept.length === 0) return clips.map(() => null);
    const patches = await kernels.upload(kept, dim); // V_p⁺ [F⁺·P, D]
    const { entities } = await compress(kernels, patches, this.#heads); // V_p* [M, D]
    const weights = await kernels.weigh(entities, interaction?.patch); // θ_p [M, 1]
    const units = await kernels.unit(entities); // p̂ [M, D]
    const scores = await kernels.interact(query.words, query.wordWeights, units, weights); // [1, 1]
    const values = flat(await kernels.read(scores)).values();
    return clips.map(({ patches }) => patches ? values.next().value! : null);
  }
}

function flat([rows]: [Float32Array[]]): Float32Array {
  return Float32Array.from(rows, ([value]) => value);
}
