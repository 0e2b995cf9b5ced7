/**
 * Sorting along the last dimension.
 *
 * @module
 */
import { shapeOf } from "./layout.ts";
import { arrayOf, contiguous, converted, type LazyArray } from "./lazy_array.ts";
import { DATA_TYPE, type Tensors } from "./tensors.ts";

/** The elements in ascending order, and where each was; of equal ones the first comes first. */
export function sorted(
  tensors: Tensors,
  array: LazyArray,
): { values: LazyArray; positions: LazyArray } {
  const shape = shapeOf(array.layout);
  const type = array.type === "bool" ? "int32" : array.type;
  const { source } = contiguous(tensors, converted(tensors, array, type));
  const inputs = [source, tensors.ints([shape[shape.length - 1]])];
  const [values, positions] = [0, 1].map((output) =>
    tensors.op("TopK", inputs, shape, { largest: 0 }, { output, outputs: 2 })
  );
  const at = tensors.op("Cast", [positions], shape, { to: DATA_TYPE.int32 });
  return {
    values: converted(tensors, arrayOf(values, type), array.type),
    positions: arrayOf(at, "int32"),
  };
}
