/**
 * From files to an index: 12 frames a clip, ViT-B/32 of random weights, the whole program in a
 * process of its own. Below the table: processor time, memory, each stage alone, and, with
 * `-- --peer DIR`, the same work in PyTorch in the same run.
 *
 * @module
 */
import { ensureRandomVitB32, RANDOM_VIT_B32 } from "./models/random_vit_b32.ts";
import { clipsFolder } from "./clips.ts";
import { peerFolder, runPeer } from "./peer.ts";
import { runAlone } from "./run_alone.ts";

interface Indexed {
  readonly clips: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

type Stage = Record<"seconds" | "cpu", number>;

await ensureRandomVitB32();
const folder = await clipsFolder();
const peer = peerFolder();
const measured = new Map<string, Indexed>();

for (const [precision, decoder] of [["f32", "native"], ["int8", "native"], ["int8", "wasm"]]) {
  const name = `${precision}, ${decoder}`;
  Deno.bench(`index: ${name}`, { group: "index", n: 1, warmup: 0 }, async () => {
    const run = await runAlone<Indexed>(
      "index_run.ts",
      ...[folder, RANDOM_VIT_B32, precision, decoder, "12"],
    );
    measured.set(name, run);
  });
}

Deno.bench("the stages one by one", { group: "index", n: 1, warmup: 0 }, async () => {
  for (const [name, { clips, seconds, cpuSeconds, peakBytes }] of measured) {
    const memory = (peakBytes / 1e6).toFixed(0);
    console.log(
      `${name}: ${clips} clips, ${seconds.toFixed(1)} s, processor ${cpuSeconds.toFixed(1)} s, ` +
        `peak ${memory} MB`,
    );
  }
  for (const precision of ["f32", "int8"]) {
    const { decode, encode, reduce } = await runAlone<Record<string, Stage>>(
      "stages_run.ts",
      ...[folder, RANDOM_VIT_B32, precision],
    );
    const alone = decode.cpu + encode.cpu + reduce.cpu;
    const whole = measured.get(`${precision}, native`);
    console.log(
      `${precision}, processor seconds of each stage alone: decode ${decode.cpu.toFixed(1)}, ` +
        `encode ${encode.cpu.toFixed(1)}, reduce ${reduce.cpu.toFixed(1)}` +
        (whole ? `; all together take ${(whole.cpuSeconds / alone).toFixed(2)} of the sum` : ""),
    );
  }
});

if (peer) {
  Deno.bench(
    "the peer: PyTorch, float32 and bfloat16",
    { group: "index", n: 1, warmup: 0 },
    async () => {
      for (const [label, ...flags] of [["float32"], ["bfloat16", "--bf16"]]) {
        const figures = await runPeer<{ seconds: number }>(
          peer,
          "e2e",
          ...[folder, "--threads", "2", "--decoders", "all", ...flags],
        );
        const [{ seconds }] = Object.values(figures);
        const ratios = [...measured].map(([name, run]) =>
          `${name} takes ${(run.seconds / seconds).toFixed(2)} of it`
        );
        console.log(`peer ${label}: ${seconds.toFixed(1)} s; ${ratios.join(", ")}`);
      }
    },
  );
}
