/**
 * The papers' tables as rows of settings that differ from a base.
 *
 * @module
 */
import {
  METHODS,
  type TrainedSimilarity,
  type TrainingConfiguration,
} from "../train/configuration.ts";

/** One row. */
export interface Row {
  readonly name: string;
  /** What differs from the base. */
  readonly settings: Partial<TrainingConfiguration>;
}

/** One table. */
export interface Table {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly Row[];
}

const { baseline, hvd, skrr } = METHODS;

/** The parts of a method that a base may not change. */
function partsOf({ method, ...settings }: typeof skrr): Partial<TrainingConfiguration> {
  const { rounds, similarities, aggregation, clustering } = settings;
  const { fullPath, spotPath, recoverPath, distil, adapter, captionsAsPositives } = settings;
  return {
    ...{ method, similarities, aggregation, clustering, fullPath, spotPath, recoverPath, distil },
    ...{ adapter, captionsAsPositives },
    ...(method === "baseline" ? { rounds } : {}),
  };
}

const BASELINE = partsOf(baseline), HVD = partsOf(hvd), SKRR = partsOf(skrr);
const PLAIN = { ...SKRR, spotPath: false, recoverPath: false, distil: false };

/** What stands for learning the towers, in every row where methods or their modules are compared. */
const LINEAR = { adapter: true };

/** What 𝓛 has beside its full path. */
const PATHS = [
  ["Spot-Path", { recoverPath: false }],
  ["Recover-Path", { spotPath: false }],
  ["both paths", {}],
] as const;

/** What is compared, beside sentences with frames and words with patches. */
const GRANULARITIES: readonly [name: string, similarities: readonly TrainedSimilarity[]][] = [
  ["neither", ["sentence_frame", "word_patch"]],
  ["sentence–patch", ["sentence_frame", "sentence_patch", "word_patch"]],
  ["word–frame", ["sentence_frame", "word_patch", "word_frame"]],
  ["both", ["sentence_frame", "sentence_patch", "word_patch", "word_frame"]],
];

/**
 * All tables.
 *
 * @param base What the rows differ from: its rounds, ratios, frames and epochs.
 */
export function tables(
  { rounds, keepRatio, spotRatio, frames, epochs }: TrainingConfiguration,
): Table[] {
  const full: Row = { name: "SKRR", settings: { ...SKRR, ...LINEAR } };
  const wti: Row = {
    name: "WTI, no clustering",
    settings: { ...PLAIN, ...LINEAR, rounds: 0 },
  };
  return [
    {
      id: "methods",
      title: "Methods",
      rows: [
        {
          name: "mean pooling, untrained",
          settings: { ...BASELINE, adapter: false, epochs: 0 },
        },
        { name: "mean pooling", settings: BASELINE },
        {
          name: "mean pooling + recovered captions",
          settings: { ...BASELINE, captionsAsPositives: true },
        },
        { name: "X-Pool", settings: { ...BASELINE, adapter: false, similarities: ["x_pool"] } },
        wti,
        { name: "HVD", settings: { ...HVD, ...LINEAR } },
        full,
      ],
    },
    {
      id: "modules",
      title: "Modules (SKRR table 3)",
      rows: [
        { name: "none", settings: BASELINE },
        { name: "Spot", settings: { ...BASELINE, spotPath: true, distil: true } },
        {
          name: "Spot + Macro",
          settings: { ...BASELINE, spotPath: true, distil: true, aggregation: "mlp" },
        },
        { name: "Recover + Micro", settings: { ...SKRR, ...LINEAR, spotPath: false } },
        { name: "Macro + Micro", settings: { ...PLAIN, ...LINEAR } },
        full,
      ],
    },
    {
      id: "length",
      title: "Longer training",
      rows: [wti, full].flatMap(({ name, settings }) =>
        [1, 2, 4].map((times) => ({
          name: `${name}, ${times} ×`,
          settings: { ...settings, epochs: times * epochs },
        }))
      ),
    },
    {
      id: "granularity",
      title: "Paths, and similarities beside sentence–frame and word–patch (SKRR table 4)",
      rows: PATHS.flatMap(([path, paths]) =>
        GRANULARITIES.map(([name, similarities]) => ({
          name: `${path}, ${name}`,
          settings: { ...SKRR, ...paths, similarities },
        }))
      ),
    },
    {
      id: "ratios",
      title: "ħ and λ (SKRR table 5)",
      rows: [
        { name: "1.00, 1.00", settings: { ...PLAIN, rounds: 0 } },
        ...[[0.75, 0.5], [0.5, 0.75], [0.5, 0.5], [0.5, 0.25], [0.25, 0.5]].map(
          ([spotRatio, keepRatio]): Row => ({
            name: `${spotRatio.toFixed(2)}, ${keepRatio.toFixed(2)}`,
            settings: { ...SKRR, spotRatio, keepRatio },
          }),
        ),
      ],
    },
    {
      id: "rounds",
      title: `PFCM rounds at λ = ${keepRatio} (SKRR figure 5)`,
      rows: [1, 2, 3, 4, 5].map((rounds) => ({
        name: String(rounds),
        settings: { ...SKRR, rounds },
      })),
    },
    {
      id: "frames",
      title: "Frames (SKRR table 9)",
      rows: [1 / 4, 1 / 2, 3 / 4, 1].map((share) => Math.max(2, Math.round(share * frames)))
        .map((frames) => ({ name: String(frames), settings: { ...SKRR, frames } })),
    },
    {
      id: "aggregation",
      title: "Aggregation (SKRR table 10)",
      rows: [
        ...(["average", "mlp", "mha-average", "mha-mlp"] as const).map((aggregation) => ({
          name: aggregation,
          settings: { ...SKRR, aggregation },
        })),
        {
          // Makes the video side depend on the query: it cannot be stored.
          name: "cross-attention of sentences to frames",
          settings: { ...SKRR, similarities: ["x_pool", "sentence_patch", "word_patch"] },
        },
      ],
    },
    {
      id: "hvd",
      title: "HVD's own: PFCM rounds, ħ and k",
      rows: [
        { name: "as it is", settings: HVD },
        { name: "no rounds", settings: { ...HVD, rounds: 0 } },
        { name: "2 rounds", settings: { ...HVD, rounds: 2 } },
        ...[0.25, 0.5].map((spotRatio) => ({
          name: `ħ = ${spotRatio}`,
          settings: { ...HVD, spotRatio },
        })),
        { name: "k = 5", settings: { ...HVD, neighbours: 5 } },
      ],
    },
    {
      id: "kl",
      title: "What whole videos learn from the paths (SKRR table 11)",
      rows: [{ name: "without KL", settings: { ...SKRR, distil: false } }, {
        name: "with KL",
        settings: SKRR,
      }],
    },
    {
      id: "clustering",
      title: `How a round groups patches (rounds: ${rounds}, ħ = ${spotRatio})`,
      rows: (["dpc-knn", "k-means", "pooling"] as const).map((clustering) => ({
        name: clustering,
        settings: { ...SKRR, clustering },
      })),
    },
  ];
}
