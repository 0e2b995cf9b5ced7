/**
 * A query from its text to the moments, over synthetic indexes of clips of full size (12 frames, 74
 * entities), and with `FOVEA_BENCH_LARGE=1` over 300,000 small ones (one frame, 8 entities, 4 GB on
 * the disk). Below the table: the split of a warm query, and memory.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { openIndex } from "../mod.ts";
import { sampleVideos } from "../tests/media/samples.ts";
import { ensureRandomVitB32, RANDOM_VIT_B32 } from "./models/random_vit_b32.ts";
import { runAlone } from "./run_alone.ts";

interface Queried {
  readonly clips: number;
  readonly first: number;
  readonly warm: number;
  readonly fresh: number;
  readonly text: number;
  readonly coarse: number;
  readonly words: number;
  readonly recall: number | null;
  readonly peakBytes: number;
}

const SHAPES = [[1000, 12, 74], [10_000, 12, 74]];
if (Deno.env.get("FOVEA_BENCH_LARGE")) SHAPES.push([300_000, 1, 8]);

for (const shape of SHAPES) {
  Deno.bench(`query ${shape[0]} clips`, { group: "query", n: 1, warmup: 0 }, async () => {
    const { first, warm, fresh, text, coarse, words, recall, peakBytes } = await runAlone<Queried>(
      "query_run.ts",
      ...shape.map(String),
    );
    const ms = (value: number) => `${value.toFixed(1)} ms`;
    console.log(
      `${shape[0]} clips: opened and asked ${ms(first)}; warm ${ms(warm)}, with a text that was ` +
        `not asked before ${ms(fresh)}, of that the text tower ` +
        `${ms(text)}, all clips ${ms(coarse)}, word–patch of 100 ${ms(words)}; ` +
        (recall === null ? "" : `recall@10 of the two stages ${recall.toFixed(3)}; `) +
        `peak ${(peakBytes / 1e6).toFixed(0)} MB`,
    );
  });
}

/** An index of two small videos: what a process that asks once waits for does not depend on more. */
const oneShot = fileURLToPath(new URL("data/one-shot", import.meta.url));
await ensureRandomVitB32();
await sampleVideos(`${oneShot}/videos`, 2);
{
  await using index = await openIndex(`${oneShot}/.fovea`, { model: RANDOM_VIT_B32 });
  await Array.fromAsync(index.add([`${oneShot}/videos`]));
}
Deno.bench("query from a cold start", { group: "cold", n: 5, warmup: 1 }, async () => {
  const { success } = await new Deno.Command("deno", {
    args: ["task", "query", "a dog runs along the beach", "--index", `${oneShot}/.fovea`],
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) throw new Error("Cannot measure: the query failed");
});
