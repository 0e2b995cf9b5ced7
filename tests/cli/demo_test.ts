import assert from "node:assert/strict";
import { DEMO_QUERIES } from "../../world/demo.ts";
import { fovea } from "./fovea.ts";

Deno.test("the demo finds what it asks for at the first place, and goes on from what is there", async () => {
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
  const { code, stdout, stderr } = await fovea(["demo"], home);
  assert.equal(code, 0, stdout + stderr);
  for (const { text, video } of DEMO_QUERIES) {
    const first = stdout.split(`"${text}"\n`)[1].split("\n")[0];
    assert(first.includes(`1. ${home}/fovea-demo/videos/${video} at`), first);
  }
  const again = await fovea(["demo"], home);
  assert.match(again.stdout, /^Indexed 0 \(12 were there\)/m);

  const query = ["query", "--index", "fovea-demo/.fovea", "a camel in the desert", "--json"];
  const { warning, results } = JSON.parse((await fovea(query, home)).stdout);
  assert.match(warning, /not real footage/);
  assert.equal(results.length, 10);
  const info = JSON.parse(
    (await fovea(["info", "--index", "fovea-demo/.fovea", "--json"], home)).stdout,
  );
  assert.equal(info.model, "mini");
  assert.match(info.limits, /not real footage/);
});
