/**
 * Trains heads for a model on a data set: from videos to a model's folder.
 *
 * @module
 */
import { join } from "node:path";
import type { ModelFiles } from "../models/model_files.ts";
import { holdOut } from "./held_out.ts";
import { openTraining, type OpenTrainingOptions } from "./open_training.ts";
import { type Metrics, RunFolder } from "./run_folder.ts";
import { storeHeads } from "./store_heads.ts";
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
 * @throws {Error} If the data set, the model or the run cannot be opened, or the loss diverges.
 */
export async function trainModel(
  { out, onMetrics, ...options }: TrainModelOptions,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { configuration } = options;
  const { name, split, model, logitScale, ...opened } = await openTraining(options, ["validation"]);
  const { training, validation } = opened.validation
    ? { training: opened.training.features, validation: opened.validation.features }
    : holdOut(opened.training.features);
  const folder = await RunFolder.open(out, {
    data: name,
    split,
    model: model.name,
    weights: model.fingerprint,
    ...configuration,
  });
  const card = {
    name: `${configuration.method}-${name}`,
    trainedOn: `${name}, ${split}, ${training.videos.length} videos`,
  };
  return await trainHeads(
    configuration,
    {
      training,
      validation,
      logitScale,
      async store(parameters, best) {
        await storeHeads(best, parameters, configuration, model.config.dim, card);
        await linkTowers(model, best);
      },
      onMetrics,
    },
    folder,
    signal,
  );
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
