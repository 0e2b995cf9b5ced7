/**
 * CLIP's vision tower as one ONNX graph: pictures in, every projected token out.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import { Graph, type Value } from "../../onnx/graph.ts";
import type { ModelFiles } from "../model_files.ts";
import type { ClipConfig, VisionConfig } from "./config.ts";
import { convolutionalStem } from "./stem.ts";
import { CHANNEL_DEVIATION, CHANNEL_MEAN } from "./statistics.ts";
import type { FrameTokens } from "./tokens.ts";
import { checkFinite, openTowerSession, openTowerWeights, type TowerOptions } from "./tower.ts";
import { layerNorm, transformer } from "./transformer.ts";
import type { TowerWeights } from "./weights.ts";

/** An open vision tower. */
export interface VisionTower {
  /**
   * Encodes the frames of a clip. It blocks its thread while it runs: call it in a worker.
   *
   * @param pixels F square crops, 8-bit RGB, [F, S, S, 3].
   * @throws {RangeError} If the bytes are no whole number of crops, or none.
   * @throws {Error} If the weights give something that is no number.
   */
  encode(pixels: Uint8Array): Promise<FrameTokens>;
  /** Releases the session and its memory. */
  close(): Promise<void>;
}

/**
 * Opens the vision tower of a model.
 *
 * @throws {Error} If the weights are damaged or do not fit the config, or the provider is missing.
 */
export async function openVisionTower(
  model: ModelFiles,
  options: TowerOptions = {},
): Promise<VisionTower> {
  const { config } = model;
  const { imageSize, patches } = config.vision;
  const weights = await openTowerWeights(model, "vision", options);
  const graph = visionGraph(config, weights);
  const session = await openTowerSession(graph, weights, options);
  return {
    async encode(pixels) {
      const frameCount = pixels.length / (imageSize * imageSize * 3);
      if (!Number.isInteger(frameCount) || frameCount === 0) {
        throw new RangeError(
          `Expected whole pictures of ${imageSize} × ${imageSize} RGB bytes but found ` +
            `${pixels.length} bytes`,
        );
      }
      const output = await session.run({
        pixels: new ort.Tensor("uint8", pixels, [frameCount, imageSize, imageSize, 3]),
      });
      const frames = output.frames.data as Float32Array;
      checkFinite(frames, model);
      return {
        frameCount,
        patchesPerFrame: patches,
        dim: config.dim,
        frames,
        patches: output.patches.data as Float32Array,
      };
    },
    close: () => session.release(),
  };
}

/** The whole tower: `pixels` u8 [F, S, S, 3] → `frames` [F, D], `patches` [F·P, D]. */
function visionGraph(config: ClipConfig, weights: TowerWeights): Graph {
  const { imageSize } = config.vision;
  const g = new Graph("clip-vision");
  const pixels = g.input("pixels", "uint8", ["frames", imageSize, imageSize, 3]);
  visionTokens(g, config, weights, normalisedPatches(g, config.vision, pixels));
  return g;
}

/** `pixels` u8 [F, S, S, 3] → patches as rows, channel by channel, [F·P, 3·patchSize²]. */
function normalisedPatches(
  g: Graph,
  { imageSize, patchSize }: VisionConfig,
  pixels: Value,
): Value {
  const side = Math.floor(imageSize / patchSize); // patches in a row
  const seen = side * patchSize;
  if (seen < imageSize) {
    pixels = g.op("Slice", [pixels, g.ints([0, 0]), g.ints([seen, seen]), g.ints([1, 2])]);
  }
  // Cutting patches while they are bytes moves a quarter of the memory.
  const cut = g.op("Transpose", [
    g.op("Reshape", [pixels, g.ints([0, side, patchSize, side, patchSize, 3])]),
  ], { perm: [0, 1, 3, 5, 2, 4] }); // [F, side, side, 3, patchSize, patchSize]
  const area = patchSize * patchSize;
  const channels = g.cast(g.op("Reshape", [cut, g.ints([-1, 3, area])]), "float32");
  const normalised = g.op("Mul", [
    g.op("Sub", [channels, g.floats(Float32Array.from(CHANNEL_MEAN, (m) => 255 * m), [3, 1])]),
    g.floats(Float32Array.from(CHANNEL_DEVIATION, (d) => 1 / (255 * d)), [3, 1]),
  ]);
  return g.op("Reshape", [normalised, g.ints([-1, 3 * area])]);
}

/**
 * Everything after the normalised patches, with the outputs `frames` [F, D], the projected class
 * tokens, and `patches` [F·P, D].
 *
 * @param cut Patches as rows, channel by channel, [F·P, 3·patchSize²].
 */
export function visionTokens(
  g: Graph,
  { dim, vision }: ClipConfig,
  weights: TowerWeights,
  cut: Value,
): void {
  const { width, patchSize, patches, stem } = vision;
  const tokens = 1 + patches;
  const name = "vision_model.embeddings";

  // A convolution whose windows do not overlap is a linear layer over the patches.
  const embedded = stem.length > 0
    ? convolutionalStem(g, weights, cut, vision)
    : weights.linear(g, cut, `${name}.patch_embedding`, {
      inputs: 3 * patchSize * patchSize,
      outputs: width,
      bias: false,
    });
  const patchRows = g.op("Reshape", [embedded, g.ints([-1, patches, width])]); // [F, P, width]
  const one = g.ints([1]);
  const frameCount = g.op("Shape", [patchRows], { start: 0, end: 1 });
  const classRows = g.op("Expand", [
    weights.float32(g, `${name}.class_embedding`, [1, 1, width]),
    g.op("Concat", [frameCount, one, one], { axis: 0 }),
  ]); // [F, 1, width]
  const positioned = g.op("Add", [
    g.op("Concat", [classRows, patchRows], { axis: 1 }),
    weights.float32(g, `${name}.position_embedding.weight`, [tokens, width]),
  ]); // [F, 1 + P, width]

  const rows = g.op("Reshape", [positioned, g.ints([-1, width])]);
  // The name is misspelt in every checkpoint.
  const first = layerNorm(g, weights, rows, "vision_model.pre_layrnorm", vision);
  const last = transformer(g, weights, first, {
    prefix: "vision_model.encoder",
    config: vision,
    tokens,
    causal: false,
  });
  const projected = weights.linear(
    g,
    layerNorm(g, weights, last, "vision_model.post_layernorm", vision),
    "visual_projection",
    { inputs: width, outputs: dim, bias: false },
  );

  const sequences = g.op("Reshape", [projected, g.ints([-1, tokens, dim])]);
  const [frames, rest] = g.ops("Split", [sequences, g.ints([1, patches])], 2, { axis: 1 });
  const flat = g.ints([-1, dim]);
  g.output("frames", g.op("Reshape", [frames, flat]), "float32", ["frames", dim]);
  g.output("patches", g.op("Reshape", [rest, flat]), "float32", ["patches", dim]);
}
