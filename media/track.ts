/**
 * The ways of a stream into a file: its packets as they are, or decoded and encoded anew.
 *
 * @module
 */
import { Decoder, Encoder, FilterAPI } from "node-av/api";
import {
  type CodecParameters,
  FFmpegError,
  type Frame,
  type Packet,
  Rational,
  type Stream,
} from "node-av/lib";
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_NOPTS_VALUE,
  AVMEDIA_TYPE_VIDEO,
  type FFEncoderCodec,
} from "node-av/constants";

/** What turns packets of a stream into packets of another file. */
export interface Track extends Disposable {
  /** Packets for the other file, which the caller frees; null ends the stream. */
  take(packet: Packet | null): Promise<Packet[]>;
  /** Whether the other file's header can tell of it. */
  readonly ready: boolean;
  /** Ticks of the packets that come out. */
  readonly timeBase: { readonly num: number; readonly den: number };
  /** Tells the other file's stream what it holds. */
  describe(stream: Stream): void;
}

/** A stream whose packets are kept as they are, but for their times. */
export class CopiedTrack implements Track {
  readonly ready = true;
  readonly timeBase: Rational;
  readonly #from: Stream;
  readonly #first: bigint;
  readonly #zero: bigint;

  /**
   * @param from The stream.
   * @param first Packets that are shown before are left out, in ticks.
   * @param zero What becomes zero, in ticks.
   */
  constructor(from: Stream, first: bigint, zero: bigint) {
    this.#from = from;
    this.#first = first;
    this.#zero = zero;
    this.timeBase = new Rational(from.timeBase.num, from.timeBase.den);
  }

  take(packet: Packet | null): Promise<Packet[]> {
    if (!packet || packet.pts === AV_NOPTS_VALUE || packet.pts < this.#first) {
      return Promise.resolve([]);
    }
    const copy = packet.clone()!;
    copy.pts -= this.#zero;
    if (copy.dts !== AV_NOPTS_VALUE) copy.dts -= this.#zero;
    return Promise.resolve([copy]);
  }

  describe(stream: Stream): void {
    const from = this.#from;
    FFmpegError.throwIfError(from.codecpar.copy(stream.codecpar), "copy a stream");
    // Tags are of the old container.
    stream.codecpar.codecTag = 0;
    stream.timeBase = this.timeBase;
    stream.avgFrameRate = from.avgFrameRate;
    stream.sampleAspectRatio = from.sampleAspectRatio;
    copySideData(from.codecpar, stream.codecpar);
  }

  [Symbol.dispose](): void {}
}

/** How a stream is encoded. */
export interface Encoding {
  /** Where the moment begins, in seconds of the stream's time stamps: it becomes zero. */
  readonly begin: number;
  /** Where it ends, in the same. */
  readonly end: number;
  readonly codec: FFEncoderCodec;
  /** FFmpeg's filters between decoder and encoder, but for those of time. */
  readonly filters: string;
  /** The encoder's own options. */
  readonly options: Readonly<Record<string, string>>;
  /** Whether the container wants what all packets share in its header. */
  readonly globalHeader: boolean;
}

/** Seconds that a time stamp may be off what it stands for. */
const SLACK = 1e-4;

/** A finer clock than any frame rate, so that no two frames fall together. */
const TICKS = new Rational(1, 90_000);

/** A stream that is decoded, filtered and encoded. */
export class EncodedTrack implements Track {
  readonly #decoder: Decoder;
  readonly #filter: FilterAPI;
  readonly #encoder: Encoder;
  readonly #encoding: Encoding;
  readonly #picture: boolean;

  private constructor(
    decoder: Decoder,
    filter: FilterAPI,
    encoder: Encoder,
    encoding: Encoding,
    picture: boolean,
  ) {
    this.#encoding = encoding;
    this.#picture = picture;
    this.#decoder = decoder;
    this.#filter = filter;
    this.#encoder = encoder;
  }

  /** @throws {Error} If there is no decoder or encoder. */
  static async open(from: Stream, encoding: Encoding): Promise<EncodedTrack> {
    const picture = from.codecpar.codecType === AVMEDIA_TYPE_VIDEO;
    using opened = new DisposableStack();
    const decoder = opened.use(await Decoder.create(from, { exitOnError: false }));
    const filter = opened.use(FilterAPI.create(zeroed(encoding, picture)));
    const encoder = opened.use(
      await Encoder.create(encoding.codec, {
        decoder,
        filter,
        options: encoding.options,
        configure: (context) => {
          if (picture && encoding.globalHeader) context.timeBase = TICKS;
        },
      }),
    );
    if (encoding.globalHeader) encoder.setCodecFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
    opened.move();
    return new EncodedTrack(decoder, filter, encoder, encoding, picture);
  }

  get ready(): boolean {
    return this.#encoder.isEncoderInitialized;
  }

  get timeBase(): Rational {
    return this.#encoder.getCodecContext()!.timeBase;
  }

  async take(packet: Packet | null): Promise<Packet[]> {
    const packets: Packet[] = [];
    for (const frame of await this.#decoder.decodeAll(packet)) {
      using decoded = frame;
      if (!this.#wants(decoded)) continue;
      await this.#encode(await this.#filter.processAll(decoded), packets);
    }
    if (!packet) {
      for await (const frame of this.#filter.flushFrames()) await this.#encode([frame], packets);
      for await (const last of this.#encoder.flushPackets()) packets.push(last);
    }
    return packets;
  }

  describe(stream: Stream): void {
    const context = this.#encoder.getCodecContext()!;
    stream.timeBase = context.timeBase;
    stream.avgFrameRate = context.framerate;
    stream.sampleAspectRatio = context.sampleAspectRatio;
    FFmpegError.throwIfError(stream.codecpar.fromContext(context), "describe a stream");
  }

  [Symbol.dispose](): void {
    this.#encoder.close();
    this.#filter.close();
    this.#decoder.close();
  }

  #wants({ pts, duration, timeBase: { num, den } }: Frame): boolean {
    const { begin, end } = this.#encoding;
    const from = Number(pts) * num / den, to = Number(pts + duration) * num / den;
    // Sound is cut to the sample by a filter; a picture counts where it begins.
    return (this.#picture ? from >= begin - SLACK : to > begin) && from < end - SLACK;
  }

  async #encode(frames: readonly Frame[], packets: Packet[]): Promise<void> {
    for (const frame of frames) {
      using filtered = frame;
      packets.push(...await this.#encoder.encodeAll(filtered));
    }
  }
}

/** The filters, behind those that count from the beginning of the moment. */
function zeroed({ begin, filters }: Encoding, picture: boolean): string {
  return picture
    ? `setpts=PTS-${begin}/TB,${filters}`
    : `atrim=start=${begin},asetpts=PTS-${begin}/TB,${filters}`;
}

/** Rotation and what displays of high dynamic range need. */
function copySideData(from: CodecParameters, to: CodecParameters): void {
  for (const { type, data } of from.getAllCodedSideData()) {
    if (!to.getCodedSideData(type)) to.addCodedSideData(type, data);
  }
}
