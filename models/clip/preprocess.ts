/**
 * CLIP's picture preprocessing, byte for byte: antialiased bicubic resize of the short side, then
 * a square from the centre. Scaling to [0, 1] and normalising are the head of the vision graph.
 *
 * The resize is Pillow's own algorithm: two passes, horizontal first, with coefficients of 22
 * fractional bits and bytes in between. Integer arithmetic in plain TypeScript is faster here than
 * a general operator, because it computes only the rows and columns that the crop keeps, and it
 * needs no permission, so the sandboxed decoder can run it.
 *
 * @module
 */

/** A picture: 8-bit RGB, row by row, no padding between rows. */
export interface RgbImage {
  /** Pixels in a row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** [height, width, 3]. */
  readonly rgb: Uint8Array;
}

/** Cuts pictures to what a model sees. Weights are kept for the sizes seen last. */
export interface Preprocessor {
  /** S, the side of the square in pixels. */
  readonly imageSize: number;
  /**
   * Resizes a picture so that its short side has S pixels and cuts S × S out of its middle.
   *
   * @param image A picture of any size.
   * @returns [S, S, 3], 8-bit RGB.
   * @throws {RangeError} If the picture has no pixels, or not as many bytes as its size says.
   */
  crop(image: RgbImage): Uint8Array<ArrayBuffer>;
}

/**
 * Makes a preprocessor for a model.
 *
 * @param imageSize S, the side of the model's pictures in pixels; must be a positive integer.
 * @throws {RangeError} If the size is not a positive integer.
 *
 * @example
 * ```ts
 * import { openPreprocessor } from "./preprocess.ts";
 * import assert from "node:assert/strict";
 *
 * const preprocessor = openPreprocessor(224);
 * const grey = new Uint8Array(640 * 360 * 3).fill(128);
 * const pixels = preprocessor.crop({ width: 640, height: 360, rgb: grey });
 * assert.equal(pixels.length, 224 * 224 * 3);
 * assert(pixels.every((byte) => byte === 128));
 * ```
 */
export function openPreprocessor(imageSize: number): Preprocessor {
  if (!Number.isInteger(imageSize) || imageSize < 1) {
    throw new RangeError(
      `Expected imageSize to be an integer greater than 0 but found ${imageSize}`,
    );
  }
  // The frames of a video have one size; a worker seldom alternates between more than a few.
  const plans = new Map<string, Plan>();
  return {
    imageSize,
    crop(image) {
      checkImage(image);
      const key = `${image.width}x${image.height}`;
      let plan = plans.get(key);
      if (!plan) {
        if (plans.size >= 8) plans.clear();
        plans.set(key, plan = planCrop(image.width, image.height, imageSize));
      }
      return resample(image, plan, imageSize);
    },
  };
}

function checkImage({ width, height, rgb }: RgbImage): void {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new RangeError(
      `Expected a picture of at least 1 × 1 pixels but found ${width} × ${height}`,
    );
  }
  if (rgb.length !== width * height * 3) {
    throw new RangeError(
      `Expected ${
        width * height * 3
      } bytes for ${width} × ${height} pixels but found ${rgb.length}`,
    );
  }
}

/** The windows and weights of one axis; null where the axis is only cut, not resized. */
interface Axis {
  /** The first source pixel of each window, [S]. */
  readonly starts: Int32Array;
  /** How many source pixels each window has, [S]. */
  readonly counts: Int32Array;
  /** Weights with 22 fractional bits, [S, taps], zero behind a window's count. */
  readonly weights: Int32Array;
  /** The most pixels that a window can have. */
  readonly taps: number;
}

interface Plan {
  readonly columns: Axis;
  readonly rows: Axis;
}

function planCrop(width: number, height: number, size: number): Plan {
  // torchvision: the long side is cut, not rounded, to whole pixels.
  const short = Math.min(width, height);
  const resizedWidth = width === short ? size : Math.trunc(size * width / short);
  const resizedHeight = height === short ? size : Math.trunc(size * height / short);
  return {
    columns: planAxis(width, resizedWidth, roundHalfEven((resizedWidth - size) / 2), size),
    rows: planAxis(height, resizedHeight, roundHalfEven((resizedHeight - size) / 2), size),
  };
}

