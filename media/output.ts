import { Dictionary, FFmpegError, FormatContext, type Packet, Rational } from "node-av/lib";
import type { Track } from "./track.ts";

/** A file that is written. Its header waits until every track knows what it holds. */
export class Output {
  /** How many packets were written. */
  written = 0;
  readonly #path: string;
  readonly #container = new FormatContext();
  readonly #writer: Readonly<Record<string, string>>;
  readonly #tracks = new Map<
    number,
    { readonly track: Track; readonly later: number; index: number }
  >();
  readonly #early: [index: number, packet: Packet][] = [];
  #begun = false;

  /** @param writer Options of what writes the container, in FFmpeg's names. */
  constructor(path: string, format: "mp4" | "gif", writer: Readonly<Record<string, string>>) {
    this.#path = path;
    this.#writer = writer;
    const code = this.#container.allocOutputContext2(null, format, null);
    FFmpegError.throwIfError(code, `write ${format}`);
  }

  /**
   * @param index The stream's in the video.
   * @param later Seconds that are added to the times of its packets.
   */
  add(index: number, track: Track, later: number): void {
    this.#tracks.set(index, { track, later, index: -1 });
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
    using options = Dictionary.fromObject(this.#writer);
    FFmpegError.throwIfError(await this.#container.writeHeader(options), "write");
    for (const [index, packet] of this.#early.splice(0)) await this.#write(index, packet);
  }

  async #write(from: number, packet: Packet): Promise<void> {
    using freed = packet;
    const { track, later, index } = this.#tracks.get(from)!;
    const { num, den } = this.#container.streams[index].timeBase;
    freed.streamIndex = index;
    freed.rescaleTs(track.timeBase, new Rational(num, den));
    const ticks = BigInt(Math.round(later * den / num));
    freed.pts += ticks;
    freed.dts += ticks;
    FFmpegError.throwIfError(await this.#container.interleavedWriteFrame(freed), "write");
    this.written++;
  }
}
