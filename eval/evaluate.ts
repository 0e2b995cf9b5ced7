import { join } from "node:path";
import type { CaptionedVideos } from "../data/captioned_videos.ts";
import { openData } from "../data/open_data.ts";
import {
  computeFeatures,
  featureKey,
  type FeatureOptions,
  type FeatureProgress,
} from "../features/compute_features.ts";
import type { Features } from "../features/features.ts";
import type { Backend } from "../kernels/backend.ts";
import { openBackend } from "../kernels/open.ts";
import { findAdapter } from "../kernels/webgpu/adapter.ts";
import type { Precision } from "../models/clip/tower.ts";
import { cacheFolder } from "../models/cache_folder.ts";
import { type Heads, loadHeads, type Similarity } from "../models/hvd/heads.ts";
import { type DownloadProgress, resolveModel } from "../models/registry.ts";
import type { Device } from "../pipeline/stages.ts";
import type { TrainedSimilarity } from "../train/configuration.ts";
import { openScorer } from "../train/scoring.ts";
import { loadVariant, type Variant } from "../train/variant.ts";
import { evaluateMatrix, type MatrixFigures } from "./evaluate_matrix.ts";
import { scoreFeatures, type ScoreOptions } from "./score_features.ts";
import type { SimilarityMatrix } from "./similarity_matrix.ts";

/** What {@linkcode evaluate} is to do. */
export interface EvaluateOptions {
  /** The folder of the data set. */
  readonly data: string;
  /** Which data set, where the folder holds several. */
  readonly dataset?: string;
  /** Which split. Defaults to `test`, or to all of a folder without splits. */
  readonly split?: string;
  /** The model: a name of the registry, `hf:OWNER/REPO`, or a folder. */
  readonly model: string;
  /**
   * How to score. Left out, it is `skrr` with the similarities that the heads were trained for, or
   * sentence–frame alone where the model has no trained heads; by name, all three count there.
   */
  readonly mode?: "skrr" | "hvd";
  /** K: the videos of each query that `hvd` scores exactly. Defaults to 100. */
  readonly candidates?: number;
  /** N_f, frames a video. Defaults to the papers' for the data set: 12, or 64 of long videos. */
  readonly frames?: number;
  /** Takes the frames from candidates at this rate, in frames a second. */
  readonly fps?: number;
  /** N_w, words a caption. Defaults to the papers' for the data set: 32, or 64 of long videos. */
  readonly words?: number;
  /** The number format of the towers' matrix products. Defaults to `f32`. */
  readonly precision?: Precision;
  /** Where the features are kept. Defaults to a folder of the cache. */
  readonly features?: string;
  /** Goes on without the videos whose files are missing, which makes retrieval easier. */
  readonly skipMissing?: boolean;
  /** What computes. Defaults to `auto`: a GPU where there is a real one. */
  readonly device?: Device;
  /** What decodes. Defaults to `auto`. */
  readonly decoder?: "auto" | "native" | "wasm";
  /** Told how far the encoding of videos and texts is. */
  readonly onFeatures?: (progress: FeatureProgress) => void;
  /** Told how far the scoring is, in steps. */
  readonly onScoring?: (done: number, total: number) => void;
  /** Told how far the download of a model is. */
  readonly onDownload?: DownloadProgress;
  /** Told what the user should know. */
  readonly onNotice?: (message: string) => void;
}

/** What {@linkcode evaluate} found. */
export interface Evaluation extends MatrixFigures {
  /** What was evaluated; its videos are the columns of the matrix, their captions the rows. */
  readonly data: CaptionedVideos;
  readonly model: string;
  /** The trained heads; null for none. */
  readonly heads: string | null;
  readonly mode: "skrr" | "hvd";
  /** What a score is the sum of. */
  readonly similarities: readonly TrainedSimilarity[];
  /** K of `hvd`; null for `skrr`, which scores all pairs exactly. */
  readonly candidates: number | null;
  readonly frames: number;
  readonly words: number;
  readonly precision: Precision;
  readonly matrix: SimilarityMatrix;
}

