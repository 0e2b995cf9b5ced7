/**
 * Videos of all kinds, each made when a test first asks for it.
 *
 * @module
 */
import { encode, makeOnce } from "./encode.ts";
import { drawFrameNumber } from "./frame_number.ts";
import { reencode } from "./reencode.ts";

/** What to make. Everything has a default. */
export interface VideoSpec {
  /** Pixels across. */
  readonly width?: number;
  /** Rows. */
  readonly height?: number;
  /** Frames a second. */
  readonly rate?: number;
  readonly frames?: number;
  /** More of FFmpeg's filters, such as `setpts=…`. */
  readonly filters?: string;
  /** FFmpeg's name of the pixel format. */
  readonly pixelFormat?: string;
  /** Arguments for the encoder. */
  readonly codec?: readonly string[];
  /** Arguments for the container. */
  readonly container?: readonly string[];
  readonly extension?: string;
  readonly sound?: boolean;
}

/** H.264 with references across B frames, and a key frame every second at 25 frames a second. */
export const H264 = ["-c:v", "libx264", "-preset", "fast", "-g", "25", "-bf", "3"];

/**
 * Makes a video whose frames carry their number (see `frame_number.ts`) over a moving pattern.
 *
 * @returns The path of the file.
 */
export function makeVideo(spec: VideoSpec = {}): Promise<string> {
  const { width = 192, height = 108, rate = 25, frames = 100, extension = "mp4" } = spec;
  const filters = [drawFrameNumber(), ...(spec.filters ? [spec.filters] : [])].join(",");
  return encode([
    ...["-f", "lavfi", "-i", `testsrc2=size=${width}x${height}:rate=${rate}`],
    ...(spec.sound ? ["-f", "lavfi", "-i", "sine=frequency=440", "-shortest"] : []),
    ...["-vf", filters, "-fps_mode", "passthrough", "-frames:v", String(frames)],
    ...["-pix_fmt", spec.pixelFormat ?? "yuv420p", ...(spec.codec ?? H264)],
    ...(spec.container ?? []),
  ], extension);
}

/** One shot of {@linkcode makeShots}. */
export interface Shot {
  readonly seconds: number;
  /** Its colour, as FFmpeg writes it. */
  readonly color: string;
}

/**
 * Makes a video of shots that differ in their colours, with hard cuts between them and something
 * moving in each.
 *
 * @returns The path of the file.
 */
export function makeShots(
  shots: readonly Shot[],
  { rate = 5, codec = H264, extension = "mp4" }: Pick<VideoSpec, "rate" | "codec" | "extension"> =
    {},
): Promise<string> {
  const size = "96x64";
  // Each with a grain of its own: a flat colour costs an encoder nothing to change.
  const inputs = shots.flatMap(({ seconds, color }, i) => {
    const flat = `color=c=${color}:size=${size}:rate=${rate}:duration=${seconds}`;
    return ["-f", "lavfi", "-i", `${flat},noise=alls=40:all_seed=${i + 1}`];
  });
  const labels = shots.map((_, i) => `[${i}]`).join("");
  const box = `color=c=gray:size=16x16:rate=${rate}`;
  return encode([
    ...[...inputs, "-f", "lavfi", "-i", box, "-filter_complex"],
    `${labels}concat=n=${shots.length}[shots];` +
    `[shots][${shots.length}]overlay=x='mod(4*n,80)':y=24:shortest=1[v]`,
    ...["-map", "[v]"],
    ...["-pix_fmt", "yuv420p", ...codec],
  ], extension);
}

/** Three minutes with cuts at {@linkcode LONG_CUTS}. */
export function longVideo(): Promise<string> {
  const colors = ["red", "navy", "yellow", "teal", "white", "black", "lime", "purple", "orange"];
  const edges = [0, ...LONG_CUTS, 180];
  return makeShots(
    edges.slice(1).map((edge, i) => ({ seconds: edge - edges[i], color: colors[i] })),
  );
}

/** Seconds at which the shots of {@linkcode longVideo} change. */
export const LONG_CUTS: readonly number[] = [17, 34, 58, 80, 97, 120, 145, 163];

