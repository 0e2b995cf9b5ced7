/**
 * The shape of the embedded model and how it is trained.
 *
 * @module
 */
import { type ClipConfig, parseClipConfig, type StemStage } from "../models/clip/config.ts";
import { paperConfiguration, type TrainingConfiguration } from "../train/configuration.ts";
import type { Schedule } from "../train/trainer.ts";
import type { Recipe } from "../world/generate.ts";

/** The most ids of the vocabulary, bytes and the two that surround a text included. */
export const VOCABULARY_SIZE = 4096;

/** W: what captions are padded to in training; the world's longest have fewer tokens. */
export const CAPTION_TOKENS = 24;

/** B: pictures a step. */
export const BATCH = 96;

/** What embeds the patches of pictures. */
const STEM: readonly StemStage[] = [
  { stride: 3, width: 48, blocks: 0 },
  { stride: 2, width: 96, blocks: 1 },
  { stride: 2, width: 192, blocks: 1 },
];

/** Its `config.json` in Hugging Face layout, over a vocabulary of so many ids. */
export function clipConfigJson(vocabularySize: number): Record<string, unknown> {
  const tower = (width: number, mlpWidth: number, layers: number) => ({
    hidden_size: width,
    intermediate_size: mlpWidth,
    num_hidden_layers: layers,
    num_attention_heads: width / 32,
    hidden_act: "quick_gelu",
    layer_norm_eps: 1e-5,
  });
  return {
    model_type: "clip",
    architectures: ["CLIPModel"],
    projection_dim: 128,
    vision_config: { ...tower(192, 384, 2), image_size: 72, patch_size: 12, stem: STEM },
    text_config: {
      ...tower(128, 512, 2),
      vocab_size: vocabularySize,
      max_position_embeddings: 48,
      eos_token_id: vocabularySize - 1,
      bos_token_id: vocabularySize - 2,
    },
  };
}

/** The same as the towers read it. */
export function clipConfig(vocabularySize: number): ClipConfig {
  return parseClipConfig(clipConfigJson(vocabularySize));
}

/** How the vision tower learns to see. */
export function sightSchedule(steps: number): Schedule {
  return {
    optimiser: "muon",
    betas: [0.95, 0.98],
    epsilon: 1e-8,
    weightDecay: 0.05,
    clipNorm: 1,
    steps,
    warmUp: 0.04,
    learningRate: 6e-3,
    towerLearningRate: 6e-3,
    accumulate: 1,
    evaluateEvery: 250,
    patience: 0,
    checkpointEvery: 250,
  };
}

/** How both towers learn from captions, of which vision has a head start. */
export function towerSchedule(steps: number): Schedule {
  return { ...sightSchedule(steps), learningRate: 3e-3, towerLearningRate: 2e-3 };
}

/** How towers that have learned from captions learn on. */
export function furtherSchedule(steps: number): Schedule {
  return { ...sightSchedule(steps), learningRate: 2e-3, towerLearningRate: 1.4e-3 };
}

/** What the model is made from. */
export interface MiniRecipe {
  /** Of the towers: their lessons and first weights. */
  readonly seed: string;
  /**
   * Steps in which the vision tower learns to see, of {@linkcode BATCH} pictures each; or the folder
   * of a model that was made before, whose towers learn on.
   */
  readonly start: { readonly seeing: number } | { readonly from: string };
  /** Steps in which both towers learn from captions. */
  readonly steps: number;
  /** Videos that the heads learn from and are judged by. */
  readonly videos: Recipe;
}

/** Steps in which the towers of a model that was made before learn on. */
export const FURTHER_STEPS = 2000;

/** The recipe of a model from nothing. */
export const MINI_RECIPE: MiniRecipe = {
  seed: "mini",
  start: { seeing: 6500 },
  steps: 1600,
  videos: { seed: "world", train: 1500, validation: 200, test: 600 },
};

/**
 * How the heads learn: HVD, since what a text speaks of is on screen for a third of a video, and
 * one round of PFCM over the patches of a quarter of the frames, which are few and things small on
 * them.
 */
export function headsConfiguration(): TrainingConfiguration {
  return {
    ...paperConfiguration("hvd"),
    optimiser: "adamw",
    weightDecay: 0.05,
    attentionHeads: 2, // of 64 each, as in the papers
    rounds: 1,
    spotRatio: 0.25,
    words: CAPTION_TOKENS,
    learningRate: 2e-3,
    batch: 64,
    epochs: 8 / 5, // eight passes over videos of five captions
    evaluateEvery: 46,
    checkpointEvery: 46,
  };
}
