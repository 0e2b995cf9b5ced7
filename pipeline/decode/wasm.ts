/**
 * Decodes with the program `ffmpeg` compiled to WebAssembly. It needs no permission but to read the
 * video, so it is what to give files that one does not trust.
 *
 * @module
 */
import { checkFile, decodeFailure, NOT_VIDEOS, REASONS } from "./failure.ts";
import { FrameListBuilder } from "./frame_list.ts";
import { orientationOf } from "./orientation.ts";
import { pixelAspect, streamColor } from "./picture_filters.ts";
import { planRuns, type Run } from "./runs.ts";
import {
  type FrameList,
  type Look,
  type Picture,
  type Sketch,
  SKETCH_SIDE,
  type StreamFacts,
  THUMBNAIL_QUALITY,
  type VideoSource,
} from "./source.ts";
import { INPUT, WasmProgram } from "./wasm_program.ts";

/** Seconds read beyond the end of a span: frames decoded later may be shown before it. */
const BEYOND = 2;

/** Seconds that a seek may be off, to one side or the other. */
const SEEK_SLACK = 1e-5;

/** A stream, as `ffprobe` prints it. */
interface ProbedStream {
  readonly index: number;
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly sample_aspect_ratio?: string;
  readonly pix_fmt?: string;
  readonly color_space?: string;
  readonly color_range?: string;
  readonly time_base: string;
  readonly start_pts?: number;
  readonly duration_ts?: number;
  readonly nb_frames?: string;
  readonly disposition?: { readonly attached_pic: number };
  readonly side_data_list?: readonly { readonly displaymatrix?: string }[];
}

/** A file, as `ffprobe` prints it. */
interface Probed {
  readonly streams?: readonly ProbedStream[];
  readonly format?: {
    readonly format_name: string;
    readonly start_time?: string;
    readonly duration?: string;
    readonly tags?: { readonly creation_time?: string };
  };
}

/**
 * Opens a video with the WebAssembly decoder.
 *
 * @param compiled The compiled program.
 * @param path The file, taken as it is.
 * @param alive Called while work goes on.
 * @throws {Error} If it cannot be opened or holds no pictures; in one line.
 */
export async function openWasm(
  compiled: WebAssembly.Module,
  path: string,
  alive: () => void,
): Promise<VideoSource> {
  await checkFile(path);
  const program = await WasmProgram.start(compiled, path, alive);
  try {
    const text = program.ffprobe(
      ["-v", "quiet", "-show_streams", "-show_format", "-of", "json"],
    );
    const { streams, format } = JSON.parse(text || "{}") as Probed;
    if (!format) throw decodeFailure(path, REASONS.noContainer);
    if (NOT_VIDEOS.has(format.format_name)) throw decodeFailure(path, REASONS.playlist);
    const stream = chooseStream(streams ?? []);
    if (!stream) throw decodeFailure(path, REASONS.noPictures);
    if (stream.codec_name === "av1") {
      throw decodeFailure(path, "the wasm decoder has no AV1; use the native one");
    }
    return new WasmVideo(program, stream, format);
  } catch (error) {
    program[Symbol.dispose]();
    throw error;
  }
}

/** The largest of the video streams that are no cover picture; the first of equals. */
function chooseStream(streams: readonly ProbedStream[]): ProbedStream | undefined {
  const area = ({ width = 0, height = 0 }: ProbedStream) => width * height;
  return streams
    .filter((stream) =>
      stream.codec_type === "video" && !stream.disposition?.attached_pic && area(stream) > 0
    )
    .sort((a, b) => area(b) - area(a) || a.index - b.index)[0];
}

class WasmVideo implements VideoSource {
  readonly facts: StreamFacts;
  readonly #program: WasmProgram;
  readonly #stream: number;

  constructor(program: WasmProgram, stream: ProbedStream, format: NonNullable<Probed["format"]>) {
    this.#program = program;
    this.#stream = stream.index;
    this.facts = readFacts(stream, format);
  }

  list(start: number, end: number): Promise<FrameList> {
    const { tick, startTime } = this.facts;
    for (let back = 0;; back = Math.max(2 * back, 1)) {
      const from = start * tick - back;
      const rewound = from <= startTime;
      const list = this.#listPackets(rewound ? -Infinity : from, end);
      const { first } = list;
      if (rewound || (first !== undefined && first <= start)) return Promise.resolve(list.build());
    }
  }

  async *pictures(
    list: FrameList,
    wanted: readonly number[],
    look: Look,
  ): AsyncGenerator<Picture> {
    for (const run of planRuns(list, wanted)) yield* this.#decodeRun(list, run, look);
  }

