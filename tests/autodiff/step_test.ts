import { numpy as np, valueAndGrad } from "@jax-js/jax";
import { ONNXModel } from "@jax-js/onnx";
import assert from "node:assert/strict";
import { openStep } from "../../autodiff/step.ts";
import { type ArraySpec, toOnnx } from "../../autodiff/to_onnx.ts";
import { Graph } from "../../onnx/graph.ts";
import { type Arrays, close, evaluated, floats, type Given, ints, specOf } from "./agree.ts";

const [ROWS, IN, HIDDEN, OUT] = [16, 6, 32, 3];
const RATE = 1e-2;

const parameters: Record<string, Given> = {
  table: floats([5, IN], 1),
  "layer1.weight": floats([IN, HIDDEN], 2, [-0.4, 0.4]),
  "layer1.bias": floats([HIDDEN], 3, [0, 0]),
  "layer2.weight": floats([HIDDEN, OUT], 4, [-0.2, 0.2]),
  "layer2.bias": floats([OUT], 5, [0, 0]),
};
const names = Object.keys(parameters);
const state: Record<string, Given> = Object.fromEntries(
  ["parameter", "first", "second"].flatMap((kind) =>
    names.map((name) => [
      `${kind}.${name}`,
      kind === "parameter" ? parameters[name] : floats(parameters[name].shape, 1, [0, 0]),
    ])
  ),
);

/** Two layers written as a graph of inference with its weights as inputs. */
function perceptron(): ONNXModel {
  const g = new Graph("perceptron");
  const weight = (name: string) =>
    g.weight({ name, type: "float32", dims: parameters[name].shape });
  const dense = (x: ReturnType<Graph["input"]>, layer: string) =>
    g.op("Add", [g.op("MatMul", [x, weight(`${layer}.weight`)]), weight(`${layer}.bias`)]);
  const x = g.input("x", "float32", ["rows", IN]);
  const hidden = dense(x, "layer1");
  const active = g.op("Mul", [hidden, g.op("Sigmoid", [hidden])]);
  g.output("y", dense(active, "layer2"), "float32", ["rows", OUT]);
  return new ONNXModel(g.toModel() as Uint8Array<ArrayBuffer>);
}

const model = perceptron();

/** Forward, backward, clipping and AdamW. */
function train({ ids, to, correction, ...arrays }: Arrays): Arrays {
  const own = (kind: string): Arrays =>
    Object.fromEntries(names.map((name) => [name, arrays[`${kind}.${name}`]]));
  const loss = (parameters: Arrays) => {
    const { table, ...weights } = parameters;
    const { y } = model.run({ ...weights, x: np.take(table, ids, 0) });
    return np.square(y.sub(to)).mean();
  };
  const current = own("parameter");
  const retained = Object.fromEntries(names.map((name) => [name, current[name].ref]));
  const [value, gradients] = valueAndGrad(loss)(retained) as [np.Array, Arrays];
  const squares = names.map((name) => np.square(gradients[name].ref).sum());
  const norm = np.sqrt(squares.reduce((a, b) => a.add(b)));
  const clip = np.minimum(np.array(0.5).div(norm), 1);
  const [first, second] = [own("first"), own("second")];
  const outputs: Arrays = { loss: value };
  for (const name of names) {
    const gradient = gradients[name].mul(clip.ref);
    const m = first[name].mul(0.9).add(gradient.ref.mul(0.1));
    const v = second[name].mul(0.98).add(np.square(gradient).mul(0.02));
    const scale = np.sqrt(v.ref.div(correction.ref.slice(1))).add(1e-8);
    const step = m.ref.div(correction.ref.slice(0)).div(scale).add(current[name].ref.mul(0.05));
    outputs[`next.parameter.${name}`] = current[name].sub(step.mul(RATE));
    outputs[`next.first.${name}`] = m;
    outputs[`next.second.${name}`] = v;
  }
  clip.dispose();
  correction.dispose();
  return outputs;
}

/** What the step is fed with at time t. */
function batch(t: number): Record<string, Given> {
  return {
    ids: ints([ROWS], t, [0, 5]),
    to: floats([ROWS, OUT], t),
    correction: { shape: [2], data: Float32Array.of(1 - 0.9 ** t, 1 - 0.98 ** t) },
  };
}

const data = (given: Record<string, Given>) =>
  Object.fromEntries(Object.entries(given).map(([name, { data }]) => [name, data]));

function traced(): Uint8Array {
  const inputs = Object.entries({ ...state, ...batch(1) });
  const specs = inputs.map(([name, given]): [string, ArraySpec] => [name, specOf(given)]);
  return toOnnx("train", Object.fromEntries(specs), train);
}

