/**
 * Trains heads for a model on a data set: from videos to a model's folder.
 *
 * @module
 */
import { join } from "node:path";
import type { ModelFiles } from "../models/model_files.ts";
import type { CaptionedVideos } from "../data/captioned_videos.ts";
import { HELD_OUT_ONE_OF, holdOut } from "./held_out.ts";
import {
  type EncodedSplits,
  encodeSplits,
  openSource,
  type OpenTrainingOptions,
  type TrainingSource,
} from "./open_training.ts";
import { type Metrics, RunFolder } from "./run_folder.ts";
import { storeHeads } from "./store_heads.ts";
import { trainAll } from "./train_all.ts";
import { trainHeads } from "./train_heads.ts";
import type { Outcome } from "./trainer.ts";

/** What a run is made from, and who is told about it. */
export interface TrainModelOptions extends OpenTrainingOptions {
  /** The run's folder; the best checkpoint in it is a model. */
  readonly out: string;
  readonly onMetrics?: (line: Metrics) => void;
}

/**
 * Trains, or goes on with the run in `out`.
 *
 * @throws {Error} If the model or the run cannot be opened, or the loss diverges.
 */
export async function trainModel(
  { out, onMetrics, ...options }: TrainModelOptions,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { configuration } = options;
  const source = await openSource(options);
  const { data: { name }, split, model, logitScale } = source;
  const folder = await RunFolder.open(out, {
    data: name,
    split,
    model: model.name,
    weights: model.fingerprint,
    ...configuration,
  });
  const card = (videos: number) => ({
    name: `${configuration.method}-${name}`,
    trainedOn: `${name}, ${split}, ${videos} videos`,
  });
  if (configuration.train === "all") {
    const { training, validation } = await loadVideos(source, options.onNotice);
    const all = { training, validation, model, logitScale, card: card(training.videos.length) };
    return await trainAll(configuration, { ...all, onMetrics }, folder, signal);
  }
  let encoded: EncodedSplits;
  try {
    encoded = await encodeSplits(source, options, ["validation"], signal);
  } catch (error) {
    if (!signal?.aborted) throw error;
    return { steps: 0, best: null, end: "stopped" };
  }
  const { training, validation } = encoded.validation
    ? { training: encoded.training.features, validation: encoded.validation.features }
    : holdOut(encoded.training.features);
  return await trainHeads(
    configuration,
    {
      training,
      validation,
      logitScale,
      async store(parameters, best) {
        const { dim } = model.config;
        await storeHeads(best, parameters, configuration, dim, card(training.videos.length));
        await linkTowers(model, best);
      },
      onMetrics,
    },
    folder,
    signal,
  );
}

/** The videos to learn from, and those that judge: the validation split, or one in ten. */
async function loadVideos(
  { data, split }: TrainingSource,
  onNotice?: (message: string) => void,
): Promise<{ training: CaptionedVideos; validation: CaptionedVideos }> {
  const whole = await data.load(split, { onNotice });
  if (data.splits.includes("validation")) {
    return { training: whole, validation: await data.load("validation", { onNotice }) };
  }
  const part = (isHeldOut: boolean): CaptionedVideos => ({
    ...whole,
    videos: whole.videos.filter((_, i) => (i % HELD_OUT_ONE_OF === 0) === isHeldOut),
  });
  return { training: part(false), validation: part(true) };
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