/**
 * Evaluates a model on a data set as the papers do: all captions against all videos, both ways.
 *
 * @throws {RangeError} If a setting is out of its range.
 * @throws {Error} If the data set or the model cannot be opened, or a video cannot be decoded.
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { dataset, skipMissing, onNotice = () => {} } = options;
  const { device = "auto", precision = "f32" } = options;
  const opened = await openData(options.data, dataset);
  const split = options.split ?? opened.defaultSplit;
  const data = await opened.load(split, { skipMissing, onNotice });
  const model = await resolveModel(options.model, { onProgress: options.onDownload });
  const heads = await loadHeads(model.dir, model.config.dim);
  const variant = await loadVariant(model.dir);
  if (variant && options.mode) {
    throw new RangeError(
      `Cannot evaluate ${model.name} by mode: its heads "${variant.name}" are scored as they were ` +
        "trained; leave --mode out",
    );
  }
  const bySearch = variant ? null : scoringOf(heads, options.mode, onNotice);

  const settings: FeatureOptions = {
    frames: options.frames ?? opened.sampling.frames,
    words: options.words ?? opened.sampling.words,
    fps: options.fps,
    precision,
    device,
    decoder: options.decoder,
    onProgress: options.onFeatures,
    onNotice,
  };
  const dir = options.features ??
    join(cacheFolder(), "features", (await featureKey(data, model, settings)).slice(0, 32));
  using features = await computeFeatures(dir, data, model, settings);
  const candidates = Math.min(options.candidates ?? 100, features.videos.length);
  const matrix = bySearch
    ? await scoreBySearch(features, heads, device, {
      ...bySearch,
      candidates,
      onProgress: options.onScoring,
    })
    : await scoreVariant(features, variant!, candidates);
  const { mode, similarities } = bySearch ?? scoringOfVariant(variant!);
  return {
    data,
    model: model.name,
    heads: variant?.name ?? heads.name,
    mode,
    similarities,
    candidates: mode === "hvd" ? candidates : null,
    frames: features.frames,
    words: features.words,
    precision,
    ...evaluateMatrix(matrix),
    matrix,
  };
}

/** Scores by the code that searches. */
async function scoreBySearch(
  features: Features,
  heads: Heads,
  device: Device,
  options: ScoreOptions,
): Promise<SimilarityMatrix> {
  const backend = await openFor(device);
  try {
    return await scoreFeatures(features, heads, backend, options);
  } finally {
    backend.destroy();
  }
}

/** Scores by the functions that the heads were trained with. */
async function scoreVariant(
  features: Features,
  { settings, parameters }: Variant,
  candidates: number,
): Promise<SimilarityMatrix> {
  const scorer = await openScorer(features, settings, candidates);
  try {
    return await scorer.score(parameters);
  } finally {
    await scorer.close();
  }
}

/** Without a path of whole videos there is nothing but what a query spots. */
function scoringOfVariant({ settings: { fullPath, similarities } }: Variant) {
  return { mode: fullPath ? "skrr" : "hvd", similarities } as const;
}

/** What a score is the sum of: as in a search. */
function scoringOf(
  { trained, similarities, mode: own }: Heads,
  mode: "skrr" | "hvd" | undefined,
  onNotice: (message: string) => void,
): { mode: "skrr" | "hvd"; similarities: readonly Similarity[] } {
  if (own === "hvd") mode ??= own;
  if (mode === "hvd") return { mode, similarities: ["sentence_frame", "word_patch"] };
  if (trained) return { mode: "skrr", similarities };
  if (mode === "skrr") {
    return { mode, similarities: ["sentence_frame", "sentence_patch", "word_patch"] };
  }
  onNotice(
    "The model has no trained heads, so only sentence–frame similarity counts; --mode skrr adds " +
      "the patches",
  );
  return { mode: "skrr", similarities };
}

/** The backend for a device; a software adapter is slower than the CPU backend. */
async function openFor(device: Device): Promise<Backend> {
  if (device === "webgpu") return await openBackend("webgpu", { allowSoftware: true });
  const adapter = device === "auto" ? await findAdapter() : null;
  return await openBackend(adapter !== null && !adapter.software ? "webgpu" : "cpu");
}
