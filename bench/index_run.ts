/**
 * Indexes a folder once in a process of its own and prints what it took, as one JSON object:
 * `deno run … bench/index_run.ts FOLDER MODEL PRECISION DECODER FRAMES`.
 *
 * @module
 */
import { openIndex } from "../mod.ts";
import { cpuSeconds, peakBytes } from "./process_usage.ts";

const [folder, model, precision, decoder, frames] = Deno.args;
const location = await Deno.makeTempDir({ prefix: "fovea-bench-" });
try {
  await using index = await openIndex(`${location}/.fovea`, { model });
  const events = index.add([folder], {
    precision: precision as "f32" | "int8",
    decoder: decoder as "native" | "wasm",
    frames: Number(frames),
    device: "cpu",
  });
  for await (const event of events) {
    if (event.kind === "failed") throw new Error(event.error);
    if (event.kind !== "summary") continue;
    const { clips, seconds } = event;
    const usage = { cpuSeconds: cpuSeconds(), peakBytes: peakBytes() };
    console.log(JSON.stringify({ clips, seconds, ...usage }));
  }
} finally {
  await Deno.remove(location, { recursive: true });
}