  async *sketches(every: number, filter: string): AsyncGenerator<Sketch> {
    const sketches: Uint8Array[] = [];
    this.#program.pipe("/sketches", 3 * SKETCH_SIDE ** 2, (rgb) => sketches.push(rgb.slice()));
    const log = this.#program.ffmpeg([
      ...["-loglevel", "info", "-nostats", "-debug_ts", "-threads", "1", "-noautorotate"],
      ...["-copyts", "-discard:v", "nokey", "-skip_frame", "nokey", "-i", INPUT],
      ...["-map", `0:${this.#stream}`, "-vf", `showinfo=checksum=0,${filter}`],
      ...["-fps_mode", "passthrough", "-f", "rawvideo", "/sketches"],
    ]);
    this.#program.remove("/sketches");
    const starts = readStarts(log, this.#stream);
    let due = -Infinity;
    for (const [i, stamp] of shownStamps(log).entries()) {
      const start = starts.get(stamp) ?? stamp;
      if (start < due || i >= sketches.length) continue;
      due = start + every / this.facts.tick;
      yield { start, rgb: sketches[i] };
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#program[Symbol.dispose]();
    return Promise.resolve();
  }

  /** @param from Seconds of the stream's time stamps. */
  #listPackets(from: number, end: number): FrameListBuilder {
    const stop = end * this.facts.tick + BEYOND;
    const interval = `${from === -Infinity ? "" : from.toFixed(6)}%` +
      (stop === Infinity ? "" : stop.toFixed(6));
    const text = this.#program.ffprobe([
      ...["-v", "quiet", "-select_streams", String(this.#stream), "-read_intervals", interval],
      ...["-show_entries", "packet=pts,dts,size,flags", "-of", "compact=p=0:nk=1"],
    ]);
    const list = new FrameListBuilder();
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const [pts, dts, size, flags] = line.split("|");
      const stamp = Number(pts === "N/A" ? dts : pts);
      const start = dts === "N/A" ? stamp : Number(dts);
      if (list.first !== undefined && start >= end) break;
      list.add({
        stamp,
        start,
        shown: flags[1] !== "D",
        key: flags[0] === "K",
        size: Number(size),
      });
    }
    return list;
  }

  *#decodeRun(list: FrameList, run: Run, look: Look): Generator<Picture> {
    const { tick, startTime } = this.facts;
    const program = this.#program;
    const pixels: Uint8Array[] = [];
    program.pipe("/rgb", 3 * look.width * look.height, (rgb) => pixels.push(look.crop(rgb)));
    const key = list.stamps[run.begin] * tick;
    const seek = key - startTime < SEEK_SLACK
      ? []
      : ["-seek_timestamp", "1", "-noaccurate_seek", "-ss", (key + SEEK_SLACK).toFixed(6)];
    const select = run.wanted.map((stamp) => `eq(pts,${stamp})`).join("+");
    const chosen = `[0:${this.#stream}]select='${select}',showinfo=checksum=0`;
    const output = ["-fps_mode", "passthrough", "-frames:v", String(run.wanted.length)];
    const log = program.ffmpeg([
      ...["-loglevel", "info", "-nostats", "-copyts", ...seek],
      ...["-threads", "1", "-noautorotate", "-i", INPUT, "-filter_complex"],
      look.thumbnail === null
        ? `${chosen},${look.rgb}[rgb]`
        : `${chosen},split[a][b];[a]${look.rgb}[rgb];[b]${look.thumbnail}[thumbnail]`,
      ...["-map", "[rgb]", ...output, "-f", "rawvideo", "/rgb"],
      ...(look.thumbnail === null ? [] : [
        ...["-map", "[thumbnail]", ...output, "-q:v", String(THUMBNAIL_QUALITY)],
        // This build's way to the best tables writes where it must not.
        ...["-huffman", "default", "-f", "image2", "/thumbnail%d"],
      ]),
    ]);
    program.remove("/rgb");
    const stamps = shownStamps(log);
    for (const [i, pixel] of pixels.entries()) {
      yield { stamp: stamps[i], pixels: pixel, thumbnail: program.take(`/thumbnail${i + 1}`) };
    }
  }
}

/** Decoding time stamps of the packets that were read, by the presentation time stamps they had. */
function readStarts(log: readonly string[], stream: number): Map<number, number> {
  const line = new RegExp(
    `^demuxer -> ist_index:${stream} type:video .* pkt_pts:(-?\\d+) .* pkt_dts:(-?\\d+) `,
  );
  return new Map(log.flatMap((text) => {
    const match = line.exec(text);
    return match ? [[Number(match[1]), Number(match[2])]] : [];
  }));
}

/** Time stamps of the frames that the filter `showinfo` saw, in their order. */
function shownStamps(log: readonly string[]): number[] {
  return log.flatMap((line) => {
    const match = /Parsed_showinfo.* n: *\d+ pts: *(-?\d+) /.exec(line);
    return match ? [Number(match[1])] : [];
  });
}

function readFacts(stream: ProbedStream, format: NonNullable<Probed["format"]>): StreamFacts {
  const { width = 0, height = 0 } = stream;
  const [numerator, denominator] = stream.time_base.split("/").map(Number);
  const [aspectWidth, aspectHeight] = (stream.sample_aspect_ratio ?? "1:1").split(":").map(Number);
  const created = Date.parse(format.tags?.creation_time ?? "");
  const tick = numerator / denominator;
  const startTime = Number(format.start_time ?? 0);
  const duration = stream.duration_ts !== undefined && stream.start_pts !== undefined
    ? (stream.start_pts + stream.duration_ts) * tick - startTime
    : Number(format.duration ?? 0);
  const known = (name: string | undefined) => name && name !== "unknown" ? name : null;
  return {
    codec: stream.codec_name ?? "unknown",
    container: format.format_name,
    width,
    height,
    pixelAspect: pixelAspect(aspectWidth, aspectHeight),
    pixelFormat: stream.pix_fmt ?? "",
    orientation: orientationOf(displayMatrix(stream)),
    color: streamColor({
      matrix: known(stream.color_space),
      range: known(stream.color_range),
      pixelFormat: stream.pix_fmt ?? "",
      width,
      height,
    }),
    tick,
    startTime,
    duration: duration > 0 ? duration : null,
    created: created > 0 ? new Date(created) : null,
  };
}

/** Reads what `ffprobe` prints as three numbered lines of three numbers. */
function displayMatrix({ side_data_list: data = [] }: ProbedStream): number[] | null {
  const text = data.find(({ displaymatrix }) => displaymatrix)?.displaymatrix;
  if (!text) return null;
  return text.trim().split("\n").flatMap((row) =>
    row.slice(row.indexOf(":") + 1).trim().split(/\s+/).map(Number)
  );
}
