/**
 * Cutting moments out of videos, as files of their own. Needs `ffi`.
 *
 * @module
 */
import { dirname } from "node:path";
import type { Stream } from "node-av/lib";
import {
  AV_CODEC_ID_AAC,
  AV_CODEC_ID_AC3,
  AV_CODEC_ID_ALAC,
  AV_CODEC_ID_AV1,
  AV_CODEC_ID_EAC3,
  AV_CODEC_ID_FLAC,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_HEVC,
  AV_CODEC_ID_MP3,
  AV_CODEC_ID_MPEG4,
  AV_CODEC_ID_OPUS,
  AV_CODEC_ID_VP9,
  AVMEDIA_TYPE_AUDIO,
  FF_ENCODER_AAC,
  FF_ENCODER_GIF,
  FF_ENCODER_LIBX264,
} from "node-av/constants";
import { oneLine } from "../files/one_line.ts";
import { whyUnreadable } from "../files/unreadable.ts";
import { streamOrientation } from "../pipeline/decode/container.ts";
import { orientationFilter } from "../pipeline/decode/orientation.ts";
import { type ExcerptPlan, writeExcerpt } from "./excerpt.ts";

/** How a moment is cut. */
export interface CutOptions {
  /**
   * Begins and ends at the very frames, which takes encoding. Else the file begins with the key
   * frame at or before the start and nothing is encoded, where its codecs can stand in MP4.
   */
  readonly exact: boolean;
  /** `gif` is always exact, at most 480 pixels wide, 12 frames a second, and silent. */
  readonly format: "mp4" | "gif";
  /** Gives up, and leaves no file. */
  readonly signal?: AbortSignal;
}

/** Codecs that stand in MP4 as they are. */
const COPIED: ReadonlySet<number> = new Set([
  AV_CODEC_ID_H264,
  AV_CODEC_ID_HEVC,
  AV_CODEC_ID_AV1,
  AV_CODEC_ID_VP9,
  AV_CODEC_ID_MPEG4,
  AV_CODEC_ID_AAC,
  AV_CODEC_ID_MP3,
  AV_CODEC_ID_OPUS,
  AV_CODEC_ID_FLAC,
  AV_CODEC_ID_ALAC,
  AV_CODEC_ID_AC3,
  AV_CODEC_ID_EAC3,
]);

/** Frames a second of a GIF, and its largest width. */
const GIF_RATE = 12;
const GIF_WIDTH = 480;

/**
 * Cuts a moment out of a video. The file appears when it is whole, and replaces one that is there.
 *
 * @param video The video's path.
 * @param start Where the moment begins, in seconds of the container's own zero; at least 0.
 * @param end Where it ends, in seconds; after `start`.
 * @param out The path of the file to make; its folder must be there.
 * @throws {RangeError} If the times are no span.
 * @throws {Error} If the video cannot be read, has nothing there, or the file cannot be written.
 */
export async function cutMoment(
  video: string,
  start: number,
  end: number,
  out: string,
  options: CutOptions,
): Promise<void> {
  if (!(start >= 0 && end > start && end < Infinity)) {
    throw new RangeError(`Expected 0 ≤ start < end but found ${start} and ${end}`);
  }
  const partial = `${out}.${crypto.randomUUID()}.part`;
  try {
    (await Deno.create(partial)).close();
  } catch (error) {
    const folder = dirname(out);
    throw new Error(`Cannot write into ${oneLine(folder)}: ${whyUnreadable(error)}`, {
      cause: error,
    });
  }
  try {
    await writeExcerpt(video, start, end, partial, planOf(options), options.signal);
    await Deno.rename(partial, out);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    options.signal?.throwIfAborted();
    const { message } = error as Error;
    if (message.startsWith("Cannot ")) throw error;
    throw new Error(`Cannot cut ${oneLine(video)}: ${oneLine(message)}`, { cause: error });
  }
}

function planOf({ exact, format }: CutOptions): ExcerptPlan {
  return {
    format,
    // Players on the web can begin before the file is whole.
    writer: { movflags: "+faststart" },
    sound: format !== "gif",
    keepTimes: false,
    copies: ({ codecpar }) => !exact && format === "mp4" && COPIED.has(codecpar.codecId),
    encoding: (stream) =>
      stream.codecpar.codecType === AVMEDIA_TYPE_AUDIO
        ? SOUND
        : format === "gif"
        ? gif(stream)
        : pictures(stream),
  };
}

const SOUND = {
  codec: FF_ENCODER_AAC,
  filters: "aformat=fltp",
  options: { b: "160k" },
  globalHeader: true,
};

/** H.264 that every player and browser takes: 8 bits, even sides, upright. */
function pictures(stream: Stream) {
  return {
    codec: FF_ENCODER_LIBX264,
    filters: `crop=trunc(iw/2)*2:trunc(ih/2)*2,format=yuv420p${upright(stream)}`,
    options: { preset: "fast", crf: "18" },
    globalHeader: true,
  };
}

/** With one palette for the whole moment. */
function gif(stream: Stream) {
  return {
    codec: FF_ENCODER_GIF,
    filters: `fps=${GIF_RATE}${upright(stream)}` +
      `,scale=w='min(${GIF_WIDTH},iw*sar)':h=-1:flags=lanczos,setsar=1,split[a][b]` +
      ";[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=bayer:bayer_scale=4",
    options: {},
    globalHeader: false,
  };
}

function upright(stream: Stream): string {
  return orientationFilter(streamOrientation(stream));
}
