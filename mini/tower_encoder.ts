/**
 * The towers in training, encoding with whatever their weights are at the moment.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import type { ClipConfig } from "../models/clip/config.ts";
import { textTokens } from "../models/clip/text.ts";
import { trainableWeights } from "../models/clip/trainable.ts";
import { visionTokens } from "../models/clip/vision.ts";
import { Graph } from "../onnx/graph.ts";
import { openSession } from "../onnx/session.ts";
import type { ParameterValues } from "../train/parameters.ts";
import type { TowerBatch } from "../train/tower_objective.ts";

/** Encodes batches with weights that are given each time. */
export interface TowerEncoder {
  /**
   * @returns The frames' class tokens and the sentences, [B, D] each, not normalised.
   */
  encode(
    weights: ParameterValues,
    batch: TowerBatch,
  ): Promise<{ frames: Float32Array; sentences: Float32Array }>;
  close(): Promise<void>;
}

/**
 * Opens both towers.
 *
 * @param words W, what texts are padded to.
 */
export async function openTowerEncoder(config: ClipConfig, words: number): Promise<TowerEncoder> {
  const { dim, vision: { patchSize } } = config;
  const visionGraph = new Graph("clip-vision");
  const cut = visionGraph.input("cut", "float32", ["patches", 3 * patchSize ** 2]);
  visionTokens(visionGraph, config, trainableWeights, cut);
  const textGraph = new Graph("clip-text");
  const ids = textGraph.input("ids", "int32", ["words"]);
  const tokens = textTokens(textGraph, config, trainableWeights, ids, words);
  textGraph.output("words", tokens, "float32", ["words", dim]);
  const [vision, text] = await Promise.all(
    [visionGraph, textGraph].map((graph) => openSession(graph.toModel())),
  );
  const feeds = (graph: Graph, weights: ParameterValues) =>
    Object.fromEntries(
      [...graph.weights.values()].map(({ name, dims }) => [
        name,
        new ort.Tensor("float32", weights[name], dims),
      ]),
    );
  return {
    async encode(weights, batch) {
      const rows = batch.cut.length / (3 * patchSize ** 2);
      const seen = await vision.run({
        ...feeds(visionGraph, weights),
        cut: new ort.Tensor("float32", batch.cut, [rows, 3 * patchSize ** 2]),
      });
      const said = await text.run({
        ...feeds(textGraph, weights),
        ids: new ort.Tensor("int32", batch.ids, [batch.ids.length]),
      });
      const all = said.words.data as Float32Array;
      const count = batch.ids.length / words;
      const sentences = new Float32Array(count * dim);
      for (let i = 0; i < count; i++) {
        const at = i * words + batch.sentenceAt.indexOf(1, i * words) % words;
        sentences.set(all.subarray(at * dim, (at + 1) * dim), i * dim);
      }
      return { frames: seen.frames.data as Float32Array, sentences };
    },
    async close() {
      await Promise.all([vision.release(), text.release()]);
    },
  };
}
