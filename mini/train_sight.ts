/**
 * Trains the embedded model's vision tower from nothing to tell what is where in stills of the
 * generated world.
 *
 * @module
 */
import type { ClipConfig } from "../models/clip/config.ts";
import type { ParameterValues } from "../train/parameters.ts";
import type { Metrics, RunFolder } from "../train/run_folder.ts";
import { READOUT, type SightBatch, sightObjective } from "../train/sight_objective.ts";
import { type Outcome, train } from "../train/trainer.ts";
import { ATTRIBUTES, PHRASE_COUNT } from "../world/phrases.ts";
import { Random } from "../world/random.ts";
import { BATCH, clipConfig, sightSchedule, VOCABULARY_SIZE } from "./configuration.ts";
import { openLessonDrawer } from "./lesson_drawer.ts";
import { LESSON_SHAPE } from "./lessons.ts";
import { openVisionEncoder } from "./tower_encoder.ts";

/** Pictures of the validation split whose things are to be told apart. */
const VALIDATION = 384;

/** The tower without attention, which takes as long as all before it and helps little so far. */
const CONFIG: ClipConfig = withoutAttention(clipConfig(VOCABULARY_SIZE));

function withoutAttention(config: ClipConfig): ClipConfig {
  return { ...config, vision: { ...config.vision, layers: 0 } };
}

/** The tower's weights as they are after the last step, attention not among them. */
export async function lastSight(folder: RunFolder): Promise<ParameterValues> {
  const { parameters } = sightObjective(CONFIG, LESSON_SHAPE);
  const { state } = (await folder.last(parameters))!;
  return Object.fromEntries(
    Object.keys(parameters).filter((name) => name !== READOUT)
      .map((name) => [name, state[`parameters.${name}`]]),
  );
}

/**
 * Trains, or goes on with the run in `folder`.
 *
 * @param steps Of {@linkcode BATCH} pictures each.
 */
export async function trainSight(
  folder: RunFolder,
  { seed, steps, onMetrics }: {
    seed: string;
    steps: number;
    onMetrics?: (line: Metrics) => void;
  },
  signal?: AbortSignal,
): Promise<Outcome> {
  using drawer = openLessonDrawer();
  const draw = (name: string, split: "train" | "validation", count: number) =>
    drawer.call((lessons) =>
      lessons.toSee(CONFIG, { seed: `${seed}/seeing ${name}`, split, count })
    );
  await using vision = await openVisionEncoder(CONFIG);
  const random = new Random(`${seed}/weights`);
  let validation: SightBatch | undefined;
  return await train(
    {
      objective: sightObjective(CONFIG, LESSON_SHAPE),
      schedule: sightSchedule(steps),
      random: () => random.next(),
      batch: (step) => draw(`lesson ${step}`, "train", BATCH),
      async evaluate(parameters) {
        validation ??= await draw("validation", "validation", VALIDATION);
        const { patches } = await vision.encode(parameters, validation.cut);
        const right = thingsTold(patches, parameters[READOUT], validation);
        return { score: right, figures: { "things R@1": right } };
      },
      store: () => Promise.resolve(),
      onMetrics,
    },
    folder,
    signal,
  );
}

/** Of how many regions that show a thing it is told which, in per cent. */
function thingsTold(
  tokens: Float32Array,
  readout: Float32Array,
  { regions, labels }: SightBatch,
): number {
  const { dim, vision: { patches } } = CONFIG;
  const things = ATTRIBUTES.findIndex(({ name }) => name === "thing");
  const first = ATTRIBUTES.slice(0, things).reduce((sum, { values }) => sum + values, 0);
  const { values } = ATTRIBUTES[things];
  const perPicture = LESSON_SHAPE.regions;
  let seen = 0, right = 0;
  for (let row = 0; row < labels.length / PHRASE_COUNT; row++) {
    const start = row * PHRASE_COUNT + first;
    const thing = labels.subarray(start, start + values).indexOf(1);
    if (thing < 0) continue;
    const picture = Math.floor(row / perPicture) * patches;
    const mean = new Float32Array(dim);
    for (let p = 0; p < patches; p++) {
      const share = regions[row * patches + p];
      if (share === 0) continue;
      for (let c = 0; c < dim; c++) mean[c] += share * tokens[(picture + p) * dim + c];
    }
    let best = -1, most = -Infinity;
    for (let k = 0; k < values; k++) {
      let logit = 0;
      for (let c = 0; c < dim; c++) logit += mean[c] * readout[(first + k) * dim + c];
      if (logit > most) [best, most] = [k, logit];
    }
    seen++;
    if (best === thing) right++;
  }
  return 100 * right / seen;
}
