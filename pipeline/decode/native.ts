/**
 * Decodes with FFmpeg's own libraries, from npm's `node-av`. Needs `ffi`.
 *
 * Demuxing and decoding are synchronous: an asynchronous call costs more than reading a packet does,
 * and the thread is a worker's own. Opening is not, so that a worker whose file delivers nothing can
 * be ended at once.
 *
 * @module
 */
import {
  avGetCodecName,
  avGetPixFmtName,
  Codec,
  CodecContext,
  FFmpegError,
  type FilterContext,
  FilterGraph,
  FormatContext,
  Frame,
  Packet,
  Rational,
  type Stream,
} from "node-av/lib";
import {
  AV_BUFFERSRC_FLAG_KEEP_REF,
  AV_CODEC_FLAG_QSCALE,
  AV_CODEC_ID_MJPEG,
  AV_NOPTS_VALUE,
  AV_PIX_FMT_YUVJ420P,
  AV_PKT_FLAG_DISCARD,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT2020_CL,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_FCC,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_SMPTE240M,
  AVDISCARD_ALL,
  AVDISCARD_DEFAULT,
  AVDISCARD_NONKEY,
  AVDISCARD_NONREF,
  AVSEEK_FLAG_BACKWARD,
  AVSEEK_FLAG_BYTE,
} from "node-av/constants";
import { openContainer, openOptions, pictureStream, streamOrientation } from "./container.ts";
import { decodeFailure, REASONS, STILL } from "./failure.ts";
import { FrameListBuilder } from "./frame_list.ts";
import { pixelAspect, streamColor } from "./picture_filters.ts";
import { planRuns, type Run } from "./runs.ts";
import {
  type FrameList,
  type Look,
  type Picture,
  type Sketch,
  type StreamFacts,
  THUMBNAIL_QUALITY,
  type VideoSource,
} from "./source.ts";

/** FFmpeg's quality scale in units of its own λ. */
const FF_QP2LAMBDA = 118;

/** Reading on is less work than seeking while no more bytes than this lie between. */
const SEEK_WORTH_BYTES = 1 << 20;

/** Dense key frames in a row after which sketches seek from one to the next. */
const DENSE_KEYS = 8;

/**
 * Opens a video with the native decoder.
 *
 * @param path The file, taken as it is: no URL, no pattern.
 * @param alive Called while work goes on.
 * @throws {Error} If it cannot be opened or holds no pictures; in one line.
 */
export async function openNative(path: string, alive: () => void): Promise<VideoSource> {
  const container = await openContainer(path);
  try {
    const stream = pictureStream(container.streams);
    if (!stream) throw decodeFailure(path, REASONS.noPictures);
    keepStream(container, stream.index);
    return new NativeVideo(path, `file:${path}`, container, stream, alive);
  } catch (error) {
    await container.closeInput();
    throw error;
  }
}

/** Has a container give the packets of one stream alone. */
function keepStream(container: FormatContext, index: number): Stream {
  for (const other of container.streams) {
    if (other.index !== index) other.discard = AVDISCARD_ALL;
  }
  return container.streams[index];
}

class NativeVideo implements VideoSource {
  readonly facts: StreamFacts;
  readonly #alive: () => void;
  readonly #url: string;
  #container: FormatContext;
  #stream: Stream;
  /** Presentation time stamp of the first frame. */
  readonly #first: number;
  /** Whether nothing has been read since the file was opened. */
  #fresh = true;
  readonly #decoder: CodecContext;
  readonly #packet = new Packet();
  readonly #frame = new Frame();
  readonly #filtered = new Frame();
  readonly #chains = new Map<string, FilterChain>();
  #jpeg?: CodecContext;
  #thumbnails = 0n;
  /** The list that is being decoded, and the index in it of the packet that comes next. */
  #at?: { readonly list: FrameList; next: number };

