/**
 * Runs the stages one after the other over a folder, each alone on the machine, and prints the
 * seconds and the seconds of processor time of each as one JSON object:
 * `deno run … bench/stages_run.ts FOLDER MODEL PRECISION`.
 *
 * @module
 */
import { discover } from "../files/discover.ts";
import { openBackend } from "../kernels/open.ts";
import type { FrameTokens } from "../models/clip/tokens.ts";
import type { Precision } from "../models/clip/tower.ts";
import { openVisionTower } from "../models/clip/vision.ts";
import { loadHeads } from "../models/hvd/heads.ts";
import { Reducer } from "../models/hvd/reducer.ts";
import { resolveModel } from "../models/registry.ts";
import { DecodePool } from "../pipeline/decode/pool.ts";
import { cpuSeconds } from "./process_usage.ts";

const [folder, spec, precision] = Deno.args;
const model = await resolveModel(spec);
const paths: string[] = [];
for await (const found of discover([folder])) if ("size" in found) paths.push(found.path);

const crops: Uint8Array[] = [];
const pool = await DecodePool.open({
  decoder: "native",
  workers: navigator.hardwareConcurrency,
  imageSize: model.config.vision.imageSize,
});
const decode = await measured(async () => {
  const work = paths.values();
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, async () => {
    for (const path of work) {
      for await (const event of pool.decode(path, { frames: 12, segment: "auto" })) {
        if (event.kind === "clip") crops.push(event.pixels);
      }
    }
  }));
});
pool.close();

const tower = await openVisionTower(model, { precision: precision as Precision });
const tokens: FrameTokens[] = [];
const encode = await measured(async () => {
  for (const pixels of crops) tokens.push(await tower.encode(pixels));
});
await tower.close();

const reducer = new Reducer(
  await openBackend("cpu"),
  await loadHeads(model.dir, model.config.dim),
);
const reduce = await measured(async () => {
  for (const clip of tokens) await reducer.reduce([clip]);
});

console.log(JSON.stringify({ clips: crops.length, decode, encode, reduce }));

async function measured(run: () => Promise<void>): Promise<{ seconds: number; cpu: number }> {
  const cpu = cpuSeconds(), start = performance.now();
  await run();
  return { seconds: (performance.now() - start) / 1000, cpu: cpuSeconds() - cpu };
}
