/**
 * Cutting moments out of videos, as files of their own. Needs `ffi`.
 *
 * @module
 */
import { dirname } from "node:path";
import { Dictionary, FFmpegError, FormatContext, Packet, Rational, type Stream } from "node-av/lib";
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
  AV_NOPTS_VALUE,
  AVDISCARD_ALL,
  AVMEDIA_TYPE_AUDIO,
  AVSEEK_FLAG_BACKWARD,
  FF_ENCODER_AAC,
  FF_ENCODER_GIF,
  FF_ENCODER_LIBX264,
} from "node-av/constants";
import { oneLine } from "../files/one_line.ts";
import { whyUnreadable } from "../files/unreadable.ts";
import { openContainer, pictureStream, streamOrientation } from "../pipeline/decode/container.ts";
import { decodeFailure, REASONS } from "../pipeline/decode/failure.ts";
import { orientationFilter } from "../pipeline/decode/orientation.ts";
import { findKeyFrame } from "./key_frame.ts";
import { CopiedTrack, EncodedTrack, type Track } from "./track.ts";

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

/** Seconds that sound and pictures may lie apart in a file. */
const APART = 2;

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
    await new Cut(video, start, end, options).write(partial);
    await Deno.rename(partial, out);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    options.signal?.throwIfAborted();
    const { message } = error as Error;
    if (message.startsWith("Cannot ")) throw error;
    throw new Error(`Cannot cut ${oneLine(video)}: ${oneLine(message)}`, { cause: error });
  }
}

/** An open video. */
interface Input {
  readonly container: FormatContext;
  readonly picture: Stream;
  readonly sound: Stream | undefined;
}

class Cut {
  readonly #path: string;
  readonly #start: number;
  readonly #end: number;
  readonly #options: CutOptions;

  constructor(path: string, start: number, end: number, options: CutOptions) {
    this.#path = path;
    this.#start = start;
    this.#end = end;
    this.#options = options;
  }

