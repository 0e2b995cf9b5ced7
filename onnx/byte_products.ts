import * as ort from "onnxruntime-node";
import { Graph } from "./graph.ts";
import { openSession } from "./session.ts";

let overflow: Promise<boolean> | undefined;

/**
 * Whether ONNX Runtime's fast product of unsigned with signed bytes overflows on this CPU: older
 * x86 ones (without VNNI) add pairs of products in 16 bits. Found out by trying the largest, once
 * a process.
 */
export function byteProductsOverflow(): Promise<boolean> {
  return overflow ??= tryLargest();
}

async function tryLargest(): Promise<boolean> {
  const inner = 64;
  const columns = 32;
  const g = new Graph("largest-bytes");
  const a = g.input("a", "uint8", [1, inner]);
  const b = g.weight({ name: "b", type: "int8", dims: [inner, columns] });
  g.output("product", g.op("MatMulInteger", [a, b]), "int32", [1, columns]);
  const bytes = new Uint8Array(inner * columns).fill(127);
  const session = await openSession(g.toModel(() => ({ bytes })), { threads: 1 });
  const output = await session.run({
    a: new ort.Tensor("uint8", new Uint8Array(inner).fill(255), [1, inner]),
  });
  await session.release();
  return (output.product.data as Int32Array).some((sum) => sum !== inner * 255 * 127);
}
