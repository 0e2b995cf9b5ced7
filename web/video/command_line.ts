import { basename, extname } from "node:path";
import type { MomentRequest } from "../api/schemas.ts";

/** The name of the file that a moment is saved as, such as `holiday 62.3-66.mp4`. */
export function momentName(path: string, { start, end, format }: MomentRequest): string {
  const name = basename(path);
  const stem = name.slice(0, name.length - extname(name).length);
  const tenths = (seconds: number) => String(Math.round(seconds * 10) / 10);
  return `${stem} ${tenths(start)}-${tenths(end)}.${format}`;
}

/**
 * The command that cuts a moment in a terminal, with FFmpeg.
 *
 * @param path The video.
 *
 * @example
 * ```ts
 * import { momentCommand } from "./command_line.ts";
 * import assert from "node:assert/strict";
 *
 * const moment = { start: 1.5, end: 4, format: "mp4", cut: "copy", download: "false" } as const;
 * assert.equal(
 *   momentCommand("/v/Anna's dog.mp4", moment),
 *   "ffmpeg -ss 1.5 -t 2.5 -i '/v/Anna'\\''s dog.mp4' -c copy 'Anna'\\''s dog 1.5-4.mp4'",
 * );
 * ```
 */
export function momentCommand(path: string, moment: MomentRequest): string {
  const { start, end, format, cut } = moment;
  const number = (seconds: number) => String(Math.round(seconds * 1000) / 1000);
  const encoding = format === "gif"
    ? "-vf 'fps=12,scale=480:-1:flags=lanczos,split[a][b];[a]palettegen[p];[b][p]paletteuse'"
    : cut === "copy"
    ? "-c copy"
    : "-c:v libx264 -crf 18 -c:a aac";
  return `ffmpeg -ss ${number(start)} -t ${number(end - start)} -i ${quoted(path)} ${encoding} ` +
    quoted(momentName(path, moment));
}

/** A word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
