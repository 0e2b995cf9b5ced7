/**
 * A convolutional stem: what embeds patches where a vision tower is small. Each stage shortens the
 * sides of the picture, then its blocks look at every place's eight neighbours twice, so that an
 * embedded patch knows what lies across its edges. A small tower learns things from a fraction of
 * the pictures that one with a linear embedding needs (Xiao et al., "Early Convolutions Help
 * Transformers See Better", 2021).
 *
 * Convolutions are linear layers over rows, a row a place.
 *
 * @module
 */
import type { Graph, Value } from "../../onnx/graph.ts";
import type { VisionConfig } from "./config.ts";
import type { TowerWeights } from "./weights.ts";

/** Pictures whose places are rows. */
interface Picture {
  /** [F·side², channels] */
  readonly values: Value;
  readonly side: number;
  readonly channels: number;
}

/**
 * Embeds patches through the stages of the stem.
 *
 * @param cut Normalised patches as rows, channel by channel, [F·P, 3·patchSize²].
 * @returns [F·P, width]
 */
export function convolutionalStem(
  g: Graph,
  weights: TowerWeights,
  cut: Value,
  { imageSize, patchSize, stem }: VisionConfig,
): Value {
  let picture = whole(g, cut, Math.floor(imageSize / patchSize), patchSize);
  stem.forEach(({ stride, width, blocks }, stage) => {
    const name = `vision_model.embeddings.stem.${stage}`;
    const side = picture.side / stride;
    const normalised = (values: Value, layer: string): Picture => ({
      values: g.op("Relu", [weights.batchNorm(g, values, layer, width)]),
      side,
      channels: width,
    });
    const convolved = (from: Picture, layer: string) =>
      normalised(convolution(g, weights, from, layer), layer);
    const merge = `${name}.merge`;
    const merged = weights.linear(g, windows(g, picture, stride), merge, {
      inputs: stride * stride * picture.channels,
      outputs: width,
      bias: false,
    });
    picture = normalised(merged, merge);
    for (let block = 0; block < blocks; block++) {
      const first = convolved(picture, `${name}.blocks.${block}.conv1`);
      const second = convolved(first, `${name}.blocks.${block}.conv2`);
      picture = { ...picture, values: g.op("Add", [picture.values, second.values]) };
    }
  });
  return picture.values;
}

/** Patches in their places. */
function whole(g: Graph, cut: Value, across: number, patchSize: number): Picture {
  const side = across * patchSize;
  const patches = g.op("Reshape", [cut, g.ints([-1, across, across, 3, patchSize, patchSize])]);
  const rows = g.op("Transpose", [patches], { perm: [0, 1, 4, 2, 5, 3] });
  return { values: g.op("Reshape", [rows, g.ints([-1, 3])]), side, channels: 3 };
}

/** Windows side by side as rows: place by place, each channel by channel. */
function windows(g: Graph, { values, side, channels }: Picture, size: number): Value {
  const across = side / size;
  const split = g.op("Reshape", [values, g.ints([-1, across, size, across, size, channels])]);
  const gathered = g.op("Transpose", [split], { perm: [0, 1, 3, 2, 4, 5] });
  return g.op("Reshape", [gathered, g.ints([-1, size * size * channels])]);
}

/**
 * Convolves each place with its eight neighbours; outside of the picture are zeros. What lies to
 * the left and right is gathered before the product and what lies above and below is added after
 * it, so that a place is moved three times on either side of the product and not nine times before
 * it.
 *
 * The weight's rows are the kernels, row by row, place by place, channel by channel.
 *
 * @returns [F·side², channels]
 */
function convolution(g: Graph, weights: TowerWeights, picture: Picture, name: string): Value {
  const { values, side, channels } = picture;
  const split = (rows: Value, size: number) =>
    g.op("Reshape", [rows, g.ints([-1, side, side, size])]);
  const own = split(values, channels);
  const beside = g.op("Concat", [
    shifted(g, own, side, "columns", 1),
    own,
    shifted(g, own, side, "columns", -1),
  ], { axis: -1 });
  const three = 3 * channels;
  const kernels = weights.float32(g, `${name}.weight`, [channels, three * 3]);
  const byRow = g.op("Transpose", [
    g.op("Reshape", [kernels, g.ints([channels, 3, three])]),
  ], { perm: [1, 0, 2] });
  const products = g.op("Gemm", [
    g.op("Reshape", [beside, g.ints([-1, three])]),
    g.op("Reshape", [byRow, g.ints([three, three])]),
  ], { transB: 1 });
  const [above, middle, below] = g.ops(
    "Split",
    [
      split(products, three),
      g.ints([channels, channels, channels]),
    ],
    3,
    { axis: -1 },
  );
  const sum = g.op("Add", [
    g.op("Add", [shifted(g, above, side, "rows", 1), middle]),
    shifted(g, below, side, "rows", -1),
  ]);
  return g.op("Reshape", [sum, g.ints([-1, channels])]);
}

/** Moves every row down or every column to the right by one, or the other way; zeros come in. */
function shifted(
  g: Graph,
  values: Value,
  side: number,
  what: "rows" | "columns",
  by: 1 | -1,
): Value {
  const axis = g.ints([what === "rows" ? 1 : 2]);
  const padded = g.op("Pad", [values, g.ints(by > 0 ? [1, 0] : [0, 1]), g.floats(0), axis]);
  const start = by > 0 ? 0 : 1;
  return g.op("Slice", [padded, g.ints([start]), g.ints([start + side]), axis]);
}
