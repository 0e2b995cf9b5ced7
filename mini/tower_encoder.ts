/**
 * The towers in training, encoding with whatever their weights are at the moment.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import type { ClipConfig } from "../models/clip/config.ts";
import { textTokens } from "../models/clip/text.ts";
import { normalisingWeights, trainableWeights } from "../models/clip/trainable.ts";
import { visionTokens } from "../models/clip/vision.ts";
import { Graph } from "../onnx/graph.ts";
import { openSession } from "../onnx/session.ts";
import type { ParameterValues } from "../train/parameters.ts";

/** The vision tower, with weights that are given each time. */
export interface VisionEncoder extends AsyncDisposable {
  /**
   * @param cut Normalised patches as rows, [B·P, 3·patchSize²].
   * @returns The class tokens [B, D] and the patch tokens [B·P, D], not normalised.
   */
  encode(
    weights: ParameterValues,
    cut: Float32Array,
  ): Promise<{ frames: Float32Array; patches: Float32Array }>;
}

/** The text tower, with weights that are given each time. */
export interface TextEncoder extends AsyncDisposable {
  /**
   * @param ids Texts padded to W tokens, [B·W].
   * @param sentenceAt 1 for the token that carries the sentence, else 0, [B, W].
   * @returns The sentences, [B, D], not normalised.
   */
  encode(
    weights: ParameterValues,
    ids: Int32Array,
    sentenceAt: Float32Array,
  ): Promise<Float32Array>;
}

/** Opens the vision tower, whose normalised layers are so by what is encoded together. */
export async function openVisionEncoder(config: ClipConfig): Promise<VisionEncoder> {
  const graph = new Graph("clip-vision");
  const rowSize = 3 * config.vision.patchSize ** 2;
  const cut = graph.input("cut", "float32", ["patches", rowSize]);
  visionTokens(graph, config, normalisingWeights(), cut);
  const session = await openSession(graph.toModel());
  return {
    async encode(weights, cut) {
      const { frames, patches } = await session.run({
        ...feeds(graph, weights),
        cut: new ort.Tensor("float32", cut, [cut.length / rowSize, rowSize]),
      });
      return { frames: frames.data as Float32Array, patches: patches.data as Float32Array };
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

/**
 * Opens the text tower.
 *
 * @param words W, what texts are padded to.
 */
export async function openTextEncoder(config: ClipConfig, words: number): Promise<TextEncoder> {
  const { dim } = config;
  const graph = new Graph("clip-text");
  const ids = graph.input("ids", "int32", ["words"]);
  const tokens = textTokens(graph, config, trainableWeights, ids, words);
  graph.output("words", tokens, "float32", ["words", dim]);
  const session = await openSession(graph.toModel());
  return {
    async encode(weights, ids, sentenceAt) {
      const output = await session.run({
        ...feeds(graph, weights),
        ids: new ort.Tensor("int32", ids, [ids.length]),
      });
      const all = output.words.data as Float32Array;
      const count = ids.length / words;
      const sentences = new Float32Array(count * dim);
      for (let i = 0; i < count; i++) {
        const at = i * words + sentenceAt.indexOf(1, i * words) % words;
        sentences.set(all.subarray(at * dim, (at + 1) * dim), i * dim);
      }
      return sentences;
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

/** The weights that a graph declares, as it is fed with them. */
export function feeds(graph: Graph, weights: ParameterValues): Record<string, ort.Tensor> {
  return Object.fromEntries(
    [...graph.weights.values()].map(({ name, dims }) => [
      name,
      new ort.Tensor("float32", weights[name], dims),
    ]),
  );
}
