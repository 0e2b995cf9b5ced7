/**
 * Trains the embedded model's towers from nothing, on stills of the generated world.
 *
 * @module
 */
import { type Remote, wrap } from "comlink";
import { textToVideo } from "../eval/metrics.ts";
import { pairedMatrix } from "../eval/similarity_matrix.ts";
import type { Metrics, RunFolder } from "../train/run_folder.ts";
import { type TowerBatch, towerObjective } from "../train/tower_objective.ts";
import { type Outcome, train } from "../train/trainer.ts";
import { captionsOf } from "../world/captions.ts";
import { Random } from "../world/random.ts";
import { sampleScene } from "../world/scene.ts";
import { THINGS } from "../world/things.ts";
import {
  BATCH,
  CAPTION_TOKENS,
  clipConfig,
  towerSchedule,
  VOCABULARY_SIZE,
} from "./configuration.ts";
import type { LessonApi } from "./lesson_worker.ts";
import { storeModel } from "./store_model.ts";
import { openTowerEncoder } from "./tower_encoder.ts";
import { learnVocabulary, type Vocabulary } from "./vocabulary.ts";

/** Scenes whose captions the vocabulary is learned from. */
const CORPUS_SCENES = 6000;

/** Pictures of the validation split; each is to be found among all by its caption. */
const VALIDATION = 512;

/** The vocabulary of the world: its captions, and the names and synonyms of its things. */
export function worldVocabulary(seed: string): Vocabulary {
  const random = new Random(`${seed}/vocabulary`);
  const corpus: string[] = THINGS.flatMap(({ name, synonyms }) => [
    name,
    ...synonyms.map((synonym) => synonym.name),
  ]);
  for (let i = 0; i < CORPUS_SCENES; i++) {
    const { captions, recoveredClean } = captionsOf(sampleScene(random, "train"), random);
    corpus.push(...captions, ...recoveredClean);
  }
  return learnVocabulary(corpus, VOCABULARY_SIZE);
}

/** Stores the towers as they are after the last step: an endless stream cannot be overfitted. */
export async function storeLast(folder: RunFolder, seed: string, dir: string): Promise<void> {
  const { definition, size } = worldVocabulary(seed);
  const { parameters } = towerObjective(clipConfig(size), {
    batch: BATCH,
    words: CAPTION_TOKENS,
  });
  const { state } = (await folder.last(parameters))!;
  const values = Object.fromEntries(
    Object.keys(parameters).map((name) => [name, state[`parameters.${name}`]]),
  );
  await storeModel(dir, { parameters: values, definition, vocabularySize: size });
}

/**
 * Trains, or goes on with the run in `folder`.
 *
 * @param steps Of {@linkcode BATCH} pictures each.
 */
export async function trainTowers(
  folder: RunFolder,
  { seed, steps, onMetrics }: {
    seed: string;
    steps: number;
    onMetrics?: (line: Metrics) => void;
  },
  signal?: AbortSignal,
): Promise<Outcome> {
  const { definition, size } = worldVocabulary(seed);
  const config = clipConfig(size);
  const worker = new Worker(new URL("./lesson_worker.ts", import.meta.url), {
    type: "module",
    deno: {
      permissions: { read: true, env: true, ffi: false, net: false, run: false, write: false },
    },
  });
  const lessons: Remote<LessonApi> = wrap(worker);
  const draw = (name: string, split: "train" | "validation", progress: number, count: number) =>
    lessons.draw(definition, config, {
      seed: `${seed}/${name}`,
      split,
      progress,
      count,
      words: CAPTION_TOKENS,
    });
  const encoder = await openTowerEncoder(config, CAPTION_TOKENS);
  let validation: TowerBatch | undefined;
  try {
    return await train(
      {
        objective: towerObjective(config, { batch: BATCH, words: CAPTION_TOKENS }),
        schedule: towerSchedule(steps),
        random: (() => {
          const random = new Random(`${seed}/weights`);
          return () => random.next();
        })(),
        batch: (step) => draw(`lesson ${step}`, "train", step / steps, BATCH),
        async evaluate(parameters) {
          validation ??= await draw("validation", "validation", 1, VALIDATION);
          const { frames, sentences } = await encoder.encode(parameters, validation);
          const values = cosines(sentences, frames, config.dim);
          const { r1 } = textToVideo(pairedMatrix(values, [VALIDATION, VALIDATION]));
          return { score: r1, figures: { "validation R@1": r1 } };
        },
        store: (parameters, dir) =>
          storeModel(dir, { parameters, definition, vocabularySize: size }),
        onMetrics,
      },
      folder,
      signal,
    );
  } finally {
    worker.terminate();
    await encoder.close();
  }
}

/** The cosine of every text [N, D] with every picture [N, D], a row a text. */
function cosines(texts: Float32Array, pictures: Float32Array, dim: number): Float32Array {
  const count = texts.length / dim;
  const lengthOf = (rows: Float32Array, i: number) =>
    Math.hypot(...rows.subarray(i * dim, (i + 1) * dim));
  const lengths = Array.from({ length: count }, (_, i) => lengthOf(pictures, i));
  const values = new Float32Array(count * count);
  for (let t = 0; t < count; t++) {
    const length = lengthOf(texts, t);
    for (let p = 0; p < count; p++) {
      let dot = 0;
      for (let c = 0; c < dim; c++) dot += texts[t * dim + c] * pictures[p * dim + c];
      values[t * count + p] = dot / (length * lengths[p]);
    }
  }
  return values;
}
