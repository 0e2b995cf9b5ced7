/**
 * Convolutions and sliding windows.
 *
 * @module
 */
import { dot } from "./dot.ts";
import { gather } from "./indexing.ts";
import { broadcast, permute, product, shapeOf } from "./layout.ts";
import { arrayOf, bare, contiguous, type LazyArray, regrouped } from "./lazy_array.ts";
import { pad, shrink } from "./movement.ts";
import type { Tensors } from "./tensors.ts";

/** What jax-js calls a general dilated convolution; every list has a place for each dimension. */
export interface Convolution {
  /** How many leading dimensions have a convolution of their own for each position. */
  readonly vmapDims: number;
  readonly strides: readonly number[];
  /** Zeros before and behind; negative ones cut off. */
  readonly padding: readonly (readonly [before: number, behind: number])[];
  /** How far apart neighbours of the input are. */
  readonly lhsDilation: readonly number[];
  /** How far apart neighbours of the kernel are. */
  readonly rhsDilation: readonly number[];
}

/**
 * Slides a kernel over the last dimensions.
 *
 * @param x float32, [V..., N, C, S...]
 * @param kernel float32, [V..., O, C, K...]
 * @param shape The result's, [V..., N, O, R...].
 */
export function convolve(
  tensors: Tensors,
  x: LazyArray,
  kernel: LazyArray,
  { vmapDims, strides, padding, lhsDilation, rhsDilation }: Convolution,
  shape: readonly number[],
): LazyArray {
  const maps = shape.slice(0, vmapDims);
  const [batch, outputs, ...result] = shape.slice(vmapDims);
  const [channels, ...window] = shapeOf(kernel.layout).slice(vmapDims + 1);
  const group = product(maps);
  const lead = [...maps.keys()].map((v) => v + 1);
  const spatial = result.map((_, i) => i + 2);

  // The maps become groups of channels.
  const spread = broadcast(x.layout, [...maps, ...shapeOf(x.layout).slice(vmapDims)]);
  const order = [vmapDims, ...maps.keys(), ...spread.keys().drop(vmapDims + 1)];
  const size = shapeOf(spread).slice(vmapDims + 2);
  let input = regrouped(tensors, { ...bare(x), layout: permute(spread, order) }, [
    batch,
    group * channels,
    ...size,
  ]);
  input = spaced(tensors, input, lhsDilation);
  input = shrink(
    tensors,
    input,
    shapeOf(input.layout).map((size, d) => {
      const [before, behind] = d < 2 ? [0, 0] : padding[d - 2];
      return [Math.max(0, -before), size - Math.max(0, -behind)];
    }),
  );
  const kernels = broadcast(kernel.layout, [...maps, outputs, channels, ...window]);
  const weights = regrouped(tensors, { ...bare(kernel), layout: kernels }, [
    group * outputs,
    channels,
    ...window,
  ]);

  // ONNX convolves over one dimension at least.
  const one = spatial.length === 0 ? [1] : [];
  const from = contiguous(tensors, regrouped(tensors, input, [...shapeOf(input.layout), ...one]));
  const by = contiguous(tensors, regrouped(tensors, weights, [...shapeOf(weights.layout), ...one]));
  const ones = (list: readonly number[]) => [...list, ...one];
  const pads = [0, 1].flatMap((side) => padding.map((widths) => Math.max(0, widths[side])));
  const source = tensors.op("Conv", [from.source, by.source], [
    batch,
    group * outputs,
    ...ones(result),
  ], {
    group,
    kernel_shape: ones(window),
    strides: ones(strides),
    dilations: ones(rhsDilation),
    pads: one.length > 0 ? [0, 0] : pads,
  });
  const split = regrouped(tensors, arrayOf(source, "float32"), [
    batch,
    ...maps,
    outputs,
    ...result,
  ]);
  const back = [...lead, 0, ...[...split.layout.keys()].slice(vmapDims + 1)];
  return { ...split, scale: x.scale * kernel.scale, layout: permute(split.layout, back) };
}

/** Puts zeros between neighbours of the dimensions after the second. */
function spaced(tensors: Tensors, array: LazyArray, distances: readonly number[]): LazyArray {
  const shape = shapeOf(array.layout);
  const far = shape.map((_, d) => d < 2 ? 1 : distances[d - 2]);
  if (far.every((distance) => distance === 1)) return array;
  const pairs = regrouped(tensors, array, shape.flatMap((size) => [size, 1]));
  const padded = pad(tensors, pairs, far.flatMap((distance) => [[0, 0], [0, distance - 1]]));
  const joined = regrouped(tensors, padded, shape.map((size, d) => size * far[d]));
  return shrink(tensors, joined, shape.map((size, d) => [0, (size - 1) * far[d] + 1]));
}

/** Windows that slide over the last dimensions. */
export interface Pooling {
  readonly window: readonly number[];
  readonly strides: readonly number[];
}

/** The windows of an array [..., S...] as [..., places..., window...]. */
export function windows(
  tensors: Tensors,
  array: LazyArray,
  { window, strides }: Pooling,
): LazyArray {
  const shape = shapeOf(array.layout);
  const lead = shape.length - window.length;
  let result = array;
  for (const [i, size] of window.entries()) {
    // Dimensions before this one have become two already.
    const axis = lead + 2 * i;
    const { at, places } = starts(shape[lead + i], size, strides[i]);
    const index = arrayOf(tensors.constant("int32", at, [places, size]), "int32");
    result = gather(tensors, result, [index], {
      axis: [axis],
      outDim: axis,
      positions: [places, size],
    });
  }
  const pairs = [...window.keys()].map((i) => lead + 2 * i);
  const order = [...shape.keys().take(lead), ...pairs, ...pairs.map((d) => d + 1)];
  return { ...result, layout: permute(result.layout, order) };
}

/** The sum of what the windows of each position hold: the transpose of {@linkcode windows}. */
export function windowSums(
  tensors: Tensors,
  array: LazyArray,
  { window, strides }: Pooling,
  shape: readonly number[],
): LazyArray {
  const lead = shape.length - window.length;
  let result = array;
  for (const [i, size] of window.entries()) {
    // Each round takes the first window away and puts what it sums to behind.
    const left = window.length - i;
    const dims = [...result.layout.keys()];
    const [place, inside] = [lead, lead + left];
    const rest = dims.filter((d) => d !== place && d !== inside);
    const moved = { ...result, layout: permute(result.layout, [...rest, place, inside]) };
    const { at, places } = starts(shape[lead + i], size, strides[i]);
    const belongs = new Float32Array(shape[lead + i] * at.length);
    for (const [window, position] of at.entries()) belongs[position * at.length + window] = 1;
    const matrix = tensors.constant(array.type, belongs, [shape[lead + i], places * size]);
    const others = shapeOf(moved.layout).slice(0, -2);
    const rows = regrouped(tensors, moved, [...others, 1, places * size]);
    result = dot(tensors, rows, arrayOf(matrix, array.type), [...others, ...matrix.shape]);
  }
  return result;
}

/** The position of every element of every window. */
function starts(length: number, size: number, stride: number) {
  const places = Math.floor((length - size) / stride) + 1;
  const at = Array.from(
    { length: places * size },
    (_, i) => Math.floor(i / size) * stride + i % size,
  );
  return { at, places };
}
