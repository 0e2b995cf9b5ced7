/**
 * CLIP's text tower as one ONNX graph: token ids in, every projected token out.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import { Graph, type Value } from "../../onnx/graph.ts";
import type { ModelFiles } from "../model_files.ts";
import type { ClipConfig } from "./config.ts";
import { openTokenizer } from "./tokenizer.ts";
import type { TextTokens } from "./tokens.ts";
import { checkFinite, openTowerSession, openTowerWeights, type TowerOptions } from "./tower.ts";
import { layerNorm, transformer } from "./transformer.ts";
import type { TowerWeights } from "./weights.ts";

/** How to open a text tower. */
export interface TextTowerOptions extends TowerOptions {
  /**
   * N_w: the most tokens of a text, begin and end included, at least 2. Defaults to the model's
   * context, which is also the limit.
   */
  readonly words?: number;
}

/** An open text tower. */
export interface TextTower {
  /**
   * Encodes one text at its own length: attention is causal, so padding would change nothing.
   *
   * @param text Any text; one of more tokens than the tower takes loses its end.
   * @throws {Error} If the weights give something that is no number.
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
  options: TextTowerOptions = {},
): Promise<TextTower> {
  const { text } = model.config;
  const contextLength = Math.min(options.words ?? text.contextLength, text.contextLength);
  const tokenizer = await openTokenizer(model.dir, { ...text, contextLength });
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
      checkFinite(words, model);
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
export function textGraph(config: ClipConfig, weights: TowerWeights): Graph {
  const { width, contextLength } = config.text;
  const g = new Graph("clip-text");
  const ids = g.input("ids", "int64", ["words"]);
  const positions = g.op("Slice", [
    weights.float32(g, POSITIONS, [contextLength, width]),
    g.ints([0]),
    g.op("Shape", [ids]),
  ]); // [W, width]
  const embedded = g.op("Add", [embeddedWords(g, config, weights, ids), positions]);
  g.output("words", projectedWords(g, config, weights, embedded, -1), "float32", [
    "words",
    config.dim,
  ]);
  return g;
}

/**
 * The text tower over texts padded to one length, as it is trained.
 *
 * @param ids i32, B texts one after another, [B·T].
 * @param tokens T, at most the model's context.
 * @returns Every projected token, [B·T, D]; what padding follows does not reach back.
 */
export function textTokens(
  g: Graph,
  config: ClipConfig,
  weights: TowerWeights,
  ids: Value,
  tokens: number,
): Value {
  const { width, contextLength } = config.text;
  const positions = g.op("Slice", [
    weights.float32(g, POSITIONS, [contextLength, width]),
    g.ints([0]),
    g.ints([tokens]),
  ]); // [T, width]
  const sequences = g.op("Reshape", [
    embeddedWords(g, config, weights, ids),
    g.ints([-1, tokens, width]),
  ]);
  const rows = g.op("Reshape", [g.op("Add", [sequences, positions]), g.ints([-1, width])]);
  return projectedWords(g, config, weights, rows, tokens);
}

const POSITIONS = "text_model.embeddings.position_embedding.weight";

function embeddedWords(g: Graph, { text }: ClipConfig, weights: TowerWeights, ids: Value): Value {
  const shape = [text.vocabularySize, text.width] as const;
  return weights.rows(g, "text_model.embeddings.token_embedding.weight", shape, ids);
}

/** Everything after the embeddings, [B·T, width] → [B·T, D]. */
function projectedWords(
  g: Graph,
  { dim, text }: ClipConfig,
  weights: TowerWeights,
  embedded: Value,
  tokens: number,
): Value {
  const last = transformer(g, weights, embedded, {
    prefix: "text_model.encoder",
    config: text,
    tokens,
    causal: true,
  });
  return weights.linear(
    g,
    layerNorm(g, weights, last, "text_model.final_layer_norm", text),
    "text_projection",
    { inputs: text.width, outputs: dim, bias: false },
  );
}
