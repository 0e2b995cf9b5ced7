import assert from "node:assert/strict";
import { join } from "node:path";
import { callerFolder, model } from "../../cli/arguments.ts";

Deno.test("a model's name is not taken for a folder that is called like it", () => {
  assert.equal(model("mini"), "mini"); // the project has a folder of that name
  assert.equal(model("clip-vit-b-32"), "clip-vit-b-32");
  assert.equal(model("./models"), join(callerFolder(), "models"));
  assert.equal(model("auto"), undefined);
});
