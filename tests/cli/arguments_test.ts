import assert from "node:assert/strict";
import { join } from "node:path";
import { model } from "../../cli/arguments.ts";

Deno.test("a model's name is not taken for a folder that is called like it", () => {
  assert.equal(model("mini"), "mini"); // the project has a folder of that name
  assert.equal(model("clip-vit-b-32"), "clip-vit-b-32");
  const folder = join(import.meta.dirname!, "..", "..", "mini");
  assert.equal(model(folder), folder);
  assert.equal(model("auto"), undefined);
});
