/**
 * Settings as people write them: checked, and read from a JSON file.
 *
 * @module
 */
import { z } from "zod";
import { MAX_NEIGHBOURS } from "../kernels/backend.ts";
import type { TrainingConfiguration } from "./configuration.ts";

const share = z.number().gt(0).lte(1);
const positive = z.number().positive();
const rate = z.number().nonnegative();
const count = z.int().min(1);

const Configuration: z.ZodType<TrainingConfiguration> = z.strictObject({
  method: z.enum(["baseline", "hvd", "skrr"]),
  rounds: z.int().min(0).max(12),
  keepRatio: share,
  neighbours: z.int().min(1).max(MAX_NEIGHBOURS),
  spotRatio: share,
  attentionHeads: count,
  similarities: z.array(
    z.enum(["sentence_frame", "sentence_patch", "word_patch", "word_frame", "x_pool"]),
  ).min(1),
  aggregation: z.enum(["average", "mlp", "mha-average", "mha-mlp"]),
  clustering: z.enum(["dpc-knn", "k-means", "pooling"]),
  fullPath: z.boolean(),
  spotPath: z.boolean(),
  recoverPath: z.boolean(),
  distil: z.boolean(),
  klScaled: z.boolean(),
  klDirections: z.enum(["rows", "both"]),
  klDetached: z.boolean(),
  keptCaptions: count,
  adapter: z.boolean(),
  captionsAsPositives: z.boolean(),
  optimiser: z.enum(["adamw", "bert-adam", "muon"]),
  betas: z.tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)]),
  epsilon: positive,
  weightDecay: rate,
  clipNorm: positive,
  train: z.enum(["heads", "all"]),
  frames: count,
  words: z.int().min(2),
  batch: z.int().min(2),
  epochs: rate,
  warmUp: z.number().min(0).lt(1),
  learningRate: rate,
  towerLearningRate: rate,
  accumulate: count,
  evaluateEvery: count,
  patience: z.int().min(0),
  checkpointEvery: count,
  seed: z.int().min(0),
}).refine(
  ({ fullPath, spotPath, recoverPath }) => fullPath || spotPath || recoverPath,
  { message: "expected one of fullPath, spotPath and recoverPath to be true" },
).refine(({ fullPath, distil }) => fullPath || !distil, {
  message: "expected distil to be false without fullPath: there are no whole videos to learn",
});

/**
 * Checks every setting.
 *
 * @throws {RangeError} If one is not in its range, or there is none of its name.
 */
export function checkConfiguration(configuration: unknown): TrainingConfiguration {
  const { data, error } = Configuration.safeParse(configuration);
  if (data) return data;
  const [{ path, message }] = error.issues;
  const where = path.length > 0 ? `${path.join(".")}: ` : "";
  throw new RangeError(`Cannot train with these settings: ${where}${message}`);
}

/**
 * Reads settings that differ from the papers'.
 *
 * @throws {Error} If the file cannot be read or is no JSON object.
 */
export async function readSettings(path: string): Promise<object> {
  const problem = (why: string) => new Error(`Cannot read the settings in "${path}": ${why}`);
  let json: unknown;
  try {
    json = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    throw problem(error instanceof SyntaxError ? "it is not JSON" : (error as Error).message);
  }
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json;
  throw problem("it is not an object");
}
