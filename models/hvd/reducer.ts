/**
 * The video side of SKRR at index time: everything of a clip that does not depend on the query.
 *
 * @module
 */
import type { Backend } from "../../kernels/backend.ts";
import type { FrameTokens } from "../clip/tokens.ts";
import type { Heads } from "./heads.ts";
import { compress, runsOf } from "./pfcm.ts";

/** One clip as the index keeps it. */
export interface ReducedClip {
  /** θ_f, how much each frame weighs: [F]. */
  readonly frameWeights: Float32Array;
  /** u = Σ θ_f f̂, so that T̂_s·u is the sentence–frame similarity: [D]. */
  readonly framesPooled: Float32Array;
  /** p̂, the L2-normalised tokens that PFCM leaves of the patches, flat: [M, D]. */
  readonly entities: Float32Array;
  /** θ_p, how much each entity weighs, from its form before normalisation: [M]. */
  readonly entityWeights: Float32Array;
  /** e = Σ θ_p p̂, so that T̂_s·e is the sentence–patch similarity: [D]. */
  readonly entitiesPooled: Float32Array;
  /** Of each PFCM round, the cluster and the importance of every token that came in. */
  readonly rounds: readonly RoundTrace[];
}

/** What one PFCM round did with a clip's tokens. */
export interface RoundTrace {
  /** The token of the next round that each token went into: [N]. */
  readonly labels: Uint16Array;
  /** I, zeros where all tokens count the same: [N]. */
  readonly importance: Float32Array;
}

/**
 * Reduces clips to what the index keeps.
 *
 * @example
 * ```ts
 * import { openBackend } from "../../kernels/open.ts";
 * import { identityHeads } from "./heads.ts";
 * import { Reducer } from "./reducer.ts";
 * import assert from "node:assert/strict";
 *
 * const reducer = new Reducer(await openBackend("cpu"), identityHeads(2));
 * const [clip] = await reducer.reduce([{
 *   frameCount: 1,
 *   patchesPerFrame: 4,
 *   dim: 2,
 *   frames: Float32Array.of(3, 4),
 *   patches: Float32Array.of(1, 0, 1, 0.1, 0, 1, 0.1, 1),
 * }]);
 * assert.equal(clip.entityWeights.length, 1);
 * assert.equal(clip.rounds[0].labels.length, 4);
 * ```
 */
export class Reducer {
  readonly #backend: Backend;
  readonly #heads: Heads;

  /** @param heads Their width must be that of the clips. */
  constructor(backend: Backend, heads: Heads) {
    this.#backend = backend;
    this.#heads = heads;
  }

  /**
   * Reduces clips of any lengths. A clip's result does not depend on the others.
   *
   * @throws {RangeError} If a clip has no patches or more than the kernels take.
   * @throws {DeviceLostError} If the device is gone; the clips can be given to another backend.
   */
  async reduce(clips: readonly FrameTokens[]): Promise<ReducedClip[]> {
    const other = clips.find((clip) => clip.dim !== this.#heads.dim);
    if (other) {
      throw new RangeError(
        `Cannot reduce a clip: expected tokens of ${this.#heads.dim} but found ${other.dim}`,
      );
    }
    const reduced: ReducedClip[] = [];
    for (const [start, end] of runsOf(clips.map((c) => c.frameCount * c.patchesPerFrame))) {
      reduced.push(...await this.#reduceRun(clips.slice(start, end)));
    }
    return reduced;
  }

  /**
   * Weighs and pools frames alone, of clips of any lengths: `framesPooled` of each.
   *
   * @param clips V_f of each clip: [F, D], not normalised.
   * @returns u = Σ θ_f f̂ of each: [D].
   */
  async poolFrames(clips: readonly Float32Array[]): Promise<Float32Array[]> {
    const { dim, interaction } = this.#heads;
    return await this.#backend.batch(async (kernels) => {
      const frames = await kernels.upload(clips, dim); // V_f [F, D]
      const weights = await kernels.weigh(frames, interaction?.frame); // θ_f [F, 1]
      const pooled = await kernels.pool(await kernels.unit(frames), weights); // Σ θ_f f̂ [1, D]
      return (await kernels.read(pooled))[0];
    });
  }

  /**
   * Weighs frames alone, of clips of any lengths.
   *
   * @param clips V_f of each clip: [F, D], not normalised.
   * @returns θ_f of each: [F].
   */
  async weighFrames(clips: readonly Float32Array[]): Promise<Float32Array[]> {
    const { dim, interaction } = this.#heads;
    return await this.#backend.batch(async (kernels) => {
      const frames = await kernels.upload(clips, dim); // V_f [F, D]
      return (await kernels.read(await kernels.weigh(frames, interaction?.frame)))[0]; // θ_f [F, 1]
    });
  }

  async #reduceRun(clips: readonly FrameTokens[]): Promise<ReducedClip[]> {
    const { dim, interaction } = this.#heads;
    return await this.#backend.batch(async (kernels) => {
      const frames = await kernels.upload(clips.map((clip) => clip.frames), dim); // V_f [F, D]
      const frameWeights = await kernels.weigh(frames, interaction?.frame); // θ_f [F, 1]
      const u = await kernels.pool(await kernels.unit(frames), frameWeights); // Σ θ_f f̂ [1, D]

      const patches = await kernels.upload(clips.map((clip) => clip.patches), dim); // V_p [F·P, D]
      const { entities, rounds } = await compress(kernels, patches, this.#heads); // V_p* [M, D]
      const entityWeights = await kernels.weigh(entities, interaction?.patch); // θ_p [M, 1]
      const units = await kernels.unit(entities); // p̂ [M, D]
      const e = await kernels.pool(units, entityWeights); // Σ θ_p p̂ [1, D]

      const read = await kernels.read(
        frameWeights,
        u,
        units,
        entityWeights,
        e,
        ...rounds.map(({ labels }) => labels),
        ...rounds.flatMap(({ importance }) => importance ?? []),
      );
      const [weights, pooled, tokens, tokenWeights, tokensPooled, ...traces] = read;
      return clips.map((_, b): ReducedClip => ({
        frameWeights: weights[b],
        framesPooled: pooled[b],
        entities: tokens[b],
        entityWeights: tokenWeights[b],
        entitiesPooled: tokensPooled[b],
        rounds: rounds.map(({ labels, importance }, r): RoundTrace => ({
          labels: Uint16Array.from(traces[r][b]),
          importance: importance
            ? traces[rounds.length + r][b] as Float32Array
            : new Float32Array(labels.counts[b]),
        })),
      }));
    });
  }
}