/** Trains for some steps; the losses and the state at the end. */
async function trained(steps: number, threads: number) {
  const step = await openStep(traced(), data(state), { threads });
  const losses: number[] = [];
  for (let t = 1; t <= steps; t++) losses.push((await step.run(data(batch(t)))).loss[0]);
  const end = Object.fromEntries(Object.keys(state).map((name) => [name, step.read(name)]));
  await step.close();
  return { losses, end };
}

Deno.test("20 steps of AdamW come to where jax-js comes", async () => {
  const { losses, end } = await trained(20, 1);
  let current = state;
  for (let t = 1; t <= 20; t++) {
    const { loss, ...next } = evaluated({ ...current, ...batch(t) }, train);
    assert(Math.abs(losses[t - 1] - loss.data[0]) < 1e-5);
    current = Object.fromEntries(
      Object.entries(next).map(([name, { shape, data }]) => [
        name.slice("next.".length),
        { shape, data: Float32Array.from(data) },
      ]),
    );
  }
  const results = (arrays: Record<string, ArrayLike<number>>) =>
    Object.fromEntries(
      Object.entries(state).map(([name, { shape }]) => [
        name,
        { shape, data: Array.from(arrays[name]) },
      ]),
    );
  close(results(end), results(data(current)));
  assert(losses[19] < losses[0]);
});

Deno.test("the same steps are the same bits, with any scheduling of threads", async () => {
  const runs = [];
  for (let run = 0; run < 3; run++) runs.push(await trained(20, 2));
  assert.deepEqual(runs[1], runs[0]);
  assert.deepEqual(runs[2], runs[0]);
});

for (const rows of [8, 600]) {
  Deno.test(`gradients added up in ${rows} rows are right, and the same bits each time`, () =>
    addsUp(rows));
}

/** Looks up far more rows than there are, and differentiates. */
async function addsUp(rows: number) {
  const [width, count] = [64, 4096];
  const specs: Record<string, ArraySpec> = {
    table: { shape: [rows, width], type: "float32" },
    at: { shape: [count], type: "int32" },
    to: { shape: [count, width], type: "float32" },
  };
  const gradient = toOnnx("scatter", specs, ({ table, at, to }) => {
    const loss = (table: np.Array) => np.take(table, at, 0).mul(to).sum();
    const [value, dtable] = valueAndGrad(loss)(table) as [np.Array, np.Array];
    return { value, dtable };
  });
  const inputs = {
    table: floats([rows, width]).data,
    at: ints([count], 2, [0, rows]).data,
    to: floats([count, width], 3).data,
  };
  const step = await openStep(gradient, {}, { threads: 2 });
  const first = await step.run(inputs);
  for (let run = 0; run < 10; run++) assert.deepEqual(await step.run(inputs), first);
  await step.close();
  const sums = new Float64Array(rows * width);
  for (let i = 0; i < count * width; i++) {
    sums[inputs.at[Math.floor(i / width)] * width + i % width] += inputs.to[i];
  }
  for (const [i, sum] of sums.entries()) assert(Math.abs(first.dtable[i] - sum) < 1e-4);
}

Deno.test("arrays that do not fit are named", async () => {
  const model = toOnnx("step", {
    w: { shape: [2], type: "float32" },
    ids: { shape: [3], type: "int32" },
  }, ({ w, ids }) => ({ "next.w": w.add(ids.sum()) }));
  await assert.rejects(openStep(model, {}), {
    message: 'Cannot feed the step: "w" is missing',
  });
  await assert.rejects(openStep(model, { w: new Float32Array(3) }), {
    message: 'Cannot feed the step: "w" is float32 [3], not float32 [2]',
  });
  const step = await openStep(model, { w: new Float32Array(2) }, { threads: 1 });
  await assert.rejects(step.run({ ids: new Float32Array(3) }), {
    message: 'Cannot feed the step: "ids" is float32 [3], not int32 [3]',
  });
  await assert.rejects(step.run({}), { message: 'Cannot feed the step: "ids" is missing' });
  await assert.rejects(step.run({ ids: new Int32Array(3), w: new Float32Array(2) }), {
    message: 'Cannot feed the step: "w" is state of its own',
  });
  await assert.rejects(step.run({ ids: new Int32Array(3), v: new Float32Array(2) }), {
    message: 'Cannot feed the step: "v" is no input',
  });
  await step.run({ ids: Int32Array.of(1, 2, 3) });
  assert.deepEqual(step.read("w"), Float32Array.of(6, 6));
  assert.throws(() => step.read("v"), { message: 'Cannot read "v": it is no state of the step' });
  await step.close();
});
