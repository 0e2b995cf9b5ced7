import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openIndex } from "../../mod.ts";
import { resolveModel } from "../../models/registry.ts";
import { videoId } from "../../pipeline/clip_record.ts";
import { ClipStore } from "../../store/clip_store.ts";
import { clipId } from "../../store/record.ts";
import { worldVideo } from "../../world/collection.ts";
import { writeVideo } from "../../world/generate.ts";

/** The seed of the generated videos. */
const SEED = "bench";

/** Videos that are drawn and encoded. */
const DRAWN = 50;

/** How often each of them is stored. */
const COPIES = 20;

/**
 * An index of 1,000 clips of a model, made the first time and kept in `bench/data/`: 50 generated
 * videos, and the row of each 19 times more, as of files of other names. So every clip has vectors
 * and pictures of its own to be read, and there are no 1,000 videos to be drawn and encoded.
 *
 * @returns The folder of the index.
 */
export async function thousandClips(model: string): Promise<string> {
  // A model that has changed has an index of its own.
  const { fingerprint } = await resolveModel(model);
  const name = `../data/page-${fingerprint.replace(/\W/g, "").slice(-12)}`;
  const folder = fileURLToPath(new URL(name, import.meta.url));
  const videos = join(folder, "videos"), place = join(folder, ".fovea");
  if (await countClips(place) === DRAWN * COPIES) return place;
  await Deno.mkdir(videos, { recursive: true });
  for (let number = 0; number < DRAWN; number++) {
    await writeVideo(join(videos, `${number}.mp4`), worldVideo(SEED, "test", number).scene);
  }
  {
    await using index = await openIndex(place, { model });
    for await (const event of index.add([videos])) {
      if (event.kind === "failed") throw new Error(`Cannot measure: ${event.error}`);
    }
  }
  await storeCopies(place);
  return place;
}

/** Texts that were not asked before: what is said of further videos. */
export function newTexts(count: number): string[] {
  const texts = new Set<string>();
  for (let number = DRAWN; texts.size < count; number++) {
    texts.add(worldVideo(SEED, "test", number).captions.captions[0]);
  }
  return [...texts];
}

async function countClips(place: string): Promise<number> {
  const store = await ClipStore.openIfAny(place);
  if (!store) return 0;
  try {
    return (await store.coarse({ entities: false })).length;
  } finally {
    store.close();
  }
}

/** Stores what is there as often as is wanted; rows that are there already are written again. */
async function storeCopies(place: string): Promise<void> {
  const store = await ClipStore.open(place);
  try {
    const ids = Array.from({ length: DRAWN }, (_, number) => {
      return clipId(videoId(`videos/${number}.mp4`), 0);
    });
    const records = await store.records(ids);
    for (let copy = 1; copy < COPIES; copy++) {
      await store.upsert(records.map((record) => {
        const path = record!.path.replace(".mp4", `-${copy}.mp4`);
        const video = videoId(path);
        return { ...record!, id: clipId(video, 0), video, path, fingerprint: path };
      }));
    }
    await store.compact();
  } finally {
    store.close();
  }
}
