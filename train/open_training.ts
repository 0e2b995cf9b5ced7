/**
 * From a data set and a model to what a run learns from.
 *
 * @module
 */
import { join } from "node:path";
import type { OpenedData } from "../data/open_data.ts";
import { computeFeatures, featureKey, type FeatureProgress } from "../features/compute_features.ts";
import type { StoredFeatures } from "../features/stored_features.ts";
import { cacheFolder } from "../models/cache_folder.ts";
import type { ModelFiles } from "../models/model_files.ts";
import { resolveModel } from "../models/registry.ts";
import { readSafetensors } from "../models/safetensors.ts";
import type { TrainingConfiguration } from "./configuration.ts";

/** What to open. */
export interface OpenTrainingOptions {
  readonly data: OpenedData;
  /** A name of the registry, `hf:OWNER/REPO`, or a folder. */
  readonly model: string;
  readonly configuration: TrainingConfiguration;
  readonly onFeatures?: (progress: FeatureProgress) => void;
  readonly onNotice?: (message: string) => void;
}

/** Features in their folder. */
export interface OpenedFeatures {
  readonly dir: string;
  readonly features: StoredFeatures;
}

/** A data set and the model that is to learn from it. */
export interface TrainingSource {
  readonly data: OpenedData;
  /** The split that is learned from. */
  readonly split: string;
  readonly model: ModelFiles;
  /** The logarithm of 1/τ that the towers were trained with. */
  readonly logitScale: number;
}

/** A data set as a model's tokens. */
export interface EncodedSplits {
  readonly training: OpenedFeatures;
  /** Null where the data set has none, or it was not asked for. */
  readonly validation: OpenedFeatures | null;
  /** As `validation`. */
  readonly test: OpenedFeatures | null;
}

/**
 * Opens a model for a data set.
 *
 * @throws {RangeError} If the model does not take the configuration.
 * @throws {Error} If the model cannot be opened.
 */
export async function openSource(
  { data, model: spec, configuration }: OpenTrainingOptions,
): Promise<TrainingSource> {
  const model = await resolveModel(spec);
  const { dim } = model.config;
  const { attentionHeads } = configuration;
  if (dim % attentionHeads !== 0) {
    throw new RangeError(
      `Cannot train: attentionHeads ${attentionHeads} does not divide the model's width ${dim}`,
    );
  }
  return {
    data,
    split: data.splits.includes("train") ? "train" : data.defaultSplit,
    model,
    logitScale: await logitScaleOf(model),
  };
}

/**
 * Encodes splits with the model's frozen towers, once.
 *
 * @param splits Which of validation and test are needed.
 * @param signal Ends the encoding, which the next run goes on with.
 * @throws {Error} If a video cannot be decoded. The signal's reason, where that ended it.
 */
export async function encodeSplits(
  { data, split, model }: TrainingSource,
  { configuration, onFeatures, onNotice }: OpenTrainingOptions,
  splits: readonly ("validation" | "test")[],
  signal?: AbortSignal,
): Promise<EncodedSplits> {
  const { frames, words } = configuration;
  const encode = async (split: string): Promise<OpenedFeatures> => {
    const videos = await data.load(split, { onNotice });
    const settings = { frames, words, onProgress: onFeatures, onNotice, signal };
    const key = await featureKey(videos, model, settings);
    const dir = join(cacheFolder(), "features", key.slice(0, 32));
    return { dir, features: await computeFeatures(dir, videos, model, settings) };
  };
  const ifThere = async (split: "validation" | "test") =>
    splits.includes(split) && data.splits.includes(split) ? await encode(split) : null;
  return {
    training: await encode(split),
    validation: await ifThere("validation"),
    test: await ifThere("test"),
  };
}

/** What the towers' cosines were multiplied with in training; CLIP's where they do not say. */
async function logitScaleOf({ weightsPath }: ModelFiles): Promise<number> {
  const weights = await readSafetensors(weightsPath);
  if (!weights.tensors.has("logit_scale")) return Math.log(100);
  return (await weights.float32("logit_scale"))[0];
}