/** Python's `round`, which torchvision places the square with. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** Pillow's `precompute_coeffs` for the bicubic filter, for `count` outputs from `first` on. */
function planAxis(source: number, target: number, first: number, count: number): Axis {
  const scale = source / target;
  const stretch = Math.max(scale, 1); // the filter widens when it shrinks: this is the antialiasing
  const support = 2 * stretch;
  const taps = source === target ? 1 : Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(count);
  const counts = new Int32Array(count);
  const weights = new Int32Array(count * taps);
  for (let i = 0; i < count; i++) {
    if (source === target) {
      // Pillow leaves an axis alone that keeps its size.
      starts[i] = first + i;
      counts[i] = 1;
      weights[i] = 1 << PRECISION;
      continue;
    }
    const centre = (first + i + 0.5) * scale;
    const start = Math.max(Math.trunc(centre - support + 0.5), 0);
    const end = Math.min(Math.trunc(centre + support + 0.5), source);
    const window = Float64Array.from(
      { length: end - start },
      (_, x) => bicubic((x + start - centre + 0.5) / stretch),
    );
    const sum = window.reduce((a, b) => a + b, 0);
    starts[i] = start;
    counts[i] = window.length;
    window.forEach((weight, x) => {
      const fixed = weight / sum * (1 << PRECISION);
      weights[i * taps + x] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    });
  }
  return { starts, counts, weights, taps };
}

/** The bicubic kernel of Pillow, a = −0.5. */
function bicubic(x: number): number {
  const a = -0.5;
  x = Math.abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

function resample({ width, rgb }: RgbImage, { columns, rows }: Plan, size: number) {
  const top = rows.starts[0];
  const bottom = rows.starts[size - 1] + rows.counts[size - 1];
  const across = resampleAcross(rgb.subarray(top * width * 3, bottom * width * 3), width, columns);
  return resampleDown(across, top, size * 3, rows);
}

// Both passes: `| 0` after each sum keeps the arithmetic in 32-bit registers, and a clamped array
// clips to 0…255 as it stores; together a third faster than letting the engine find out.

/** Every line of `lines`, [height, width, 3], resampled to the kept columns, [height, S, 3]. */
function resampleAcross(
  lines: Uint8Array,
  width: number,
  { starts, counts, weights, taps }: Axis,
): Uint8ClampedArray {
  const result = new Uint8ClampedArray(lines.length / width * starts.length);
  let out = 0;
  for (let line = 0; line < lines.length; line += width * 3) {
    for (let x = 0; x < starts.length; x++) {
      let at = line + starts[x] * 3;
      let k = x * taps;
      let red = HALF, green = HALF, blue = HALF;
      for (const end = k + counts[x]; k < end; k++, at += 3) {
        const weight = weights[k];
        red = (red + Math.imul(lines[at], weight)) | 0;
        green = (green + Math.imul(lines[at + 1], weight)) | 0;
        blue = (blue + Math.imul(lines[at + 2], weight)) | 0;
      }
      result[out] = red >> PRECISION;
      result[out + 1] = green >> PRECISION;
      result[out + 2] = blue >> PRECISION;
      out += 3;
    }
  }
  return result;
}

/** The kept rows, [S, stride], from `lines`, whose first is row `top` of the picture. */
function resampleDown(
  lines: Uint8ClampedArray,
  top: number,
  stride: number,
  { starts, counts, weights, taps }: Axis,
): Uint8Array<ArrayBuffer> {
  const result = new Uint8ClampedArray(starts.length * stride);
  for (let y = 0; y < starts.length; y++) {
    const first = (starts[y] - top) * stride;
    const count = counts[y];
    for (let x = 0; x < stride; x++) {
      let sum = HALF;
      let at = first + x;
      for (let k = y * taps, end = k + count; k < end; k++, at += stride) {
        sum = (sum + Math.imul(lines[at], weights[k])) | 0;
      }
      result[y * stride + x] = sum >> PRECISION;
    }
  }
  return new Uint8Array(result.buffer);
}
