/**
 * The shape of a CLIP model, read from its Hugging Face `config.json`.
 *
 * @module
 */

/** The activation between the two linears of a block. */
export type Activation = "quick_gelu" | "gelu";

/** One of the two transformers. */
export interface TowerConfig {
  /** The width of a token inside the tower. */
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** The width between a block's two linears. */
  readonly mlpWidth: number;
  readonly activation: Activation;
  /** ε of every layer norm. */
  readonly epsilon: number;
}

/** A part of a convolutional stem. */
export interface StemStage {
  /** How many times shorter it makes the sides of the picture. */
  readonly stride: number;
  /** The channels that it makes. */
  readonly width: number;
  /** Residual blocks of two 3 × 3 convolutions each that follow. */
  readonly blocks: number;
}

/** The picture side. */
export interface VisionConfig extends TowerConfig {
  /** S, the side of the square picture in pixels. */
  readonly imageSize: number;
  /** The side of a square patch in pixels. */
  readonly patchSize: number;
  /** P = (S / patchSize)², the patches of a picture. */
  readonly patches: number;
  /** What embeds patches; none where it is one linear layer, as in OpenAI's CLIP. */
  readonly stem: readonly StemStage[];
}

/** The text side. */
export interface TextConfig extends TowerConfig {
  readonly vocabularySize: number;
  /** The most tokens that a text may have, begin and end included. */
  readonly contextLength: number;
  /**
   * The id of the token that ends a text and carries its meaning. Null in the original
   * checkpoints, whose config says 2: there the end is the highest id of the text.
   */
  readonly endOfText: number | null;
}

/** A whole CLIP model. */
export interface ClipConfig {
  /** D, the width of the space that pictures and texts share. */
  readonly dim: number;
  readonly vision: VisionConfig;
  readonly text: TextConfig;
}

/** What files that leave a field out mean by it: OpenAI's ViT-B/32. */
const DEFAULTS = {
  dim: 512,
  vision: { width: 768, layers: 12, heads: 12, mlpWidth: 3072, imageSize: 224, patchSize: 32 },
  text: {
    width: 512,
    layers: 12,
    heads: 8,
    mlpWidth: 2048,
    vocabularySize: 49408,
    contextLength: 77,
    endOfText: 49407,
  },
};

/** The `eos_token_id` of checkpoints older than the fix of that field. */
const LEGACY_END_OF_TEXT = 2;

/**
 * Reads a model's `config.json`.
 *
 * @param path The file.
 * @throws {Error} If it cannot be read, or describes something else than a CLIP of two ViT-style
 * transformers.
 */
export async function readClipConfig(path: string): Promise<ClipConfig> {
  let json: unknown;
  try {
    json = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    const why = error instanceof SyntaxError ? "it is not JSON" : (error as Error).message;
    throw new Error(`Cannot read the model's config "${path}": ${why}`);
  }
  try {
    return parseClipConfig(json);
  } catch (error) {
    throw new Error(`Cannot use the model of "${path}": ${(error as Error).message}`);
  }
}

/**
 * Understands a parsed `config.json`.
 *
 * @throws {TypeError} If the model is of another type, or a value is missing or impossible.
 *
 * @example
 * ```ts
 * import { parseClipConfig } from "./config.ts";
 * import assert from "node:assert/strict";
 *
 * const config = parseClipConfig({ model_type: "clip", vision_config: { patch_size: 16 } });
 * assert.equal(config.vision.patches, 196);
 * assert.throws(() => parseClipConfig({ model_type: "siglip" }), TypeError);
 * ```
 */
