/**
 * How long a clip takes to decode: twelve frames of it, cropped, with their thumbnails.
 *
 * Takes the files of the folder FOVEA_CLIPS, else videos that it makes. Every decoder gets one video
 * at a time, as one worker does while indexing.
 *
 * @module
 */
import { join } from "node:path";
import { DecodePool } from "../pipeline/decode/pool.ts";
import { closeEncoder } from "../tests/media/encode.ts";
import { makeVideo } from "../tests/media/videos.ts";

/** Files of the folder that are decoded: enough to be like the others. */
const FILES = 8;

const files = await clips();

for (const decoder of ["native", "wasm"] as const) {
  const pool = await DecodePool.open({ decoder, workers: 1, imageSize: 224 }).catch(() => null);
  // Each decoder's first video also pays for what is loaded and compiled.
  if (pool) await decode(pool, files[0]);
  Deno.bench({
    name: `${files.length} clips, 12 frames each, ${decoder}`,
    group: "decode",
    baseline: decoder === "native",
    ignore: pool === null,
    n: 3,
    async fn() {
      for (const file of files) await decode(pool!, file);
    },
  });
}

async function decode(pool: DecodePool, file: string): Promise<void> {
  for await (const _ of pool.decode(file, { frames: 12, segment: "auto" }));
}

async function clips(): Promise<string[]> {
  const folder = Deno.env.get("FOVEA_CLIPS");
  if (!folder) {
    const made = [];
    for (const rate of [24, 25, 30]) {
      made.push(await makeVideo({ width: 640, height: 360, rate, frames: 10 * rate }));
    }
    await closeEncoder();
    return made;
  }
  const names = [...Deno.readDirSync(folder)].filter(({ name }) => /\.(mp4|mkv|webm)$/.test(name))
    .map(({ name }) => name).sort();
  const step = Math.max(1, Math.floor(names.length / FILES));
  return names.filter((_, i) => i % step === 0).slice(0, FILES).map((name) => join(folder, name));
}
