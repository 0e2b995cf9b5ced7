/**
 * The loss of the papers over the tokens of frozen towers: contrastive on every similarity of whole
 * videos and of both paths, and what whole videos learn from the paths (SKRR eq. 10–13).
 *
 * @module
 */
import { numpy as np } from "@jax-js/jax";
import type { ArraySpec } from "../autodiff/to_onnx.ts";
import { aggregationParameters, type Side, weigh, type WeighedTokens } from "./aggregation.ts";
import type { MethodSettings, TrainedSimilarity } from "./configuration.ts";
import { contrastiveLoss, distillationLoss, logitScaleSpec } from "./losses.ts";
import type { Arrays, ParameterSpecs } from "./parameters.ts";
import { partition, recoveredTexts, type VideoPart } from "./partition.ts";
import { compress, type PaddedTokens, pfcmParameters } from "./pfcm.ts";
import { sentenceSimilarity, tokenInteraction, unit } from "./similarity.ts";
import type { Objective } from "./step.ts";
import { pooledSimilarity, xPool, xPoolParameters } from "./x_pool.ts";

/** The sizes of a batch. */
export interface BatchShape {
  /** B */
  readonly batch: number;
  /** F */
  readonly frames: number;
  /** P, patches a frame. */
  readonly patches: number;
  /** W */
  readonly words: number;
  /** S, recovered captions a video. */
  readonly recovered: number;
  /** D */
  readonly dim: number;
}

/** One side of a comparison, ready for it. */
export interface TextSide {
  /** T_s, or the mean of recovered captions' units, [A, D]. */
  readonly raw: np.Array;
  /** Unit vectors or means of them, [A, D]. */
  readonly sentences: np.Array;
  /** Unit vectors, [A, W, D]; null where no similarity looks at them. */
  readonly words: WeighedTokens | null;
}

/** The other side. */
export interface VideoSide {
  /** V_f, [B, F, D]. */
  readonly raw: np.Array;
  /** Unit vectors, [B, F, D]. */
  readonly frames: WeighedTokens;
  /** Unit vectors, [B, M, D]; null where no similarity looks at them. */
  readonly entities: WeighedTokens | null;
}

/** The arrays of a batch that every method takes. */
export function batchSpecs(
  { batch: B, frames: F, patches: P, words: W, recovered: S, dim: D }: BatchShape,
  { recoverPath, captionsAsPositives }: MethodSettings,
): Record<string, ArraySpec> {
  const float = (...shape: number[]): ArraySpec => ({ shape, type: "float32" });
  const specs: Record<string, ArraySpec> = {
    frames: float(B, F, D),
    frameMask: float(B, F),
    patches: float(B, F * P, D),
    sentences: float(B, D),
    words: float(B, W, D),
    wordMask: float(B, W),
  };
  if (recoverPath || captionsAsPositives) {
    specs.recoveredSentences = float(B, S, D);
    specs.recoveredWords = float(B, S, W, D);
    specs.recoveredMask = float(B, S, W);
  }
  return specs;
}

/** What a method learns. */
export function methodParameters(
  dim: number,
  logitScale: number,
  { rounds, aggregation, similarities, adapter }: MethodSettings,
): ParameterSpecs {
  const uses = (part: string) => similarities.some((similarity) => similarity.includes(part));
  const sides: Side[] = ["word", "frame", "patch"];
  const identity = (name: string): ParameterSpecs => ({
    [`adapter.${name}.weight`]: { shape: [dim, dim], init: { constant: 0 }, decay: true },
    [`adapter.${name}.bias`]: { shape: [dim], init: { constant: 0 }, decay: false },
  });
  return {
    logit_scale: logitScaleSpec(logitScale),
    ...(uses("patch") ? pfcmParameters(dim, rounds) : {}),
    // Frames are weighed whatever is compared: they say which videos are candidates.
    ...aggregationParameters(dim, aggregation, sides.filter((it) => it === "frame" || uses(it))),
    ...(uses("x_pool") ? xPoolParameters(dim) : {}),
    ...(adapter ? { ...identity("sentence"), ...identity("frame") } : {}),
  };
}

