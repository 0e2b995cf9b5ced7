/**
 * CLIP's text tower as one ONNX graph: token ids in, every projected token out.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import { Graph } from "../../onnx/graph.ts";
import type { ModelFiles } from "../model_files.ts";
import type { ClipConfig } from "./config.ts";
import { openTokenizer } from "./tokenizer.ts";
import type { TextTokens } from "./tokens.ts";
import { openTowerSession, openTowerWeights, type TowerOptions } from "./tower.ts";
import { layerNorm, transformer } from "./transformer.ts";
import type { Weights } from "./weights.ts";

/** An open text tower. */
export interface TextTower {
  /**
   * Encodes one text at its own length: attention is causal, so padding would change nothing.
   *
   * @param text Any text; one longer than the model's context loses its end.
   */
  encode(text: string): Promise<TextTokens>;
  /** Releases the session and its memory. */
  close(): Promise<void>;
}

/**
 * Opens the text tower of a model, with its tokeniser.
 *
 * @throws {Error} If the weights are damaged or do not fit the config, there is no tokeniser, or
 * the provider is missing.
 */
export async function openTextTower(
  model: ModelFiles,
  options: TowerOptions = {},
): Promise<TextTower> {
  const tokenizer = await openTokenizer(model.dir, model.config.text);
  const weights = await openTowerWeights(model, "text", options);
  const graph = textGraph(model.config, weights);
  const session = await openTowerSession(graph, weights, options);
  return {
    async encode(text) {
      const { ids, pieces, sentenceAt, truncated } = tokenizer.encode(text);
      const output = await session.run({
        ids: new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), [ids.length]),
      });
      const words = output.words.data as Float32Array;
      const { dim } = model.config;
      return {
        sentence: words.slice(sentenceAt * dim, (sentenceAt + 1) * dim),
        words,
        wordCount: ids.length,
        pieces,
        truncated,
      };
    },
    close: () => session.release(),
  };
}

/** `ids` i64 [W] → `words` [W, D]. */
export function textGraph({ dim, text }: ClipConfig, weights: Weights): Graph {
  const { width, vocabularySize, contextLength } = text;
  const name = "text_model.embeddings";
  const g = new Graph("clip-text");
  const ids = g.input("ids", "int64", ["words"]);

  const length = g.op("Shape", [ids]);
  const embedded = g.op("Add", [
    weights.rows(g, `${name}.token_embedding.weight`, [vocabularySize, width], ids),
    g.op("Slice", [
      weights.float32(g, `${name}.position_embedding.weight`, [contextLength, width]),
      g.ints([0]),
      length,
    ]),
  ]); // [W, width]
  const last = transformer(g, weights, embedded, {
    prefix: "text_model.encoder",
    config: text,
    tokens: -1,
    causal: true,
  });
  const words = weights.linear(
    g,
    layerNorm(g, weights, last, "text_model.final_layer_norm", text),
    "text_projection",
    { inputs: width, outputs: dim, bias: false },
  );
  g.output("words", words, "float32", ["words", dim]);
  return g;
}
