/**
 * How browsers play a video: as it is, or in segments made for them. Needs `ffi`.
 *
 * @module
 */
import { avGetCodecName, avGetCodecString, avGetPixFmtName, type Stream } from "node-av/lib";
import {
  AV_CODEC_ID_AAC,
  AV_CODEC_ID_AV1,
  AV_CODEC_ID_FLAC,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_MP3,
  AV_CODEC_ID_OPUS,
  AV_CODEC_ID_VORBIS,
  AV_CODEC_ID_VP8,
  AV_CODEC_ID_VP9,
  AV_NOPTS_VALUE,
  AVMEDIA_TYPE_AUDIO,
  FF_ENCODER_FLAC,
  FF_ENCODER_LIBX264,
} from "node-av/constants";
import { streamOrientation } from "../pipeline/decode/container.ts";
import { orientationFilter } from "../pipeline/decode/orientation.ts";
import { removeDelay } from "./composition.ts";
import { type ExcerptPlan, openInput, writeExcerpt } from "./excerpt.ts";

/** How a video can be played. */
export interface Playback {
  /** Whether all browsers play the file as it is. */
  readonly direct: boolean;
  /** The media type of the file with its codecs. */
  readonly type: string;
  /** The media type of its segments with their codecs. */
  readonly segmentType: string;
  /** Seconds. */
  readonly duration: number;
}

/** Seconds of a segment: short enough to be made while one waits. */
export const SEGMENT_SECONDS = 6;

/** What all browsers play in MP4. */
const MP4_PICTURES: ReadonlySet<number> = new Set([
  AV_CODEC_ID_H264,
  AV_CODEC_ID_VP9,
  AV_CODEC_ID_AV1,
]);
const MP4_SOUND: ReadonlySet<number> = new Set([
  AV_CODEC_ID_AAC,
  AV_CODEC_ID_MP3,
  AV_CODEC_ID_OPUS,
  AV_CODEC_ID_FLAC,
]);

/** What all browsers play in WebM. */
const WEBM_PICTURES: ReadonlySet<number> = new Set([
  AV_CODEC_ID_VP8,
  AV_CODEC_ID_VP9,
  AV_CODEC_ID_AV1,
]);
const WEBM_SOUND: ReadonlySet<number> = new Set([AV_CODEC_ID_OPUS, AV_CODEC_ID_VORBIS]);

/** What the segments of pictures and of sound are where they are encoded. */
const ENCODED_PICTURES = "avc1.640028";
const ENCODED_SOUND = "flac";

/**
 * Says how a video can be played.
 *
 * @param path The file.
 * @throws {Error} If it cannot be opened or holds no pictures; in one line.
 */
export async function describePlayback(path: string): Promise<Playback> {
  const { container, picture, sound } = await openInput(path, true);
  try {
    const format = container.iformat?.name ?? "";
    const streams = sound ? [picture, sound] : [picture];
    const plays = (pictures: ReadonlySet<number>, sounds: ReadonlySet<number>) =>
      pictures.has(picture.codecpar.codecId) && isPlain(picture) &&
      (!sound || sounds.has(sound.codecpar.codecId));
    const mp4 = /\bmp4\b/.test(format), webm = /\bwebm\b/.test(format);
    const direct = (mp4 && plays(MP4_PICTURES, MP4_SOUND)) ||
      (webm && plays(WEBM_PICTURES, WEBM_SOUND));
    const codecs = streams.map(codecString).join(",");
    const segments = streams.map((stream) =>
      copies(stream) ? codecString(stream) : stream === sound ? ENCODED_SOUND : ENCODED_PICTURES
    ).join(",");
    const microseconds = container.duration;
    return {
      direct,
      type: `${mediaType(format, mp4, webm)}; codecs="${codecs}"`,
      segmentType: `video/mp4; codecs="${segments}"`,
      duration: microseconds === AV_NOPTS_VALUE ? 0 : Number(microseconds) / 1e6,
    };
  } finally {
    await container.closeInput();
  }
}

/**
 * Writes a segment: a fragmented MP4 with the video's own times, from
 * `segment` · {@linkcode SEGMENT_SECONDS} for so many seconds. Where packets are copied it begins
 * with the key frame before.
 *
 * @param out The file to write.
 * @throws {Error} If the video cannot be read, or has nothing there.
 */
export async function writeSegment(
  path: string,
  segment: number,
  out: string,
  signal: AbortSignal,
): Promise<void> {
  const start = segment * SEGMENT_SECONDS;
  const partial = `${out}.part`;
  try {
    await writeExcerpt(path, start, start + SEGMENT_SECONDS, partial, SEGMENT, signal);
    const mp4 = await Deno.readFile(partial);
    removeDelay(mp4);
    await Deno.writeFile(partial, mp4);
    await Deno.rename(partial, out);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw error;
  }
}

const SEGMENT: ExcerptPlan = {
  format: "mp4",
  writer: {
    movflags: "+frag_keyframe+empty_moov+default_base_moof+frag_discont",
    avoid_negative_ts: "disabled",
    strict: "experimental",
  },
  sound: true,
  keepTimes: true,
  copies,
  encoding: (stream) => stream.codecpar.codecType === AVMEDIA_TYPE_AUDIO ? SOUND : pictures(stream),
};

/** What needs no encoding to stand in a segment. */
function copies(stream: Stream): boolean {
  const { codecId } = stream.codecpar;
  return codecId === AV_CODEC_ID_AAC || (codecId === AV_CODEC_ID_H264 && isPlain(stream));
}

/** Lossless, so that segments meet without the silence that lossy encoders begin with. */
const SOUND = {
  codec: FF_ENCODER_FLAC,
  filters: "aformat=sample_fmts=s16:sample_rates=48000:channel_layouts=stereo",
  options: {},
  globalHeader: true,
};

/** Made fast, of no more pixels than most screens have. */
function pictures(stream: Stream) {
  return {
    codec: FF_ENCODER_LIBX264,
    filters: `format=yuv420p${orientationFilter(streamOrientation(stream))}` +
      ",scale=w='trunc(min(1920,iw)/2)*2':h=-2",
    options: { preset: "veryfast", crf: "21" },
    globalHeader: true,
  };
}

/** Whether the pictures are of 8 bits at half the resolution in colour, as all browsers decode. */
function isPlain({ codecpar }: Stream): boolean {
  const format = avGetPixFmtName(codecpar.format as Parameters<typeof avGetPixFmtName>[0]);
  return format === "yuv420p" || format === "yuvj420p";
}

function codecString({ codecpar }: Stream): string {
  return avGetCodecString(codecpar) ?? avGetCodecName(codecpar.codecId) ?? "unknown";
}

function mediaType(format: string, mp4: boolean, webm: boolean): string {
  if (mp4) return "video/mp4";
  if (webm) return "video/webm";
  return format === "mpegts" ? "video/mp2t" : `video/x-${format.split(",")[0]}`;
}
