/**
 * Learning CLIP's towers from pictures with captions: contrastive on sentence–frame and on
 * word–patch, the first so that a picture's class token says what it shows, the second so that its
 * patches say where.
 *
 * @module
 */
import { numpy as np } from "@jax-js/jax";
import type { ClipConfig } from "../models/clip/config.ts";
import { contrastiveLoss, MAX_LOGIT_SCALE } from "./losses.ts";
import type { Arrays, ParameterSpecs } from "./parameters.ts";
import { sentenceSimilarity, tokenInteraction, unit } from "./similarity.ts";
import type { Objective } from "./step.ts";
import { trainableText, trainableVision } from "./towers.ts";

/** Pictures that word–patch compares with one another: it costs the square of their number. */
const BLOCK = 32;

/** The logarithm of 1/τ at the start, as in CLIP. */
const FIRST_LOGIT_SCALE = Math.log(1 / 0.07);

/** What a step is fed with. */
export type TowerBatch = {
  /** Normalised patches as rows, channel by channel, [B·P, 3·patchSize²]. */
  readonly cut: Float32Array;
  /** Token ids padded to W, [B·W]. */
  readonly ids: Int32Array;
  /** 1 for a token of the text, 0 for padding, [B, W]. */
  readonly wordMask: Float32Array;
  /** 1 for the token that carries the sentence, else 0, [B, W]. */
  readonly sentenceAt: Float32Array;
};

/**
 * The objective over batches of B pictures with a text each, padded to W tokens.
 *
 * @param shape B, a multiple of 32, and W.
 */
export function towerObjective(
  config: ClipConfig,
  { batch: size, words }: { batch: number; words: number },
): Objective {
  const vision = trainableVision(config);
  const text = trainableText(config, words);
  const { dim, vision: { patches, patchSize } } = config;
  return {
    parameters: {
      ...vision.specs,
      ...text.specs,
      logit_scale: { shape: [], init: { constant: FIRST_LOGIT_SCALE }, decay: false },
    },
    batch: {
      cut: { shape: [size * patches, 3 * patchSize ** 2], type: "float32" },
      ids: { shape: [size * words], type: "int32" },
      wordMask: { shape: [size, words], type: "float32" },
      sentenceAt: { shape: [size, words], type: "float32" },
    },
    terms: ["sentence_frame", "word_patch"],
    loss(parameters, { cut, ids, wordMask, sentenceAt }) {
      const own = (of: ParameterSpecs): Arrays =>
        Object.fromEntries(Object.keys(of).map((name) => [name, parameters[name]]));
      const scale = np.exp(np.minimum(parameters.logit_scale, MAX_LOGIT_SCALE));
      const seen = vision.encode(own(vision.specs), cut);
      const said = text.encode(own(text.specs), ids).reshape([size, words, dim]);
      const sentences = unit(np.einsum("bw,bwd->bd", sentenceAt, said.ref));
      const frames = unit(seen.frames).reshape([size, 1, dim]);
      const frameLoss = contrastiveLoss(
        sentenceSimilarity(sentences, frames, np.ones([size, 1])),
        scale.ref,
      );
      const wordWeights = wordMask.ref.div(wordMask.ref.sum(1, { keepdims: true }));
      const all = { words: unit(said), wordMask, wordWeights };
      const tokens = unit(seen.patches).reshape([size, patches, dim]);
      let patchLoss = np.array(0);
      for (let start = 0; start < size; start += BLOCK) {
        const rows = [start, start + BLOCK] as [number, number];
        const interaction = tokenInteraction({
          words: all.words.ref.slice(rows),
          wordWeights: all.wordWeights.ref.slice(rows),
          wordMask: all.wordMask.ref.slice(rows),
          tokens: tokens.ref.slice(rows),
          tokenWeights: np.full([BLOCK, patches], 1 / patches),
          tokenMask: np.ones([BLOCK, patches]),
        });
        patchLoss = patchLoss.add(contrastiveLoss(interaction, scale.ref).mul(BLOCK / size));
      }
      return [frameLoss, patchLoss];
    },
  };
}
