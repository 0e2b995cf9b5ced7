import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { product } from "../../autodiff/layout.ts";
import { clipConfig } from "../../mini/configuration.ts";
import { lastSight, trainSight } from "../../mini/train_sight.ts";
import { LESSON_SHAPE } from "../../mini/lessons.ts";
import { learnedTowers, storeLast, trainTowers, worldVocabulary } from "../../mini/train_towers.ts";
import { openTextTower } from "../../models/clip/text.ts";
import { openVisionTower } from "../../models/clip/vision.ts";
import { resolveModel } from "../../models/registry.ts";
import { type Metrics, RunFolder } from "../../train/run_folder.ts";
import { towerObjective } from "../../train/tower_objective.ts";

const TINY = fileURLToPath(new URL("../vectors/clip/clip-tiny-gelu", import.meta.url));

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
    const { steps, end } = await trainTowers(folder, {
      ...recipe,
      course: "first",
      pretrained: sight,
      onMetrics,
    });
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

    const learned = await learnedTowers(join(dir, "model"), recipe.seed);
    const { size } = worldVocabulary(recipe.seed);
    const { parameters } = towerObjective(clipConfig(size), LESSON_SHAPE);
    const sizes = Object.entries(parameters).map(([name, { shape }]) => [name, product(shape)]);
    const found = Object.entries(learned).map(([name, values]) => [name, values.length]);
    assert.deepEqual(Object.fromEntries(found), Object.fromEntries(sizes));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("towers of another shape are nothing to go on from", async () => {
  await assert.rejects(
    learnedTowers(TINY, "a test"),
    /^Error: Cannot go on from the model in .*clip-tiny-gelu": its config\.json is not that of /,
  );
});
