/**
 * Taking a span out of a video into a file of its own. Needs `ffi`.
 *
 * @module
 */
import { type FormatContext, Packet, type Stream } from "node-av/lib";
import {
  AV_NOPTS_VALUE,
  AVDISCARD_ALL,
  AVMEDIA_TYPE_AUDIO,
  AVSEEK_FLAG_BACKWARD,
} from "node-av/constants";
import { openContainer, pictureStream } from "../pipeline/decode/container.ts";
import { decodeFailure, REASONS } from "../pipeline/decode/failure.ts";
import { findKeyFrame } from "./key_frame.ts";
import { Output } from "./output.ts";
import { CopiedTrack, EncodedTrack, type Encoding, type Track } from "./track.ts";

/** What an excerpt is to be like. */
export interface ExcerptPlan {
  readonly format: "mp4" | "gif";
  /** Options of what writes the container, in FFmpeg's names. */
  readonly writer: Readonly<Record<string, string>>;
  readonly sound: boolean;
  /** Whether times in the file are the video's own; else it begins at zero. */
  readonly keepTimes: boolean;
  /**
   * Whether a stream's packets are kept as they are: of pictures, from the key frame at or before
   * the start on. What comes without times is encoded nevertheless.
   */
  copies(stream: Stream): boolean;
  /** How a stream is encoded that is not copied. */
  encoding(stream: Stream): Omit<Encoding, "begin" | "end">;
}

/** Seconds that sound and pictures may lie apart in a file. */
const APART = 2;

/** The streams of an open video that go into an excerpt. */
export interface Input {
  readonly container: FormatContext;
  readonly picture: Stream;
  readonly sound: Stream | undefined;
}

/**
 * Opens a video to read its pictures and its sound alone.
 *
 * @param path The file; the caller closes the container's input.
 * @throws {Error} If it cannot be opened or holds no pictures; in one line.
 */
export async function openInput(path: string, wantsSound: boolean): Promise<Input> {
  const container = await openContainer(path);
  const picture = pictureStream(container.streams);
  if (!picture) {
    await container.closeInput();
    throw decodeFailure(path, REASONS.noPictures);
  }
  const best = container.findBestStream(AVMEDIA_TYPE_AUDIO, -1, picture.index);
  const sound = wantsSound ? container.streams[best] : undefined;
  for (const stream of container.streams) {
    if (stream.index !== picture.index && stream.index !== sound?.index) {
      stream.discard = AVDISCARD_ALL;
    }
  }
  return { container, picture, sound };
}

/**
 * Writes the span of a video from `start` to `end`, in seconds of the container's own zero.
 *
 * @param path The video.
 * @param out The file to write.
 * @param signal Gives up; what was written stays.
 * @throws {Error} If the video cannot be read, has nothing there, or the file cannot be written.
 */
export async function writeExcerpt(
  path: string,
  start: number,
  end: number,
  out: string,
  plan: ExcerptPlan,
  signal?: AbortSignal,
): Promise<void> {
  await new Excerpt(path, start, end, plan, signal).write(out);
}

class Excerpt {
  readonly #path: string;
  readonly #start: number;
  readonly #end: number;
  readonly #plan: ExcerptPlan;
  readonly #signal: AbortSignal | undefined;

  constructor(
    path: string,
    start: number,
    end: number,
    plan: ExcerptPlan,
    signal: AbortSignal | undefined,
  ) {
    this.#path = path;
    this.#start = start;
    this.#end = end;
    this.#plan = plan;
    this.#signal = signal;
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
      const { format, writer } = this.#plan;
      const output = new Output(out, format, writer);
      await this.#addTracks(input, key?.stamp ?? null, output, tracks);
      await this.#run(input, output, packet);
    } finally {
      await input.container.closeInput();
    }
  }

  #open(): Promise<Input> {
    return openInput(this.#path, this.#plan.sound);
  }

  /** @param key The key frame to begin with, in ticks; null where the container has no times. */
  async #addTracks(
    { container, picture, sound }: Input,
    key: bigint | null,
    output: Output,
    opened: DisposableStack,
  ): Promise<void> {
    const { keepTimes } = this.#plan;
    const copies = (stream: Stream) => key !== null && this.#plan.copies(stream);
    const zero = zeroOf(container);
    // Pictures and sound stay together: where pictures begin earlier, sound does too.
    const begin = copies(picture)
      ? Number(key) * picture.timeBase.num / picture.timeBase.den
      : this.#start + zero;
    const end = this.#end + zero;
    for (const stream of sound ? [picture, sound] : [picture]) {
      const first = stream === picture && key !== null ? key : ticks(begin, stream);
      const track: Track = opened.use(
        copies(stream)
          ? new CopiedTrack(stream, first, keepTimes ? ticks(zero, stream) : first)
          : await EncodedTrack.open(stream, { begin, end, ...this.#plan.encoding(stream) }),
      );
      output.add(stream.index, track, keepTimes && !copies(stream) ? begin - zero : 0);
    }
  }

  async #run({ container, picture, sound }: Input, output: Output, packet: Packet): Promise<void> {
    const end = this.#end + zeroOf(container);
    const open = new Set(sound ? [picture.index, sound.index] : [picture.index]);
    try {
      packet.unref();
      while (open.size > 0 && await container.readFrame(packet) >= 0) {
        this.#signal?.throwIfAborted();
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
