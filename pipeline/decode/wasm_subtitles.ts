import { parseSubtitles } from "../subtitles/parse.ts";
import type { SubtitleLine } from "../subtitles/line.ts";
import { checkFile, decodeFailure, NOT_VIDEOS, REASONS } from "./failure.ts";
import { INPUT, WasmProgram } from "./wasm_program.ts";

/** FFmpeg's names of the codecs of subtitles that are text. */
const TEXTS: ReadonlySet<string> = new Set(["subrip", "text", "webvtt", "ass", "ssa", "mov_text"]);

/**
 * Reads the lines of all text subtitles of a video with `ffmpeg` compiled to WebAssembly.
 *
 * @param compiled The compiled program.
 * @param alive Called while work goes on.
 * @returns The lines in order of time, those of all streams together.
 * @throws {Error} If the file cannot be opened; in one line.
 */
export async function readWasmSubtitles(
  compiled: WebAssembly.Module,
  path: string,
  alive: () => void,
): Promise<SubtitleLine[]> {
  await checkFile(path);
  using program = await WasmProgram.start(compiled, path, alive);
  const text = program.ffprobe([
    ...["-v", "quiet", "-show_entries", "stream=index,codec_name:format=format_name"],
    ...["-of", "json"],
  ]);
  const { streams = [], format }: {
    streams?: { index: number; codec_name?: string }[];
    format?: { format_name: string };
  } = JSON.parse(text || "{}");
  if (!format) throw decodeFailure(path, REASONS.noContainer);
  if (NOT_VIDEOS.has(format.format_name)) throw decodeFailure(path, REASONS.playlist);
  const lines: SubtitleLine[] = [];
  for (const { index, codec_name = "" } of streams) {
    if (!TEXTS.has(codec_name)) continue;
    program.ffmpeg(["-i", INPUT, "-map", `0:${index}`, "-f", "webvtt", "/lines.vtt"]);
    lines.push(...await parseSubtitles(program.take("/lines.vtt"), "vtt"));
  }
  return lines.sort((a, b) => a.start - b.start);
}
