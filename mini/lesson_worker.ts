/** Draws lessons beside the training. */
import { expose, transfer } from "comlink";
import type { ClipConfig } from "../models/clip/config.ts";
import { createTokenizer } from "../models/clip/tokenizer.ts";
import type { TowerBatch } from "../train/tower_objective.ts";
import type { Split } from "../world/scene.ts";

/** What a lesson is made from. */
export interface LessonRequest {
  readonly seed: string;
  readonly split: Split;
  readonly progress: number;
  readonly count: number;
  readonly words: number;
}

// What draws waits for WebAssembly while it is loaded, and a message that comes meanwhile is lost:
// the worker listens first.
const lessons = import("./lessons.ts");

const api = {
  async draw(
    definition: object,
    config: ClipConfig,
    request: LessonRequest,
  ): Promise<TowerBatch> {
    const { lesson, towerBatch } = await lessons;
    tokenizer ??= createTokenizer(definition, config.text);
    const { seed, split, progress, count, words } = request;
    const size = config.vision.imageSize;
    const pictures = lesson(seed, split, { progress, count, size });
    const batch = towerBatch(pictures, config, tokenizer, words);
    return transfer(batch, Object.values(batch).map(({ buffer }) => buffer as ArrayBuffer));
  },
};
let tokenizer: ReturnType<typeof createTokenizer> | undefined;

/** The worker's interface. */
export type LessonApi = typeof api;

expose(api);
