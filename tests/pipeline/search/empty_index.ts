import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { resolveModel } from "../../../models/registry.ts";
import { Root } from "../../../pipeline/root.ts";
import { ClipStore } from "../../../store/clip_store.ts";
import { FORMAT, type Manifest } from "../../../store/manifest.ts";
import { SubtitleStore } from "../../../store/subtitle_store.ts";

const TINY = fileURLToPath(new URL("../../vectors/clip/clip-tiny-gelu", import.meta.url));

/** A folder of its own with the tiny model. */
export async function tinyModel(): Promise<string> {
  const home = await Deno.makeTempDir({ prefix: "fovea-test-" });
  for (const name of ["config.json", "model.safetensors", "tokenizer.json"]) {
    await Deno.copyFile(join(TINY, name), join(home, name));
  }
  return home;
}

/** An empty index beside a model, which goes with it. */
export async function emptyIndex(home: string, heads: Manifest["heads"], keepPatches = false) {
  const model = await resolveModel(home);
  const location = join(home, "index");
  const { name, fingerprint } = model;
  const store = await ClipStore.openOrCreate(location, {
    format: FORMAT,
    model: { name, revision: null, fingerprint, precision: "f32" },
    heads,
    parameters: {
      frames: 12,
      fps: null,
      segment: "auto",
      keepPatches,
      rounds: 3,
      keepRatio: 0.5,
      neighbours: 3,
      spotRatio: 0.5,
    },
    dim: model.config.dim,
    patchesPerFrame: model.config.vision.patches,
  });
  const subtitles = new SubtitleStore(location);
  return {
    options: {
      store,
      subtitles,
      root: Root.of(location),
      model,
      precision: "f32",
      oneShot: false,
    } as const,
    async [Symbol.asyncDispose]() {
      subtitles[Symbol.dispose]();
      store.close();
      await Deno.remove(home, { recursive: true });
    },
  };
}