/** Ordinary input of all kinds; all have 100 frames of 192 × 108 but where they say otherwise. */
export const ordinaryVideos: Readonly<Record<string, () => Promise<string>>> = {
  "H.264 in MP4": () => makeVideo({ sound: true }),
  "H.264 in MOV": () => makeVideo({ extension: "mov" }),
  "H.264 in MKV": () => makeVideo({ extension: "mkv" }),
  "H.264 in TS": () => makeVideo({ extension: "ts", sound: true }),
  "H.264 with one key frame": () =>
    makeVideo({ codec: ["-c:v", "libx264", "-preset", "medium", "-g", "250", "-bf", "3"] }),
  "H.264 with open groups": () =>
    makeVideo({ codec: [...H264, "-x264-params", "open-gop=1:scenecut=0"] }),
  "H.264 in full range BT.709": () =>
    makeVideo({
      filters: "scale=out_range=pc:out_color_matrix=bt709",
      codec: [...H264, "-color_range", "pc", "-colorspace", "bt709"],
    }),
  "MPEG-4 in AVI": () => makeVideo({ codec: ["-c:v", "mpeg4", "-q:v", "4"], extension: "avi" }),
  "VP8 in WebM": () =>
    makeVideo({ codec: ["-c:v", "libvpx", "-b:v", "1M", "-g", "30"], extension: "webm" }),
  "odd size": () => makeVideo({ filters: "format=yuv444p,scale=193:107", pixelFormat: "yuv444p" }),
  "without a duration": withoutDuration,
  "fragmented": () => makeVideo({ container: ["-movflags", "+frag_keyframe+empty_moov"] }),
  "variable frame rate": () =>
    makeVideo({
      filters: "settb=1/1000,setpts='(N/25+floor(N/10)*0.3)/TB'",
      container: ["-enc_time_base", "1/1000"],
    }),
  "tall pixels": () => makeVideo({ filters: "setsar=1/2" }),
};

/**
 * What the WebAssembly build cannot encode (its libx265 hangs, its VP9 crashes, it has no AV1), made
 * by the libraries of `node-av`; 100 frames of 192 × 108 as well.
 */
export const nativelyMadeVideos: Readonly<Record<string, () => Promise<string>>> = {
  "VP9 in WebM": () => reencode("libvpx-vp9", "webm", "yuv420p", { deadline: "realtime" }),
  "HEVC in MP4": () => reencode("libx265", "mp4", "yuv420p", { preset: "fast" }),
  "HEVC of 10 bits in MKV": () => reencode("libx265", "mkv", "yuv420p10le", { preset: "fast" }),
};

/** AV1, which only the native decoder has. */
export function av1Video(): Promise<string> {
  return reencode("libsvtav1", "mkv", "yuv420p", { preset: "12" });
}

/** A Matroska file that does not say how long it is, as a recorder leaves one that it streams to. */
async function withoutDuration(): Promise<string> {
  const whole = await makeVideo({ extension: "mkv" });
  return await makeOnce(["without a duration", whole], "mkv", async (path) => {
    const bytes = await Deno.readFile(whole);
    const at = bytes.findIndex((byte, i) => byte === 0x44 && bytes[i + 1] === 0x89);
    // The element Duration (id 44 89, size 88, 8 bytes) becomes Void (id EC, size 89, 9 bytes).
    bytes[at] = 0xec;
    await Deno.writeFile(path, bytes);
  });
}

/** A video that is to be turned clockwise by a quarter to be shown. */
export async function rotatedVideo(): Promise<string> {
  const upright = await makeVideo();
  return encode(["-i", "input", "-c", "copy", "-metadata:s:v", "rotate=270"], "mp4", upright);
}

/** Sound alone. */
export function soundOnly(): Promise<string> {
  return encode(["-f", "lavfi", "-i", "sine=frequency=440:duration=2"], "m4a");
}

/** A video of a single frame. */
export function oneFrame(): Promise<string> {
  return makeVideo({ frames: 1 });
}

/** A picture file with a number on it. */
export function makePicture(extension: "png" | "jpg" | "webp"): Promise<string> {
  return encode([
    ...["-f", "lavfi", "-i", "testsrc2=size=192x108", "-vf", drawFrameNumber()],
    ...["-frames:v", "1"],
  ], extension);
}
