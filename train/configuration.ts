/**
 * Every setting of a training run, with the papers' values.
 *
 * @module
 */
import { type HvdParameters, PAPER_PARAMETERS } from "../models/hvd/heads.ts";
import type { DistillationSettings } from "./losses.ts";
import { PAPER_OPTIMISER } from "./optimiser.ts";
import type { Schedule } from "./trainer.ts";

/** What is compared with what. */
export type TrainedSimilarity =
  | "sentence_frame"
  | "sentence_patch"
  | "word_patch"
  | "word_frame" // SKRR table 4
  | "x_pool"; // the sentence's own pooling of the frames

/** How tokens become one (SKRR table 10). */
export type Aggregation = "average" | "mlp" | "mha-average" | "mha-mlp";

/** How a round of compression groups patches. */
export type Clustering = "dpc-knn" | "k-means" | "pooling";

/** The methods that have a name. */
export type Method = "baseline" | "hvd" | "skrr";

/** The method's own settings. */
export interface MethodSettings extends HvdParameters, DistillationSettings {
  readonly method: Method;
  /** S_{Ts,Vf}, S_{Ts,Vp}, S_{Tw,Vp} and, for table 4, S_{Tw,Vf}. */
  readonly similarities: readonly TrainedSimilarity[];
  readonly aggregation: Aggregation;
  readonly clustering: Clustering;
  /** Whether whole videos take part in the loss: 𝓛, eq. 11. */
  readonly fullPath: boolean;
  /** Whether the frames nearest to the sentence do: 𝓛₊, eq. 3 and 10. */
  readonly spotPath: boolean;
  /** Whether the other frames do, against captions: 𝓛₋, eq. 4 and 10. */
  readonly recoverPath: boolean;
  /** Whether whole videos learn from the paths: 𝓛ᴷᴸ, eq. 12. */
  readonly distil: boolean;
  /** N_s⁻: how many of a video's recovered captions stand for its dropped frames, eq. 4. */
  readonly keptCaptions: number;
  /** Whether a linear map of sentences and frames is learned: what a baseline has to learn. */
  readonly adapter: boolean;
  /** Whether recovered captions are further positives, each a text of its own. */
  readonly captionsAsPositives: boolean;
}

/** All settings. */
export interface TrainingConfiguration extends MethodSettings, Omit<Schedule, "steps"> {
  /** `heads` leaves the towers as they are. */
  readonly train: "heads" | "all";
  /** N_f */
  readonly frames: number;
  /** N_w */
  readonly words: number;
  /** B */
  readonly batch: number;
  /**
   * How often every pair of a video and a caption is seen, on average: a pass over the videos takes
   * one caption of each, so an epoch is as many passes as a video has captions.
   */
  readonly epochs: number;
  readonly seed: number;
}

const SKRR: MethodSettings = {
  method: "skrr",
  ...PAPER_PARAMETERS,
  similarities: ["sentence_frame", "sentence_patch", "word_patch"],
  aggregation: "mlp",
  clustering: "dpc-knn",
  fullPath: true,
  spotPath: true,
  recoverPath: true,
  distil: true,
  klScaled: true,
  klDirections: "both",
  klDetached: true,
  keptCaptions: 3, // N_s⁻ of N_s = 6
  adapter: false,
  captionsAsPositives: false,
};

/** The methods of the papers. */
export const METHODS: Readonly<Record<Method, MethodSettings>> = {
  skrr: SKRR,
  // Spot-Path and PFCM, two similarities, no Recover-Path and no KL.
  hvd: {
    ...SKRR,
    method: "hvd",
    similarities: ["sentence_frame", "word_patch"],
    fullPath: false,
    recoverPath: false,
    distil: false,
  },
  // CLIP4Clip's mean pooling, with a linear map where the towers themselves do not learn.
  baseline: {
    ...SKRR,
    method: "baseline",
    rounds: 0,
    similarities: ["sentence_frame"],
    aggregation: "average",
    spotPath: false,
    recoverPath: false,
    distil: false,
    adapter: true,
  },
};

/** A run of a method with the papers' settings (SKRR A.1), and where they are silent its authors'. */
export function paperConfiguration(method: Method): TrainingConfiguration {
  return {
    ...METHODS[method],
    ...PAPER_OPTIMISER,
    train: "heads",
    frames: 12, // N_f; 64 of long videos
    words: 32, // N_w; 64 of long videos
    batch: 32, // B
    epochs: 5,
    warmUp: 0.1, // of all steps, as CLIP4Clip
    learningRate: 1e-4, // of what is new, as CLIP4Clip
    towerLearningRate: 1e-5, // of both encoders
    accumulate: 1,
    evaluateEvery: 50,
    patience: 0,
    checkpointEvery: 50,
    seed: 0,
  };
}
