/**
 * Trains heads for a model on a data set: from videos to a model's folder.
 *
 * @module
 */
import { join } from "node:path";
import type { CaptionedVideos } from "../data/captioned_videos.ts";
import { openData } from "../data/open_data.ts";
import { computeFeatures, featureKey, type FeatureProgress } from "../features/compute_features.ts";
import type { Features } from "../features/features.ts";
import { cacheFolder } from "../models/cache_folder.ts";
import type { ModelFiles } from "../models/model_files.ts";
import { resolveModel } from "../models/registry.ts";
import { readSafetensors } from "../models/safetensors.ts";
import type { TrainingConfiguration } from "./configuration.ts";
import { holdOut } from "./held_out.ts";
import { type Metrics, RunFolder } from "./run_folder.ts";
import { storeHeads } from "./store_heads.ts";
import { trainHeads } from "./train_heads.ts";
import type { Outcome } from "./trainer.ts";

/** What a run is made from, and who is told about it. */
export interface TrainModelOptions {
  /** The folder of the data set. */
  readonly data: string;
  /** Which data set, where the folder holds several. */
  readonly dataset?: string;
  /** A name of the registry, `hf:OWNER/REPO`, or a folder. */
  readonly model: string;
  /** The run's folder; the best checkpoint in it is a model. */
  readonly out: string;
  readonly configuration: TrainingConfiguration;
  readonly onFeatures?: (progress: FeatureProgress) => void;
  readonly onMetrics?: (line: Metrics) => void;
  readonly onNotice?: (message: string) => void;
}

/**
 * Trains, or goes on with the run in `out`.
 *
 * @throws {Error} If the data set, the model or the run cannot be opened, or the loss diverges.
 */
export async function trainModel(
  { data: dir, dataset, model: spec, out, configuration, ...told }: TrainModelOptions,
  signal?: AbortSignal,
): Promise<Outcome> {
  const opened = await openData(dir, dataset);
  const model = await resolveModel(spec);
  const { dim } = model.config;
  if (dim % configuration.attentionHeads !== 0) {
    throw new RangeError(
      `Cannot train: attentionHeads ${configuration.attentionHeads} does not divide the model's ` +
        `width ${dim}`,
    );
  }
  const load = async (split: string): Promise<CaptionedVideos> =>
    await opened.load(split, { onNotice: told.onNotice });
  const encode = async (split: string): Promise<Features> => {
    const videos = await load(split);
    const settings = {
      frames: configuration.frames,
      words: configuration.words,
      onProgress: told.onFeatures,
      onNotice: told.onNotice,
    };
    const key = await featureKey(videos, model, settings);
    const folder = join(cacheFolder(), "features", key.slice(0, 32));
    return await computeFeatures(folder, videos, model, settings);
  };
  const learned = opened.splits.includes("train") ? "train" : opened.defaultSplit;
  const whole = await encode(learned);
  const { training, validation } = opened.splits.includes("validation")
    ? { training: whole, validation: await encode("validation") }
    : holdOut(whole);

  const folder = await RunFolder.open(out, {
    data: opened.name,
    split: learned,
    model: model.name,
    weights: model.fingerprint,
    ...configuration,
  });
  const card = {
    name: `${configuration.method}-${opened.name}`,
    trainedOn: `${opened.name}, ${learned}, ${training.videos.length} videos`,
  };
  return await trainHeads(
    configuration,
    {
      training,
      validation,
      logitScale: await logitScaleOf(model),
      async store(parameters, best) {
        await storeHeads(best, parameters, configuration, dim, card);
        await linkTowers(model, best);
      },
      onMetrics: told.onMetrics,
    },
    folder,
    signal,
  );
}

/** What the towers' cosines were multiplied with in training; CLIP's where they do not say. */
async function logitScaleOf({ weightsPath }: ModelFiles): Promise<number> {
  const weights = await readSafetensors(weightsPath);
  if (!weights.tensors.has("logit_scale")) return Math.log(100);
  return (await weights.float32("logit_scale"))[0];
}

/** Puts the towers beside the heads, as links where the disk allows. */
async function linkTowers({ dir }: ModelFiles, to: string): Promise<void> {
  const names = ["config.json", "tokenizer.json", "vocab.json", "merges.txt", "model.safetensors"];
  for (const name of names) {
    const [from, link] = [join(dir, name), join(to, name)];
    try {
      await Deno.stat(from);
    } catch {
      continue; // a folder has one kind of tokeniser
    }
    try {
      await Deno.link(await Deno.realPath(from), link);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) continue;
      await Deno.copyFile(from, link); // on another disk
    }
  }
}
