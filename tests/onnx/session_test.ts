import assert from "node:assert/strict";
import { byteProductsOverflow } from "../../onnx/byte_products.ts";
import { Graph } from "../../onnx/graph.ts";
import { openSession } from "../../onnx/session.ts";

function identity(): Uint8Array {
  const g = new Graph("identity");
  g.output("y", g.input("x", "float32", [1]), "float32", [1]);
  return g.toModel();
}

Deno.test("a model that is none is refused in one line", async () => {
  await assert.rejects(openSession(new Uint8Array(9)), (error: Error) => {
    assert.match(error.message, /^Cannot open a model on cpu: \S[^\n]*$/);
    return true;
  });
});

Deno.test("CUDA where it is missing is one line", async () => {
  try {
    await (await openSession(identity(), { provider: "cuda" })).release();
  } catch (error) {
    assert.match((error as Error).message, /^Cannot open a model on cuda: [^\n]+$/);
  }
});

Deno.test("weights in a folder that is missing are refused", async () => {
  await assert.rejects(openSession(identity(), { weights: "/no/such/folder" }));
});

Deno.test("this CPU's byte products are tried once", async () => {
  const first = byteProductsOverflow();
  assert.equal(byteProductsOverflow(), first);
  assert.equal(typeof await first, "boolean");
});
