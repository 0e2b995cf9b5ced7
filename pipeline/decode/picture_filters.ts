import { orientationFilter, swapsSides } from "./orientation.ts";
import { type Look, SKETCH_SIDE, type StreamFacts } from "./source.ts";

/** Width of thumbnails in pixels, as shown, where no other is asked for. */
const THUMBNAIL_WIDTH = 160;

/**
 * A frame whose short side is more than this many times the model's picture is made smaller by
 * FFmpeg first, to half of that, so that an 8K film takes no more memory than an HD one. Of four
 * pixels a side that become one, it makes little difference in which way.
 */
const GIANT = 8;

/**
 * Formats that FFmpeg turns into RGB of the same size by a table, in a third of the time, and to
 * within a level or two alike everywhere. All else goes through its scaler, which rounds and places
 * colours in many ways unless told how.
 */
const PLAIN = /^yuvj?420p$/;
const EXACT = "accurate_rnd+full_chroma_int+full_chroma_inp";

/** Pixels this little from square count as square: encoders round sizes. */
const SQUARE_WITHIN = 0.02;

/** Pixels across and rows, as shown. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The shape of a pixel, width over height, from the ratio that a stream gives; 1 without one. */
export function pixelAspect(numerator: number, denominator: number): number {
  const aspect = numerator > 0 && denominator > 0 ? numerator / denominator : 1;
  return Math.abs(aspect - 1) < SQUARE_WITHIN ? 1 : aspect;
}

/** The size at which players show a stream: pixels made square, then turned. */
export function shownSize(facts: StreamFacts): Size {
  const width = Math.max(1, Math.round(facts.width * facts.pixelAspect));
  return swapsSides(facts.orientation)
    ? { width: facts.height, height: width }
    : { width, height: facts.height };
}

/**
 * The size of the RGB pictures that the model's own preprocessing starts from: the size shown, but
 * for giant frames.
 *
 * @param imageSize S, the side of the model's pictures.
 */
export function pictureSize(facts: StreamFacts, imageSize: number): Size {
  const { width, height } = shownSize(facts);
  const short = Math.min(width, height);
  if (short <= GIANT * imageSize) return { width, height };
  const scale = GIANT / 2 * imageSize / short;
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/**
 * FFmpeg's filters from a decoded frame to the picture and the thumbnail. Size, matrix and range
 * are all spelled out: what a filter picks by itself changes from version to version, and the two
 * decoders are of different ones.
 */
export function pictureFilters(
  facts: StreamFacts,
  imageSize: number,
  thumbnailWidth = THUMBNAIL_WIDTH,
): Pick<Look, "rgb" | "thumbnail" | "width" | "height"> {
  const size = pictureSize(facts, imageSize);
  const { width, height } = shownSize(facts);
  const thumbnail = {
    width: thumbnailWidth,
    height: Math.max(1, Math.round(thumbnailWidth * height / width)),
  };
  const giant = size.width !== width || size.height !== height;
  const plain = facts.pixelAspect === 1 && PLAIN.test(facts.pixelFormat);
  const method = giant ? `area+${EXACT}` : plain ? "bilinear" : `bicubic+${EXACT}`;
  return {
    ...size,
    rgb: `${scale(facts, size, method)},format=rgb24` +
      orientationFilter(facts.orientation),
    thumbnail: `${scale(facts, thumbnail, `area+${EXACT}`)}:out_range=pc,format=yuvj420p` +
      orientationFilter(facts.orientation),
  };
}

/** FFmpeg's filters from a decoded frame to a sketch of it. */
export function sketchFilter(facts: StreamFacts): string {
  const size = { width: SKETCH_SIDE, height: SKETCH_SIDE };
  return `${scale(facts, size, `area+${EXACT}`)},format=rgb24`;
}

/**
 * @param shown The size after turning.
 * @param flags FFmpeg's flags of the scaler.
 */
function scale({ orientation, color }: StreamFacts, shown: Size, flags: string): string {
  const [width, height] = swapsSides(orientation)
    ? [shown.height, shown.width]
    : [shown.width, shown.height];
  return `scale=${width}:${height}:flags=${flags}:in_color_matrix=${color.matrix}` +
    `:in_range=${color.range}`;
}

/**
 * Reads the colour tags of a stream. Without a matrix players take BT.709 for high definition and
 * BT.601 for the rest, and so do we.
 *
 * @param matrix `color_space` in FFmpeg's names; null where it is not said.
 * @param range `color_range` in FFmpeg's names; null where it is not said.
 * @param pixelFormat Name of the pixel format.
 */
export function streamColor(
  { matrix, range, pixelFormat, width, height }: {
    readonly matrix: string | null;
    readonly range: string | null;
    readonly pixelFormat: string;
  } & Size,
): StreamFacts["color"] {
  const matrices: Record<string, string> = {
    bt709: "bt709",
    bt470bg: "bt601",
    smpte170m: "bt601",
    fcc: "fcc",
    smpte240m: "smpte240m",
    bt2020nc: "bt2020",
    bt2020c: "bt2020",
  };
  const guess = width >= 1280 || height > 576 ? "bt709" : "bt601";
  const full = range === "pc" || (range === null && pixelFormat.startsWith("yuvj"));
  return { matrix: matrices[matrix ?? ""] ?? guess, range: full ? "pc" : "tv" };
}
