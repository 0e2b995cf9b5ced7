/**
 * Trains the embedded model's towers on stills of the generated world with captions.
 *
 * @module
 */
import { join } from "node:path";
import { textToVideo } from "../eval/metrics.ts";
import type { ClipConfig } from "../models/clip/config.ts";
import { readSafetensors } from "../models/safetensors.ts";
import { pairedMatrix } from "../eval/similarity_matrix.ts";
import type { ParameterValues } from "../train/parameters.ts";
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
  furtherSchedule,
  towerSchedule,
  VOCABULARY_SIZE,
} from "./configuration.ts";
import { openLessonDrawer } from "./lesson_drawer.ts";
import { cutOf, lesson, LESSON_SHAPE } from "./lessons.ts";
import { settle, unsettle } from "./settle.ts";
import { configText, storeModel, tokenizerText } from "./store_model.ts";
import { openTextEncoder, openVisionEncoder } from "./tower_encoder.ts";
import { learnVocabulary, type Vocabulary } from "./vocabulary.ts";

/** Scenes whose captions the vocabulary is learned from. */
const CORPUS_SCENES = 6000;

/** Pictures of the validation split; each is to be found among all by its caption. */
const VALIDATION = 512;

/** Pictures over which normalisations are measured, to become part of the weights or be undone. */
const SETTLING = 256;

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

/**
 * The towers of a model that was made before, to learn on.
 *
 * @param dir The model's folder.
 * @throws {Error} If they are of another shape or have another vocabulary than is made now.
 */
export async function learnedTowers(dir: string, seed: string): Promise<ParameterValues> {
  const [shape, words] = await Promise.all(
    ["config.json", "tokenizer.json"].map((name) => Deno.readTextFile(join(dir, name))),
  );
  const { definition, size } = worldVocabulary(seed);
  const other = shape !== configText(size)
    ? "config.json"
    : words !== tokenizerText(definition)
    ? "tokenizer.json"
    : null;
  if (other) {
    throw new Error(
      `Cannot go on from the model in "${dir}": its ${other} is not that of a model made now; ` +
        "make one from nothing, without --from",
    );
  }
  const file = await readSafetensors(join(dir, "model.safetensors"));
  const settled = await Promise.all(
    [...file.tensors.keys()].map(async (name) => [name, await file.float32(name)] as const),
  );
  const config = clipConfig(size);
  return await unsettle(Object.fromEntries(settled), config, settlingCut(seed, config));
}

/** Stores the towers as they are after the last step: an endless stream cannot be overfitted. */
export async function storeLast(folder: RunFolder, seed: string, dir: string): Promise<void> {
  const vocabulary = worldVocabulary(seed);
  const { parameters } = towerObjective(clipConfig(vocabulary.size), LESSON_SHAPE);
  const { state } = (await folder.last(parameters))!;
  const values = Object.fromEntries(
    Object.keys(parameters).map((name) => [name, state[`parameters.${name}`]]),
  );
  await store(values, { seed, vocabulary, dir });
}

async function store(
  learned: ParameterValues,
  { seed, vocabulary: { definition, size }, dir }: {
    seed: string;
    vocabulary: Vocabulary;
    dir: string;
  },
): Promise<void> {
  const config = clipConfig(size);
  const parameters = await settle(learned, config, settlingCut(seed, config));
  await storeModel(dir, { parameters, definition, vocabularySize: size });
}

/** Pictures that normalisations are measured over, cut into patches. */
function settlingCut(seed: string, config: ClipConfig): Float32Array {
  const request = { seed: `${seed}/settling`, split: "train", count: SETTLING } as const;
  return cutOf(lesson(request, config.vision.imageSize), config.vision);
}

/**
 * Trains, or goes on with the run in `folder`.
 *
 * @param course Its lessons and their schedule; a further one begins with what another run learned.
 * @param steps Of {@linkcode BATCH} pictures each.
 * @param pretrained What the towers begin with: a vision tower that has learned to see, or both from
 * {@linkcode learnedTowers}.
 */
export async function trainTowers(
  folder: RunFolder,
  { seed, course, steps, pretrained, onMetrics }: {
    seed: string;
    course: "first" | "further";
    steps: number;
    pretrained: ParameterValues;
    onMetrics?: (line: Metrics) => void;
  },
  signal?: AbortSignal,
): Promise<Outcome> {
  const vocabulary = worldVocabulary(seed);
  const config = clipConfig(vocabulary.size);
  using drawer = openLessonDrawer();
  const draw = (name: string, split: "train" | "validation", count: number) =>
    drawer.call((lessons) =>
      lessons.toRead(vocabulary.definition, config, { seed: `${seed}/${name}`, split, count })
    );
  await using vision = await openVisionEncoder(config);
  await using text = await openTextEncoder(config, CAPTION_TOKENS);
  const random = new Random(`${seed}/weights`);
  let validation: TowerBatch | undefined;
  return await train(
    {
      objective: towerObjective(config, LESSON_SHAPE),
      schedule: course === "first" ? towerSchedule(steps) : furtherSchedule(steps),
      random: () => random.next(),
      pretrained,
      batch: (step) => draw(`${course} course, lesson ${step}`, "train", BATCH),
      async evaluate(parameters) {
        validation ??= await draw("validation", "validation", VALIDATION);
        const { frames } = await vision.encode(parameters, validation.cut);
        const sentences = await text.encode(parameters, validation.ids, validation.sentenceAt);
        const values = cosines(sentences, frames, config.dim);
        const { r1 } = textToVideo(pairedMatrix(values, [VALIDATION, VALIDATION]));
        return { score: r1, figures: { "validation R@1": r1 } };
      },
      store: (parameters, dir) => store(parameters, { seed, vocabulary, dir }),
      onMetrics,
    },
    folder,
    signal,
  );
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