export function parseClipConfig(json: unknown): ClipConfig {
  const root = fields(json, "the file");
  const type = root.model_type;
  if (type !== "clip") {
    throw new TypeError(
      `its model_type is ${JSON.stringify(type) ?? "missing"} and only "clip" is supported`,
    );
  }
  const vision = towerFields(root, "vision_config");
  const text = towerFields(root, "text_config");

  const imageSize = count(vision, "image_size", DEFAULTS.vision.imageSize);
  const patchSize = count(vision, "patch_size", DEFAULTS.vision.patchSize);
  if (patchSize > imageSize) {
    throw new TypeError(`its patch_size ${patchSize} is above its image_size ${imageSize}`);
  }
  if (count(vision, "num_channels", 3) !== 3) {
    throw new TypeError("its pictures do not have 3 channels");
  }
  // Layers convolve with a stride of the patch's size: what is left over at the edge is not seen.
  const patches = Math.floor(imageSize / patchSize) ** 2;
  const visionTower = tower(vision, DEFAULTS.vision);
  const stem = stemStages(vision.stem ?? []);
  const reach = stem.reduce((product, { stride }) => product * stride, 1);
  if (stem.length > 0 && (reach !== patchSize || stem.at(-1)!.width !== visionTower.width)) {
    throw new TypeError(
      `its stem makes ${stem.at(-1)!.width} channels of ${reach} pixels, not its hidden_size ` +
        `${visionTower.width} of its patch_size ${patchSize}`,
    );
  }
  const endOfText = count(text, "eos_token_id", DEFAULTS.text.endOfText, 0);
  return {
    dim: count(root, "projection_dim", DEFAULTS.dim),
    vision: { ...visionTower, imageSize, patchSize, patches, stem },
    text: {
      ...tower(text, DEFAULTS.text),
      vocabularySize: count(text, "vocab_size", DEFAULTS.text.vocabularySize),
      contextLength: count(text, "max_position_embeddings", DEFAULTS.text.contextLength, 2),
      endOfText: endOfText === LEGACY_END_OF_TEXT ? null : endOfText,
    },
  };
}

/** A tower's fields. Older files repeat some in a second object, which then has the last word. */
function towerFields(
  root: Record<string, unknown>,
  name: "vision_config" | "text_config",
): Record<string, unknown> {
  const second = `${name}_dict`;
  return { ...fields(root[name] ?? {}, name), ...fields(root[second] ?? {}, second) };
}

function stemStages(json: unknown): StemStage[] {
  if (!Array.isArray(json)) throw new TypeError("its stem is not a list of stages");
  return json.map((stage) => {
    const of = fields(stage, "a stage of its stem");
    const required = (name: string, least = 1) => {
      if (of[name] === undefined) throw new TypeError(`a stage of its stem has no ${name}`);
      return count(of, name, 0, least);
    };
    return { stride: required("stride"), width: required("width"), blocks: required("blocks", 0) };
  });
}

function tower(
  json: Record<string, unknown>,
  defaults: Pick<TowerConfig, "width" | "layers" | "heads" | "mlpWidth">,
): TowerConfig {
  const width = count(json, "hidden_size", defaults.width);
  const heads = count(json, "num_attention_heads", defaults.heads);
  if (width % heads !== 0) {
    throw new TypeError(`its hidden_size ${width} is not a multiple of its ${heads} heads`);
  }
  const activation = json.hidden_act ?? "quick_gelu";
  if (activation !== "quick_gelu" && activation !== "gelu") {
    throw new TypeError(
      `its hidden_act is ${JSON.stringify(activation)} and only "quick_gelu" and "gelu" are ` +
        "supported",
    );
  }
  const epsilon = json.layer_norm_eps ?? 1e-5;
  if (typeof epsilon !== "number" || !(epsilon > 0)) {
    throw new TypeError(`its layer_norm_eps is ${JSON.stringify(epsilon)}`);
  }
  return {
    width,
    heads,
    activation,
    epsilon,
    layers: count(json, "num_hidden_layers", defaults.layers),
    mlpWidth: count(json, "intermediate_size", defaults.mlpWidth),
  };
}

function fields(json: unknown, name: string): Record<string, unknown> {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) {
    return json as Record<string, unknown>;
  }
  throw new TypeError(`${name} is not an object`);
}

function count(
  json: Record<string, unknown>,
  name: string,
  otherwise: number,
  least = 1,
): number {
  const value = json[name] ?? otherwise;
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw new TypeError(
    `its ${name} is ${JSON.stringify(value)}, not an integer of at least ${least}`,
  );
}
