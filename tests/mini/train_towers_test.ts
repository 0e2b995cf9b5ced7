import assert from "node:assert/strict";
import { join } from "node:path";
import { lastSight, trainSight } from "../../mini/train_sight.ts";
import { storeLast, trainTowers } from "../../mini/train_towers.ts";
import { openTextTower } from "../../models/clip/text.ts";
import { openVisionTower } from "../../models/clip/vision.ts";
import { resolveModel } from "../../models/registry.ts";
import { type Metrics, RunFolder } from "../../train/run_folder.ts";

Deno.test("towers learn from drawn lessons and are stored as a model that encodes", async () => {
  const dir = await Deno.makeTempDir({ prefix: "fovea-test-" });
  try {
    const recipe = { seed: "a test", steps: 2 };
    const lines: Metrics[] = [];
    const onMetrics = (line: Metrics) => lines.push(line);
    const seen = await RunFolder.open(join(dir, "sight"), recipe);
    await trainSight(seen, { ...recipe, onMetrics });
    const sight = await lastSight(seen);
    const folder = await RunFolder.open(join(dir, "towers"), recipe);
    const { steps, end } = await trainTowers(folder, { ...recipe, sight, onMetrics });
    assert.deepEqual({ steps, end }, { steps: 2, end: "all steps" });
    const terms = ["region_label", "sentence_frame", "word_patch", "region_phrase", "frame_phrase"];
    for (const name of terms) {
      assert.equal(lines.filter((line) => line[name] > 0).length, 2, name);
    }

    await storeLast(folder, recipe.seed, join(dir, "model"));
    const model = await resolveModel(join(dir, "model"));
    const { dim, vision } = model.config;
    const tower = await openVisionTower(model);
    const encoded = await tower.encode(new Uint8Array(2 * vision.imageSize ** 2 * 3).fill(90));
    await tower.close();
    assert.equal(encoded.frames.length, 2 * dim);
    assert.equal(encoded.patches.length, 2 * vision.patches * dim);
    const texts = await openTextTower(model);
    const said = await texts.encode("a red fox runs");
    await texts.close();
    assert.equal(said.sentence.length, dim);
    assert([...encoded.frames, ...said.sentence].every(Number.isFinite));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
