import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { findAdapter } from "../../kernels/webgpu/adapter.ts";
import { loadHeads } from "../../models/hvd/heads.ts";
import { resolveModel } from "../../models/registry.ts";
import { type IndexSummary, indexVideos } from "../../pipeline/indexer.ts";
import { Root } from "../../pipeline/root.ts";
import { type Device, openStages, type Stages } from "../../pipeline/stages.ts";
import { ClipStore } from "../../store/clip_store.ts";
import { FORMAT, type Manifest } from "../../store/manifest.ts";
import { clipId, type ClipRecord } from "../../store/record.ts";
import { sampleVideos } from "../media/samples.ts";
import { writeHeads } from "../models/hvd/random_heads.ts";

const adapter = await findAdapter();
const missing = adapter ? "" : " (ignored: this machine has no WebGPU adapter)";

const TINY = fileURLToPath(new URL("../vectors/clip/clip-tiny-quickgelu", import.meta.url));

/** Native addons keep threads and files for as long as the process lives. */
const ADDONS_STAY = { sanitizeOps: false, sanitizeResources: false };

/** The kernels of the three rounds of PFCM and of the weights and pooled forms after them. */
const KERNELS = [
  ...["convolve", "linear", "distances", "density", "centres", "assign", "merge"],
  ...["separation nearest", "separation farthest", "merge order", "attend"],
  ...["normalise", "dot", "softmax", "unit", "pool"],
];

Deno.test({
  name: `indexing on WebGPU stores what the CPU stores${missing}`,
  ignore: missing !== "",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await prepare();
    const cpu = await index(home, "cpu");
    let dispatches: ReadonlyMap<string, number> = new Map();
    const gpu = await index(home, "webgpu", {
      whenDone: async ({ reduce }) => void (dispatches = await reduce.dispatches()),
    });
    const unused = KERNELS.filter((kernel) => !dispatches.get(kernel));
    assert.deepEqual(unused, [], `only dispatched: ${[...dispatches.keys()]}`);
    assert.match(gpu.summary.device!, /webgpu/);
    assertSame(gpu.records, cpu.records);
  },
});

Deno.test({
  name: `a GPU that is lost half way is replaced by the CPU, which is said once${missing}`,
  ignore: missing !== "",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await prepare();
    const cpu = await index(home, "cpu");
    const lost = await index(home, "webgpu", {
      whenFirstEncoded: ({ reduce }) => reduce.destroyDevice(),
    });
    const lines = lost.notices.filter((notice) => notice.includes("device was lost"));
    assert.equal(lines.length, 1, String(lost.notices));
    assert.equal(lost.summary.device, "cpu");
    assert.equal(lost.summary.failed, 0);
    assertSame(lost.records, cpu.records);
  },
});

/** Videos, and the tiny model with random heads, in a new folder. */
async function prepare(): Promise<string> {
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
  const videos = await sampleVideos(join(home, "videos"), 6);
  // Where patches are nearly alike, rounding decides which of them leads a cluster: only the two
  // videos that are textured all over have one right answer.
  for (const smooth of [0, 1, 3, 5]) await Deno.remove(videos[smooth]);
  await Deno.mkdir(join(home, "model"));
  for (const name of ["config.json", "model.safetensors", "tokenizer.json"]) {
    await Deno.copyFile(join(TINY, name), join(home, "model", name));
  }
  await writeHeads(join(home, "model"), 32, 3);
  return home;
}

interface Hooks {
  readonly whenFirstEncoded?: (stages: Stages) => Promise<void>;
  readonly whenDone?: (stages: Stages) => Promise<void>;
}

/** Indexes the videos into an index of its own, and reads it back. */
async function index(home: string, device: Device, hooks: Hooks = {}) {
  const model = await resolveModel(join(home, "model"));
  const heads = await loadHeads(model.dir, model.config.dim);
  const location = join(home, `index-${crypto.randomUUID()}`);
  const manifest: Manifest = {
    format: FORMAT,
    model: {
      name: model.name,
      revision: null,
      fingerprint: model.fingerprint,
      precision: "f32",
    },
    heads: { name: heads.name!, fingerprint: heads.fingerprint! },
    parameters: {
      frames: 12,
      fps: null,
      segment: 0.5,
      keepPatches: false,
      ...heads.parameters,
    },
    dim: model.config.dim,
    patchesPerFrame: model.config.vision.patches,
  };
  const store = await ClipStore.openOrCreate(location, manifest);
  const notices: string[] = [];
  let stages: Stages | undefined;
  let summary: IndexSummary | undefined;
  let encoded = 0;
  const events = indexVideos([join(home, "videos")], {
    store,
    root: Root.of(location),
    model: model.name,
    ...manifest.parameters,
    exclude: [],
    signal: new AbortController().signal,
    concurrency: 2,
    openStages: async (onNotice) => {
      stages = await openStages(model, {
        decoder: "native",
        device,
        precision: "f32",
        concurrency: 2,
        onNotice,
      });
      // Its pieces are looked at after the run would have closed them.
      return { ...stages, device: "", [Symbol.dispose]: () => {} };
    },
  });
  for await (const event of events) {
    if (event.kind === "notice") notices.push(event.message);
    if (event.kind === "failed") throw new Error(event.error);
    if (event.kind === "summary") summary = event;
    if (event.kind === "progress" && event.clips > 0 && encoded++ === 0) {
      await hooks.whenFirstEncoded?.(stages!);
    }
  }
  summary = { ...summary!, device: stages!.device };
  await hooks.whenDone?.(stages!);
  stages![Symbol.dispose]();
  const ids = [...(await store.videos()).values()]
    .flatMap(({ video, stored }) => stored.map((clip) => clipId(video, clip)))
    .sort();
  const records = await store.records(ids);
  store.close();
  return { records, notices, summary };
}

/** The same clips: labels exactly, numbers within float16 and the kernels' tolerance of 1e-4. */
function assertSame(found: readonly ClipRecord[], expected: readonly ClipRecord[]): void {
  assert.equal(found.length, expected.length);
  for (const [i, clip] of found.entries()) {
    const other = expected[i];
    assert.equal(clip.id, other.id);
    assert.deepEqual(clip.frames, other.frames);
    clip.rounds.forEach(({ labels }, r) => assert.deepEqual(labels, other.rounds[r].labels));
    const close = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number) => {
      assert.equal(a.length, b.length);
      for (let j = 0; j < a.length; j++) assert(Math.abs(a[j] - b[j]) <= tolerance);
    };
    close(clip.entities, other.entities, 1e-3);
    close(clip.frameWeights, other.frameWeights, 1e-4);
    close(clip.framesPooled, other.framesPooled, 1e-4);
    close(clip.entityWeights, other.entityWeights, 1e-4);
    close(clip.entitiesPooled, other.entitiesPooled, 1e-4);
  }
}
