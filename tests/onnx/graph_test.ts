import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { Graph } from "../../onnx/graph.ts";
import { openSession } from "../../onnx/session.ts";

const bytesOf = (array: { buffer: ArrayBuffer }) => new Uint8Array(array.buffer);

/** y = x·wᵀ + 1, over weights of whatever place. */
function affine(): Graph {
  const g = new Graph("affine");
  const x = g.input("x", "float32", ["rows", 2]);
  const w = g.weight({ name: "w", type: "float32", dims: [3, 2] });
  g.output("y", g.op("Add", [g.op("Gemm", [x, w], { transB: 1 }), g.floats(1)]), "float32", [
    "rows",
    3,
  ]);
  return g;
}

const weights = Float32Array.of(1, 0, 0, 1, 1, 1);
const feed = () => new ort.Tensor("float32", Float32Array.of(2, 3), [1, 2]);
const expected = [3, 4, 6];

Deno.test("weights as inputs, in memory and in a file give the same", async () => {
  const g = affine();
  assert.deepEqual([...g.weights.keys()], ["w"]);

  const asInput = await openSession(g.toModel(), { threads: 1 });
  const w = new ort.Tensor("float32", weights, [3, 2]);
  assert.deepEqual([...(await asInput.run({ x: feed(), w })).y.data], expected);
  await asInput.release();

  const inMemory = await openSession(g.toModel(() => ({ bytes: bytesOf(weights) })));
  assert.deepEqual([...(await inMemory.run({ x: feed() })).y.data], expected);
  await inMemory.release();

  const dir = await Deno.makeTempDir();
  const file = new Uint8Array(5 + 24); // at no boundary
  file.set(bytesOf(weights), 5);
  await Deno.writeFile(`${dir}/weights`, file);
  await Deno.symlink(dir, `${dir}-link`);
  for (const oneShot of [false, true]) {
    const model = g.toModel(() => ({ file: "weights", offset: 5, length: 24 }));
    const inFile = await openSession(model, { weights: `${dir}-link`, oneShot });
    assert.deepEqual([...(await inFile.run({ x: feed() })).y.data], expected);
    await inFile.release();
  }
  await Deno.remove(`${dir}-link`);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("attributes of every kind and several outputs reach the operator", async () => {
  const g = new Graph("attributes");
  const x = g.input("x", "float32", [2, 4]);
  const [left, right] = g.ops("Split", [x, g.ints([1, 3])], 2, { axis: 1 });
  const leaky = g.op("LeakyRelu", [left], { alpha: { float: 0.5 } });
  const turned = g.op("Transpose", [right], { perm: [1, 0] });
  g.output("leaky", leaky, "float32", [2, 1]);
  g.output("turned", g.cast(turned, "int32"), "int32", [3, 2]);
  const session = await openSession(g.toModel(() => assert.fail("there are no weights")));
  const { leaky: a, turned: b } = await session.run({
    x: new ort.Tensor("float32", Float32Array.of(-2, 1, 2, 3, 4, 5, 6, 7), [2, 4]),
  });
  assert.deepEqual([...a.data], [-1, 4]);
  assert.deepEqual([...b.data], [1, 5, 2, 6, 3, 7]);
  await session.release();
});

Deno.test("equal constants are stored once", () => {
  const sizes = [1, 2].map((times) => {
    const g = new Graph("constants");
    let x = g.input("x", "float32", [1]);
    for (let i = 0; i < times; i++) x = g.op("Reshape", [x, g.ints([-1, 1, 7777])]);
    g.output("y", x, "float32", [1]);
    const bytes = g.toModel(() => assert.fail("there are no weights"));
    return new TextDecoder("latin1").decode(bytes).split("\x61\x1e").length - 1; // 7777
  });
  assert.deepEqual(sizes, [1, 1]);
});
