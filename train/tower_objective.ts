/**
 * Learning CLIP's towers from pictures with captions: contrastive on sentence–frame and on
 * word–patch, the first so that a picture's class token says what it shows, the second so that its
 * patches say where. Whoever draws the pictures also knows what is where in them, so their regions
 * are compared with phrases besides, and so are whole pictures: captions alone teach places and
 * colours first, and hardly what things do and how many they are.
 *
 * @module
 */
import { numpy as np } from "@jax-js/jax";
import type { ClipConfig } from "../models/clip/config.ts";
import { normalisingWeights } from "../models/clip/trainable.ts";
import { attributeLoss } from "./attribute_loss.ts";
import { contrastiveLoss, logitScaleSpec } from "./losses.ts";
import type { Arrays, ParameterSpecs } from "./parameters.ts";
import { sentenceSimilarity, tokenInteraction, unit } from "./similarity.ts";
import type { SightBatch, SightShape } from "./sight_objective.ts";
import type { Objective } from "./step.ts";
import { trainableText, trainableVision } from "./towers.ts";

/** Pictures that word–patch compares with one another: it costs the square of their number. */
const BLOCK = 16;

/** What the losses over phrases count beside the others. */
const REGION_PHRASES = 1, FRAME_PHRASES = 0.25;

/** The logarithm of 1/τ at the start, as in CLIP. */
const FIRST_LOGIT_SCALE = Math.log(1 / 0.07);

/** What a step is fed with. */
export type TowerBatch = SightBatch & {
  /** Token ids padded to W, [B·W]. */
  readonly ids: Int32Array;
  /** 1 for a token of the text, 0 for padding, [B, W]. */
  readonly wordMask: Float32Array;
  /** 1 for the token that carries the sentence, else 0, [B, W]. */
  readonly sentenceAt: Float32Array;
  /** Token ids of the phrases, padded to L, [K·L]. */
  readonly phraseIds: Int32Array;
  /** Equal shares of each phrase's tokens without those that surround it, [K, L]. */
  readonly phraseWords: Float32Array;
  /** 1 for the token that carries the phrase as a sentence, else 0, [K, L]. */
  readonly phraseAt: Float32Array;
};

/** The sizes of a batch, of which B is a multiple of 16; a phrase is a value of an attribute. */
export interface TowerShape extends SightShape {
  /** W, what captions are padded to. */
  readonly words: number;
  /** L, what phrases are padded to. */
  readonly phraseWords: number;
}

/** The objective over batches of pictures with a text each. */
export function towerObjective(
  config: ClipConfig,
  { batch: size, words, regions: R, attributes, phraseWords: L }: TowerShape,
): Objective {
  const vision = trainableVision(config, normalisingWeights());
  const text = trainableText(config, words);
  const phraseText = trainableText(config, L);
  const K = attributes.reduce((sum, { values }) => sum + values, 0);
  const { dim, vision: { patches, patchSize } } = config;
  return {
    parameters: {
      ...vision.specs,
      ...text.specs,
      logit_scale: logitScaleSpec(FIRST_LOGIT_SCALE),
    },
    batch: {
      cut: { shape: [size * patches, 3 * patchSize ** 2], type: "float32" },
      ids: { shape: [size * words], type: "int32" },
      wordMask: { shape: [size, words], type: "float32" },
      sentenceAt: { shape: [size, words], type: "float32" },
      regions: { shape: [size, R, patches], type: "float32" },
      labels: { shape: [size, R, K], type: "float32" },
      phraseIds: { shape: [K * L], type: "int32" },
      phraseWords: { shape: [K, L], type: "float32" },
      phraseAt: { shape: [K, L], type: "float32" },
    },
    terms: ["sentence_frame", "word_patch", "region_phrase", "frame_phrase"],
    isTower: (name) => name in vision.specs,
    loss(
      parameters,
      { cut, ids, wordMask, sentenceAt, regions, labels, phraseIds, phraseWords, phraseAt },
    ) {
      const own = (of: ParameterSpecs): Arrays =>
        Object.fromEntries(Object.keys(of).map((name) => [name, parameters[name].ref]));
      const scale = np.exp(parameters.logit_scale);
      const seen = vision.encode(own(vision.specs), cut);
      const said = text.encode(own(text.specs), ids).reshape([size, words, dim]);
      const sentences = unit(np.einsum("bw,bwd->bd", sentenceAt, said.ref));
      const frames = unit(seen.frames);
      const frameLoss = contrastiveLoss(
        sentenceSimilarity(sentences, frames.ref.reshape([size, 1, dim]), np.ones([size, 1])),
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

      const phrases = phraseText.encode(own(phraseText.specs), phraseIds).reshape([K, L, dim]);
      const asWords = unit(np.einsum("kl,kld->kd", phraseWords, unit(phrases.ref)));
      const asSentences = unit(np.einsum("kl,kld->kd", phraseAt, phrases));
      const compared = (vectors: np.Array, phrases: np.Array) =>
        np.matmul(vectors, phrases.transpose()).reshape([size, -1, K]);
      const regionVectors = unit(np.einsum("brp,bpd->brd", regions, tokens)).reshape([-1, dim]);
      const ofRegions = attributeLoss(
        compared(regionVectors, asWords),
        labels.ref,
        attributes,
        scale.ref,
      );
      const ofFrames = attributeLoss(compared(frames, asSentences), labels, attributes, scale);
      return [
        frameLoss,
        patchLoss,
        ofRegions.mul(REGION_PHRASES),
        ofFrames.mul(FRAME_PHRASES),
      ];
    },
  };
}
