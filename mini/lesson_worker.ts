/** Draws lessons beside the training. */
import { expose, transfer } from "comlink";
import type { ClipConfig } from "../models/clip/config.ts";
import { createTokenizer } from "../models/clip/tokenizer.ts";
import type { SightBatch } from "../train/sight_objective.ts";
import type { TowerBatch } from "../train/tower_objective.ts";
import { Random } from "../world/random.ts";
import type { LessonRequest } from "./lessons.ts";

// What draws waits for WebAssembly while it is loaded, and a message that comes meanwhile is lost:
// the worker listens first.
const lessons = import("./lessons.ts");

const api = {
  async toSee(config: ClipConfig, request: LessonRequest): Promise<SightBatch> {
    const { pictures, sightBatch } = await lessons;
    return transferred(sightBatch(pictures(request, config.vision.imageSize), config));
  },

  async toRead(
    definition: object,
    config: ClipConfig,
    request: LessonRequest,
  ): Promise<TowerBatch> {
    const { lesson, towerBatch } = await lessons;
    tokenizer ??= createTokenizer(definition, config.text);
    const random = new Random(`${request.seed}/phrases`);
    return transferred(
      towerBatch(lesson(request, config.vision.imageSize), config, tokenizer, random),
    );
  },
};
let tokenizer: ReturnType<typeof createTokenizer> | undefined;

function transferred<T extends Readonly<Record<string, ArrayBufferView>>>(batch: T): T {
  return transfer(batch, Object.values(batch).map(({ buffer }) => buffer as ArrayBuffer));
}

/** The worker's interface. */
export type LessonApi = typeof api;

expose(api);
