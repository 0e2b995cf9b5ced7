/**
 * A method's loss over towers that learn too: from pixels and token ids instead of tokens.
 *
 * @module
 */
import { numpy as np } from "@jax-js/jax";
import type { ArraySpec } from "../autodiff/to_onnx.ts";
import type { ClipConfig } from "../models/clip/config.ts";
import type { MethodSettings } from "./configuration.ts";
import { type BatchShape, methodObjective } from "./method_objective.ts";
import type { Arrays, ParameterSpecs } from "./parameters.ts";
import type { Objective } from "./step.ts";
import { trainableText, trainableVision } from "./towers.ts";

/** A method together with its towers. */
export function allObjective(
  config: ClipConfig,
  shape: BatchShape,
  settings: MethodSettings,
  logitScale: number,
): Objective {
  const { batch: B, frames: F, patches: P, words: W, recovered: S, dim: D } = shape;
  const vision = trainableVision(config);
  const text = trainableText(config, W);
  const method = methodObjective(shape, settings, logitScale);
  const withRecovered = "recoveredMask" in method.batch;
  const float = (...shape: number[]): ArraySpec => ({ shape, type: "float32" });
  const ids = (count: number): ArraySpec => ({ shape: [count * W], type: "int32" });
  const own = (weights: Arrays, of: ParameterSpecs): Arrays =>
    Object.fromEntries(Object.keys(of).map((name) => [name, weights[name].ref]));
  /** Tokens of texts, and of each the one that carries its sentence. */
  const encode = (weights: Arrays, ids: np.Array, sentenceAt: np.Array, count: number) => {
    const words = text.encode(own(weights, text.specs), ids).reshape([count, W, D]);
    return { words, sentences: np.einsum("bw,bwd->bd", sentenceAt, words.ref) };
  };
  return {
    parameters: { ...vision.specs, ...text.specs, ...method.parameters },
    isTower: (name) => name in vision.specs || name in text.specs,
    batch: {
      cut: float(B * F * P, 3 * config.vision.patchSize ** 2),
      frameMask: float(B, F),
      ids: ids(B),
      sentenceAt: float(B, W),
      wordMask: float(B, W),
      ...(withRecovered
        ? {
          recoveredIds: ids(B * S),
          recoveredAt: float(B * S, W),
          recoveredMask: float(B, S, W),
        }
        : {}),
    },
    terms: method.terms,
    loss(weights, batch) {
      const seen = vision.encode(own(weights, vision.specs), batch.cut);
      const said = encode(weights, batch.ids, batch.sentenceAt, B);
      const tokens: Arrays = {
        frames: seen.frames.reshape([B, F, D]),
        frameMask: batch.frameMask,
        patches: seen.patches.reshape([B, F * P, D]),
        ...said,
        wordMask: batch.wordMask,
      };
      if (withRecovered) {
        const recovered = encode(weights, batch.recoveredIds, batch.recoveredAt, B * S);
        tokens.recoveredSentences = recovered.sentences.reshape([B, S, D]);
        tokens.recoveredWords = recovered.words.reshape([B, S, W, D]);
        tokens.recoveredMask = batch.recoveredMask;
      }
      return method.loss(own(weights, method.parameters), tokens);
    },
  };
}