  constructor(
    path: string,
    url: string,
    container: FormatContext,
    stream: Stream,
    alive: () => void,
  ) {
    this.#alive = alive;
    this.#url = url;
    this.#first = stream.startTime === AV_NOPTS_VALUE ? 0 : Number(stream.startTime);
    this.#container = container;
    this.#stream = stream;
    this.facts = readFacts(container, stream);
    const codec = Codec.findDecoder(stream.codecpar.codecId);
    if (!codec) {
      throw decodeFailure(
        path,
        `there is no decoder for its codec ${this.facts.codec}; convert it`,
      );
    }
    this.#decoder = new CodecContext();
    this.#decoder.allocContext3(codec);
    FFmpegError.throwIfError(this.#decoder.parametersToContext(stream.codecpar), "open decoder");
    this.#decoder.pktTimebase = stream.timeBase;
    // Workers are the parallelism: threads within one decoder cost more than they give.
    this.#decoder.threadCount = 1;
    const code = this.#decoder.open2Sync(codec, null);
    if (code < 0) {
      throw decodeFailure(
        path,
        `the decoder of its codec ${this.facts.codec} does not start; convert it`,
        new FFmpegError(code),
      );
    }
    this.#packet.alloc();
    this.#frame.alloc();
    this.#filtered.alloc();
  }

  list(start: number, end: number): Promise<FrameList> {
    this.#at = undefined;
    this.#stream.discard = AVDISCARD_DEFAULT;
    // A container that seeks by decoding time may land behind the key frame that is needed.
    for (let back = 0;; back = Math.max(2 * back, 1 / this.facts.tick)) {
      const rewound = this.#seek(start - back);
      const list = new FrameListBuilder();
      while (this.#read()) {
        const packet = this.#packetFacts();
        if (list.first !== undefined && packet.start >= end) break;
        list.add(packet);
        if (!rewound && list.first !== undefined && list.first > start) break;
      }
      if (rewound || (list.first !== undefined && list.first <= start)) {
        return Promise.resolve(list.build());
      }
    }
  }

  async *pictures(
    list: FrameList,
    wanted: readonly number[],
    look: Look,
  ): AsyncGenerator<Picture> {
    for (const run of planRuns(list, wanted)) {
      const missing = new Set(run.wanted);
      for (const skip of [true, false]) {
        for (const stamp of this.#decodeRun(list, run, missing, skip)) {
          missing.delete(stamp);
          yield this.#picture(stamp, look);
        }
        // A stream whose marks of what is not referenced are wrong is decoded whole.
        if (missing.size === 0) break;
      }
    }
  }

  async *sketches(every: number, filter: string): AsyncGenerator<Sketch> {
    this.#at = undefined;
    const step = every / this.facts.tick;
    this.#stream.discard = AVDISCARD_NONKEY;
    try {
      this.#seek(-Infinity);
      let due = -Infinity;
      let dense = 0;
      while (this.#read()) {
        if (!this.#packetFacts().key) continue;
        if (this.#packetFacts().start < due) {
          // Every frame is a key frame: reading them all would be reading the whole file.
          if (++dense >= DENSE_KEYS) {
            this.#seek(due);
            dense = 0;
            while (this.#read() && this.#packetFacts().start < due);
          }
          if (this.#packetFacts().start < due) continue;
        }
        const { start, shown } = this.#packetFacts();
        if (!shown) continue;
        this.#decoder.flushBuffers();
        this.#decoder.sendPacketSync(this.#packet);
        this.#decoder.sendPacketSync(null);
        if (this.#decoder.receiveFrameSync(this.#frame) >= 0) {
          due = start + step;
          yield { start, rgb: this.#filter(filter, this.#frame).toBuffer() };
        }
      }
    } finally {
      this.#decoder.flushBuffers();
      this.#stream.discard = AVDISCARD_DEFAULT;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const chain of this.#chains.values()) chain.close();
    this.#jpeg?.freeContext();
    this.#filtered.free();
    this.#frame.free();
    this.#packet.free();
    this.#decoder.freeContext();
    await this.#container.closeInput();
  }

  /**
   * Decodes a run. While it is suspended the frame stands in `#frame`.
   *
   * @returns The time stamps of the frames wanted, as they come out.
   */
  *#decodeRun(
    list: FrameList,
    run: Run,
    wanted: ReadonlySet<number>,
    skip: boolean,
  ): Generator<number> {
    const decoder = this.#decoder;
    decoder.flushBuffers();
    if (!this.#goTo(list, run.begin)) return;
    const at = this.#at!;
    let skipping: boolean | undefined;
    for (let i = run.begin; i <= run.end; i++) {
      // The packet of the key frame has been read.
      if (i > run.begin && !this.#readNext(at)) break;
      // What no other frame refers to is not decoded unless it is wanted.
      const dispensable = skip && !wanted.has(list.stamps[i]);
      if (dispensable !== skipping) {
        decoder.setOption("skip_frame", dispensable ? AVDISCARD_NONREF : AVDISCARD_DEFAULT);
        skipping = dispensable;
      }
      decoder.sendPacketSync(this.#packet);
      yield* this.#receive(wanted);
    }
    decoder.sendPacketSync(null);
    yield* this.#receive(wanted);
  }

  *#receive(wanted: ReadonlySet<number>): Generator<number> {
    while (this.#decoder.receiveFrameSync(this.#frame) >= 0) {
      const stamp = this.#frameStamp();
      if (wanted.has(stamp)) yield stamp;
    }
  }

  /** Makes the packet of a frame the one in hand; false where it cannot be found again. */
  #goTo(list: FrameList, index: number): boolean {
    const at = this.#at;
    if (at?.list === list && at.next <= index) {
      let bytes = 0;
      for (let i = at.next; i < index; i++) bytes += list.sizes[i];
      if (bytes <= SEEK_WORTH_BYTES) {
        while (at.next < index) if (!this.#readNext(at)) return false;
        return this.#readNext(at);
      }
    }
    // Its presentation time may lead behind it, its decoding time before it, the start always does.
    for (const target of [list.stamps[index], list.starts[index], -Infinity]) {
      this.#seek(target);
      while (this.#read()) {
        const { stamp, start } = this.#packetFacts();
        if (stamp === list.stamps[index]) {
          this.#at = { list, next: index + 1 };
          return true;
        }
        if (start > list.starts[index]) break;
      }
    }
    return false;
  }

  /** Reads the next packet of a list, passing over those that are not in it. */
  #readNext(at: { readonly list: FrameList; next: number }): boolean {
    while (this.#read()) {
      if (this.#packetFacts().stamp === at.list.stamps[at.next]) {
        at.next++;
        return true;
      }
    }
    this.#at = undefined;
    return false;
  }

  /** @returns Whether the position is the start of the file. */
  #seek(stamp: number): boolean {
    const { index } = this.#stream;
    if (stamp > this.#first) {
      const target = BigInt(Math.floor(stamp));
      const code = this.#container.seekFrameSync(index, target, AVSEEK_FLAG_BACKWARD);
      this.#fresh = false;
      if (code >= 0) return false;
    }
    if (this.#fresh) return true;
    // By time, a stream without an index would be found only behind its first key frame.
    const code = this.facts.container.startsWith("mpeg")
      ? this.#container.seekFrameSync(-1, 0n, AVSEEK_FLAG_BYTE)
      : this.#container.seekFrameSync(index, BigInt(this.#first), AVSEEK_FLAG_BACKWARD);
    // Pictures and some streams cannot seek at all.
    if (code < 0 || STILL.test(this.facts.container)) this.#reopen();
    return true;
  }

  #reopen(): void {
    const { index } = this.#stream;
    this.#container.closeInputSync();
    this.#container = new FormatContext();
    using options = openOptions();
    FFmpegError.throwIfError(this.#container.openInputSync(this.#url, null, options), "open again");
    this.#container.findStreamInfoSync(null);
    this.#stream = keepStream(this.#container, index);
    this.#fresh = true;
  }

  /** Reads the next packet of the stream. */
  #read(): boolean {
    this.#alive();
    this.#fresh = false;
    this.#packet.unref();
    while (this.#container.readFrameSync(this.#packet) >= 0) {
      if (this.#packet.streamIndex === this.#stream.index) return true;
      this.#packet.unref();
    }
    return false;
  }

  #packetFacts() {
    const { pts, dts, flags, isKeyframe, size } = this.#packet;
    const stamp = Number(pts === AV_NOPTS_VALUE ? dts : pts);
    return {
      stamp,
      start: dts === AV_NOPTS_VALUE ? stamp : Number(dts),
      shown: !(flags & AV_PKT_FLAG_DISCARD),
      key: isKeyframe,
      size,
    };
  }

  #frameStamp(): number {
    const { pts, pktDts, bestEffortTimestamp } = this.#frame;
    if (pts !== AV_NOPTS_VALUE) return Number(pts);
    return Number(pktDts === AV_NOPTS_VALUE ? bestEffortTimestamp : pktDts);
  }

  #picture(stamp: number, look: Look): Picture {
    const pixels = look.crop(this.#filter(look.rgb, this.#frame).toBuffer());
    const thumbnail = look.thumbnail === null
      ? new Uint8Array()
      : this.#encodeJpeg(this.#filter(look.thumbnail, this.#frame));
    return { stamp, pixels, thumbnail };
  }

  /** Filters a frame; the result stands until the next call. */
  #filter(filters: string, frame: Frame): Frame {
    // A stream may change its size in the middle.
    const key = `${frame.width}x${frame.height}:${frame.format}:${filters}`;
    let chain = this.#chains.get(key);
    if (!chain) this.#chains.set(key, chain = new FilterChain(frame, filters));
    this.#filtered.unref();
    chain.apply(frame, this.#filtered);
    return this.#filtered;
  }

  #encodeJpeg(frame: Frame): Uint8Array<ArrayBuffer> {
    const encoder = this.#jpeg ??= openJpegEncoder(frame.width, frame.height);
    // The encoder takes its frames as a film, whose times must ascend.
    frame.pts = this.#thumbnails++;
    frame.quality = THUMBNAIL_QUALITY * FF_QP2LAMBDA;
    FFmpegError.throwIfError(encoder.sendFrameSync(frame), "make a thumbnail");
    const packet = new Packet();
    packet.alloc();
    FFmpegError.throwIfError(encoder.receivePacketSync(packet), "make a thumbnail");
    const jpeg = Uint8Array.from(packet.data!);
    packet.free();
    return jpeg;
  }
}

function openJpegEncoder(width: number, height: number): CodecContext {
  const codec = Codec.findEncoder(AV_CODEC_ID_MJPEG)!;
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  encoder.width = width;
  encoder.height = height;
  encoder.pixelFormat = AV_PIX_FMT_YUVJ420P;
  encoder.colorRange = AVCOL_RANGE_JPEG;
  encoder.timeBase = new Rational(1, 1);
  encoder.threadCount = 1;
  encoder.setFlags(AV_CODEC_FLAG_QSCALE);
  encoder.globalQuality = THUMBNAIL_QUALITY * FF_QP2LAMBDA;
  FFmpegError.throwIfError(encoder.open2Sync(codec, null), "open the JPEG encoder");
  return encoder;
}

/** A graph of filters with one way in and one out. */
class FilterChain {
  readonly #graph = new FilterGraph();
  readonly #source: FilterContext;
  readonly #sink: FilterContext;

  /** @param frame One of the size and format of all that follow. */
  constructor(frame: Frame, filters: string) {
    this.#graph.alloc();
    this.#graph.nbThreads = 1;
    const input = `buffer@in=video_size=${frame.width}x${frame.height}:pix_fmt=${frame.format}` +
      ":time_base=1/1:pixel_aspect=1/1";
    const code = this.#graph.parsePtr(`${input},${filters},buffersink@out`);
    FFmpegError.throwIfError(code, "parse filters");
    FFmpegError.throwIfError(this.#graph.configSync(), "configure filters");
    this.#source = this.#graph.getFilter("buffer@in")!;
    this.#sink = this.#graph.getFilter("buffersink@out")!;
  }

  apply(frame: Frame, out: Frame): void {
    const keep = AV_BUFFERSRC_FLAG_KEEP_REF;
    FFmpegError.throwIfError(this.#source.buffersrcAddFrameSync(frame, keep), "filter a frame");
    FFmpegError.throwIfError(this.#sink.buffersinkGetFrameSync(out), "filter a frame");
  }

  close(): void {
    this.#graph.free();
  }
}

const MATRICES: ReadonlyMap<number, string> = new Map([
  [AVCOL_SPC_BT709, "bt709"],
  [AVCOL_SPC_BT470BG, "bt470bg"],
  [AVCOL_SPC_SMPTE170M, "smpte170m"],
  [AVCOL_SPC_SMPTE240M, "smpte240m"],
  [AVCOL_SPC_FCC, "fcc"],
  [AVCOL_SPC_BT2020_NCL, "bt2020nc"],
  [AVCOL_SPC_BT2020_CL, "bt2020c"],
]);

const RANGES: ReadonlyMap<number, string> = new Map([
  [AVCOL_RANGE_MPEG, "tv"],
  [AVCOL_RANGE_JPEG, "pc"],
]);

function readFacts(container: FormatContext, stream: Stream): StreamFacts {
  const { codecpar, timeBase } = stream;
  const { num, den } = stream.sampleAspectRatio;
  const pixelFormat = avGetPixFmtName(codecpar.format as Parameters<typeof avGetPixFmtName>[0]) ??
    "";
  const created = Date.parse(container.metadata?.get("creation_time") ?? "");
  const microseconds = (time: bigint) => time === AV_NOPTS_VALUE ? null : Number(time) / 1e6;
  const startTime = microseconds(container.startTime) ?? 0;
  const tick = timeBase.num / timeBase.den;
  // The sound may be a little longer, and versions of FFmpeg do not agree on how long it is.
  const duration = stream.duration !== AV_NOPTS_VALUE && stream.startTime !== AV_NOPTS_VALUE
    ? Number(stream.startTime + stream.duration) * tick - startTime
    : microseconds(container.duration);
  return {
    codec: avGetCodecName(codecpar.codecId) ?? "unknown",
    container: container.iformat?.name ?? "unknown",
    width: codecpar.width,
    height: codecpar.height,
    pixelAspect: pixelAspect(num, den),
    pixelFormat,
    orientation: streamOrientation(stream),
    color: streamColor({
      matrix: MATRICES.get(codecpar.colorSpace) ?? null,
      range: RANGES.get(codecpar.colorRange) ?? null,
      pixelFormat,
      width: codecpar.width,
      height: codecpar.height,
    }),
    tick,
    startTime,
    duration: duration !== null && duration > 0 ? duration : null,
    created: created > 0 ? new Date(created) : null,
  };
}