/** A method whose towers stay as they are. */
export function methodObjective(
  shape: BatchShape,
  settings: MethodSettings,
  logitScale: number,
): Objective {
  const { similarities } = settings;
  const paths = pathsOf(settings);
  const named = (prefix: string) => similarities.map((similarity) => `${prefix}${similarity}`);
  return {
    parameters: methodParameters(shape.dim, logitScale, settings),
    batch: batchSpecs(shape, settings),
    terms: [
      ...paths.flatMap(({ name }) => named(name)),
      ...(settings.distil ? paths.slice(1).flatMap(({ name }) => named(`kl ${name}`)) : []),
      ...(settings.captionsAsPositives ? ["captions"] : []),
    ],
    loss(weights, batch) {
      const scale = np.exp(weights.logit_scale);
      const compared = paths.map(({ sides }) => {
        const { text, video, there } = sides(weights, batch, settings);
        return {
          matrices: similarities.map((similarity) => compare(weights, similarity, text, video)),
          there,
        };
      });
      const terms = compared.flatMap(({ matrices, there }) =>
        matrices.map((matrix) => contrastiveLoss(matrix.ref, scale.ref, there?.ref))
      );
      if (settings.distil) {
        const [full, ...parts] = compared;
        for (const { matrices, there } of parts) {
          matrices.forEach((matrix, i) => {
            const whole = full.matrices[i].ref;
            terms.push(distillationLoss(whole, matrix.ref, scale.ref, settings, there?.ref));
          });
        }
      }
      if (settings.captionsAsPositives) terms.push(captionLoss(weights, batch, settings, scale));
      return terms;
    },
  };
}

interface Path {
  /** What its terms begin with. */
  readonly name: string;
  sides(
    weights: Arrays,
    batch: Arrays,
    settings: MethodSettings,
  ): {
    text: TextSide;
    video: VideoSide;
    /** 1 for each pair that the path has, [B]; left out where it has all. */
    there?: np.Array;
  };
}

function pathsOf({ fullPath, spotPath, recoverPath }: MethodSettings): Path[] {
  const paths: Path[] = [];
  if (fullPath) {
    paths.push({
      name: "",
      sides: (weights, batch, settings) => ({
        text: textSide(weights, batch, settings),
        video: videoSide(weights, wholeVideo(batch), settings),
      }),
    });
  }
  if (spotPath) {
    paths.push({
      name: "+ ",
      sides: (weights, batch, settings) => ({
        text: textSide(weights, batch, settings),
        video: videoSide(weights, split(batch, settings).spotted, settings),
      }),
    });
  }
  if (recoverPath) {
    paths.push({
      name: "− ",
      sides(weights, batch, settings) {
        const { dropped } = split(batch, settings);
        const { sentences, words } = recoveredTexts(
          {
            sentences: batch.recoveredSentences.ref,
            words: batch.recoveredWords.ref,
            wordMask: batch.recoveredMask.ref,
          },
          { tokens: dropped.frames.tokens.ref, mask: dropped.frames.mask.ref },
          settings.keptCaptions,
        );
        const mean = settings.adapter ? adapted(weights, "sentence", sentences) : sentences;
        // Without dropped frames, or without captions of them, a pair has no such path.
        const there = dropped.frames.mask.ref.max(1).mul(words.mask.ref.max(1));
        return {
          text: { raw: mean.ref, sentences: mean, words: weighedWords(weights, words, settings) },
          video: videoSide(weights, dropped, settings),
          there,
        };
      },
    });
  }
  return paths;
}

/** Texts of a batch: T̂_s, T̂_w and θ_w. */
export function textSide(weights: Arrays, batch: Arrays, settings: MethodSettings): TextSide {
  const sentences = settings.adapter
    ? adapted(weights, "sentence", batch.sentences.ref)
    : batch.sentences.ref;
  const words = { tokens: batch.words.ref, mask: batch.wordMask.ref };
  return {
    raw: sentences.ref,
    sentences: unit(sentences),
    words: weighedWords(weights, words, settings),
  };
}

function weighedWords(
  weights: Arrays,
  words: PaddedTokens,
  settings: MethodSettings,
): WeighedTokens | null {
  const looksAtWords = settings.similarities.some((similarity) => similarity.startsWith("word"));
  return looksAtWords ? weighedUnits(weights, "word", words, settings) : null;
}

