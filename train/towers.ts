/**
 * CLIP's towers as functions that can be differentiated: the graphs of inference with their weights
 * as inputs, run by jax-js.
 *
 * @module
 */
import { ONNXModel } from "@jax-js/onnx";
import type { numpy as np } from "@jax-js/jax";
import type { ClipConfig } from "../models/clip/config.ts";
import { textTokens } from "../models/clip/text.ts";
import { trainableWeights } from "../models/clip/trainable.ts";
import { visionTokens } from "../models/clip/vision.ts";
import type { TowerWeights } from "../models/clip/weights.ts";
import { Graph } from "../onnx/graph.ts";
import type { Arrays, ParameterSpec, ParameterSpecs } from "./parameters.ts";

/** A tower: its parameters, and the tokens that it makes with them. */
export interface TrainableTower {
  readonly specs: ParameterSpecs;
}

/** The vision tower. */
export interface TrainableVision extends TrainableTower {
  /**
   * @param parameters Every tensor of {@linkcode TrainableTower.specs}; consumed.
   * @param cut Normalised patches as rows, channel by channel, [B·P, 3·patchSize²]; consumed.
   * @returns `frames` [B, D], the projected class tokens, and `patches` [B·P, D].
   */
  encode(parameters: Arrays, cut: np.Array): { frames: np.Array; patches: np.Array };
}

/** The text tower. */
export interface TrainableText extends TrainableTower {
  /**
   * @param parameters Every tensor of {@linkcode TrainableTower.specs}; consumed.
   * @param ids i32, texts padded to `words` tokens, [B·W]; consumed.
   * @returns Every projected token, [B·W, D].
   */
  encode(parameters: Arrays, ids: np.Array): np.Array;
}

/**
 * The vision tower of a model of this shape.
 *
 * @param weights `normalisingWeights()` normalises by the batch; by default weights are as stored.
 */
export function trainableVision(
  config: ClipConfig,
  weights: TowerWeights = trainableWeights,
): TrainableVision {
  const { patchSize } = config.vision;
  const graph = new Graph("clip-vision", { standardOnly: true });
  const cut = graph.input("cut", "float32", ["patches", 3 * patchSize ** 2]);
  visionTokens(graph, config, weights, cut);
  const model = new ONNXModel(graph.toModel() as Uint8Array<ArrayBuffer>);
  return {
    specs: specsOf(graph, config.vision.layers),
    encode(parameters, cut) {
      const { frames, patches } = model.run({ ...parameters, cut });
      return { frames, patches };
    },
  };
}

/**
 * The text tower of a model of this shape.
 *
 * @param words W, what texts are padded to.
 */
export function trainableText(config: ClipConfig, words: number): TrainableText {
  const graph = new Graph("clip-text", { standardOnly: true });
  const ids = graph.input("ids", "int32", ["words"]);
  const tokens = textTokens(graph, config, trainableWeights, ids, words);
  graph.output("words", tokens, "float32", ["words", config.dim]);
  const model = new ONNXModel(graph.toModel() as Uint8Array<ArrayBuffer>);
  return {
    specs: specsOf(graph, config.text.layers),
    encode: (parameters, ids) => model.run({ ...parameters, ids }).words,
  };
}

function specsOf(graph: Graph, layers: number): ParameterSpecs {
  return Object.fromEntries(
    [...graph.weights.values()].map(({ name, dims }) => [name, specOf(name, dims, layers)]),
  );
}

/** Norms begin as the identity, embeddings small, and what is added to the residual smaller. */
function specOf(name: string, shape: readonly number[], layers: number): ParameterSpec {
  if (name.endsWith(".bias")) return { shape, init: { constant: 0 }, decay: false };
  if (/norm/.test(name)) return { shape, init: { constant: 1 }, decay: false };
  if (/token_embedding|position_embedding|class_embedding/.test(name)) {
    return { shape, init: { normal: 0.02 }, decay: false };
  }
  const intoResidual = /out_proj|fc2/.test(name) ? 1 / Math.sqrt(2 * layers) : 1;
  return { shape, init: { normal: intoResidual / Math.sqrt(shape[1]) }, decay: true };
}