  async write(out: string): Promise<void> {
    using packet = new Packet();
    packet.alloc();
    const input = await this.#open();
    try {
      const { container, picture } = input;
      const at = ticks(this.#start + zeroOf(container), picture);
      const key = await findKeyFrame(() => this.#open(), packet, at);
      if (key?.target != null) {
        await container.seekFrame(picture.index, key.target, AVSEEK_FLAG_BACKWARD);
      }
      using tracks = new DisposableStack();
      const output = new Output(out, this.#options.format);
      for (const [stream, track] of await this.#tracks(input, key?.stamp ?? null, tracks)) {
        output.add(stream.index, track);
      }
      await this.#run(input, output, packet);
    } finally {
      await input.container.closeInput();
    }
  }

  async #open(): Promise<Input> {
    const container = await openContainer(this.#path);
    const picture = pictureStream(container.streams);
    if (!picture) {
      await container.closeInput();
      throw decodeFailure(this.#path, REASONS.noPictures);
    }
    const best = container.findBestStream(AVMEDIA_TYPE_AUDIO, -1, picture.index);
    const sound = this.#options.format === "gif" ? undefined : container.streams[best];
    for (const stream of container.streams) {
      if (stream.index !== picture.index && stream.index !== sound?.index) {
        stream.discard = AVDISCARD_ALL;
      }
    }
    return { container, picture, sound };
  }

  /** @param key The key frame to begin with, in ticks; null where the container has no times. */
  async #tracks(
    { container, picture, sound }: Input,
    key: bigint | null,
    opened: DisposableStack,
  ): Promise<[Stream, Track][]> {
    const { exact, format } = this.#options;
    const copies = ({ codecpar }: Stream) =>
      !exact && format === "mp4" && key !== null && COPIED.has(codecpar.codecId);
    // Pictures and sound stay together: where pictures begin earlier, sound does too.
    const begin = copies(picture)
      ? Number(key) * picture.timeBase.num / picture.timeBase.den
      : this.#start + zeroOf(container);
    const end = this.#end + zeroOf(container);
    const tracks: [Stream, Track][] = [];
    for (const stream of sound ? [picture, sound] : [picture]) {
      const first = stream === picture && key !== null ? key : ticks(begin, stream);
      const track = copies(stream)
        ? new CopiedTrack(stream, first, first)
        : await EncodedTrack.open(stream, {
          begin,
          end,
          ...(stream === sound ? SOUND : format === "gif" ? gif(stream) : pictures(stream)),
        });
      tracks.push([stream, opened.use(track)]);
    }
    return tracks;
  }

  async #run({ container, picture, sound }: Input, output: Output, packet: Packet): Promise<void> {
    const end = this.#end + zeroOf(container);
    const open = new Set(sound ? [picture.index, sound.index] : [picture.index]);
    try {
      packet.unref();
      while (open.size > 0 && await container.readFrame(packet) >= 0) {
        this.#options.signal?.throwIfAborted();
        const index = packet.streamIndex;
        const { num, den } = container.streams[index].timeBase;
        const stamp = packet.dts === AV_NOPTS_VALUE ? packet.pts : packet.dts;
        const time = Number(stamp) * num / den;
        if (stamp !== AV_NOPTS_VALUE && time >= end) open.delete(index);
        // A stream that falls silent would have the other one read to the end.
        if (stamp !== AV_NOPTS_VALUE && time >= end + APART) break;
        if (open.has(index)) await output.take(index, packet);
        packet.unref();
      }
      await output.finish();
    } finally {
      await output.close();
    }
    if (output.written === 0) throw new Error("there are no pictures in that span");
  }
}

/** The container's own zero, in seconds of its time stamps. */
function zeroOf({ startTime }: FormatContext): number {
  return startTime === AV_NOPTS_VALUE ? 0 : Number(startTime) / 1e6;
}

function ticks(seconds: number, { timeBase }: Stream): bigint {
  return BigInt(Math.round(seconds * timeBase.den / timeBase.num));
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

/** A file that is written. Its header waits until every track knows what it holds. */
class Output {
  /** How many packets were written. */
  written = 0;
  readonly #path: string;
  readonly #container = new FormatContext();
  readonly #tracks = new Map<number, { readonly track: Track; index: number }>();
  readonly #early: [index: number, packet: Packet][] = [];
  #begun = false;

  constructor(path: string, format: "mp4" | "gif") {
    this.#path = path;
    const code = this.#container.allocOutputContext2(null, format, null);
    FFmpegError.throwIfError(code, `write ${format}`);
  }

  /** @param index The stream's in the video. */
  add(index: number, track: Track): void {
    this.#tracks.set(index, { track, index: -1 });
  }

  async take(index: number, packet: Packet | null): Promise<void> {
    const { track } = this.#tracks.get(index)!;
    for (const out of await track.take(packet)) {
      if (this.#begun) await this.#write(index, out);
      else this.#early.push([index, out]);
    }
    if (!this.#begun && [...this.#tracks.values()].every(({ track }) => track.ready)) {
      await this.#begin();
    }
  }

  /** Writes what the encoders still hold, and the end of the file. */
  async finish(): Promise<void> {
    for (const index of this.#tracks.keys()) await this.take(index, null);
    // A track that never had anything is left out.
    if (!this.#begun && this.#early.length > 0) await this.#begin();
    if (this.#begun) FFmpegError.throwIfError(await this.#container.writeTrailer(), "write");
  }

  async close(): Promise<void> {
    for (const [, packet] of this.#early) packet.free();
    if (this.#begun) await this.#container.closeOutput();
    this.#container.freeContext();
  }

  async #begin(): Promise<void> {
    for (const entry of this.#tracks.values()) {
      if (!entry.track.ready) continue;
      const stream = this.#container.newStream();
      entry.track.describe(stream);
      entry.index = stream.index;
    }
    this.#container.url = `file:${this.#path}`;
    FFmpegError.throwIfError(await this.#container.openOutput(), "write");
    this.#begun = true;
    // Players on the web can begin before the file is whole.
    using options = Dictionary.fromObject({ movflags: "+faststart" });
    FFmpegError.throwIfError(await this.#container.writeHeader(options), "write");
    for (const [index, packet] of this.#early.splice(0)) await this.#write(index, packet);
  }

  async #write(from: number, packet: Packet): Promise<void> {
    using freed = packet;
    const { track, index } = this.#tracks.get(from)!;
    const { num, den } = this.#container.streams[index].timeBase;
    freed.streamIndex = index;
    freed.rescaleTs(track.timeBase, new Rational(num, den));
    FFmpegError.throwIfError(await this.#container.interleavedWriteFrame(freed), "write");
    this.written++;
  }
}