/** All frames of the videos of a batch. */
export function wholeVideo(batch: Arrays): VideoPart {
  const [B, F] = batch.frameMask.shape;
  const P = batch.patches.shape[1] / F;
  const patchMask = np.broadcastTo(batch.frameMask.ref.reshape([B, F, 1]), [B, F, P]);
  return {
    frames: { tokens: batch.frames.ref, mask: batch.frameMask.ref },
    patches: { tokens: batch.patches.ref, mask: patchMask.reshape([B, F * P]) },
  };
}

/** Each video split by the text of the same number. */
export function split(batch: Arrays, { spotRatio }: MethodSettings) {
  const { frames, frameMask, patches, sentences } = batch;
  return partition(sentences.ref, {
    frames: frames.ref,
    frameMask: frameMask.ref,
    patches: patches.ref,
  }, spotRatio);
}

/** Videos of a batch: f̂, θ_f, p̂ and θ_p. */
export function videoSide(
  weights: Arrays,
  { frames, patches }: VideoPart,
  settings: MethodSettings,
): VideoSide {
  const tokens = settings.adapter ? adapted(weights, "frame", frames.tokens) : frames.tokens;
  const looksAtPatches = settings.similarities.some((similarity) => similarity.endsWith("patch"));
  return {
    raw: tokens.ref,
    frames: weighedUnits(weights, "frame", { tokens, mask: frames.mask }, settings),
    entities: looksAtPatches
      ? weighedUnits(weights, "patch", compress(weights, patches, settings), settings)
      : null,
  };
}

/** One similarity of all texts with all videos, [A, B]. */
export function compare(
  weights: Arrays,
  similarity: TrainedSimilarity,
  { raw: texts, sentences, words }: TextSide,
  { raw: videos, frames, entities }: VideoSide,
): np.Array {
  if (similarity === "x_pool") {
    const pooled = xPool(weights, texts.ref, videos.ref, frames.mask.ref);
    return pooledSimilarity(sentences.ref, pooled);
  }
  const side = similarity.endsWith("frame") ? frames : entities!;
  if (similarity.startsWith("sentence")) {
    return sentenceSimilarity(sentences.ref, side.tokens.ref, side.weights.ref);
  }
  return tokenInteraction({
    words: words!.tokens.ref,
    wordWeights: words!.weights.ref,
    wordMask: words!.mask.ref,
    tokens: side.tokens.ref,
    tokenWeights: side.weights.ref,
    tokenMask: side.mask.ref,
  });
}

function weighedUnits(
  weights: Arrays,
  side: Side,
  tokens: PaddedTokens,
  { aggregation, attentionHeads }: MethodSettings,
): WeighedTokens {
  const weighed = weigh(weights, side, tokens, aggregation, attentionHeads);
  return { ...weighed, tokens: unit(weighed.tokens) };
}

/** x + A·x + b, the identity at first. */
function adapted(weights: Arrays, name: string, x: np.Array): np.Array {
  const shape = x.shape;
  const rows = x.reshape([-1, shape.at(-1)!]);
  const map = weights[`adapter.${name}.weight`].ref.transpose();
  return rows.ref.add(np.matmul(rows, map)).add(weights[`adapter.${name}.bias`].ref)
    .reshape(shape);
}

/** Every recovered caption as a further text of its video, contrasted with all whole videos. */
function captionLoss(
  weights: Arrays,
  batch: Arrays,
  settings: MethodSettings,
  scale: np.Array,
): np.Array {
  const [, S] = batch.recoveredSentences.shape;
  const video = videoSide(weights, wholeVideo(batch), settings);
  let loss = np.array(0);
  for (let s = 0; s < S; s++) {
    const wordMask = batch.recoveredMask.ref.slice([], s);
    const there = wordMask.ref.max(1); // a caption without words is none
    const text = textSide(weights, {
      sentences: batch.recoveredSentences.ref.slice([], s),
      words: batch.recoveredWords.ref.slice([], s),
      wordMask,
    }, settings);
    for (const similarity of settings.similarities) {
      const matrix = compare(weights, similarity, text, video);
      loss = loss.add(contrastiveLoss(matrix, scale.ref, there.ref).mul(1 / S));
    }
  }
  return loss;
}
