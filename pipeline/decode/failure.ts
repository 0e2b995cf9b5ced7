import { oneLine } from "../../files/one_line.ts";

/** What every failure begins with. */
const PREFIX = "Cannot decode ";

/**
 * Why a file cannot be decoded, in one line: what, which file, what to do.
 *
 * @param path The file.
 * @param reason Why, and what to do about it.
 * @param cause The error behind it.
 *
 * @example
 * ```ts
 * import { decodeFailure } from "./failure.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   decodeFailure("a\nb.mp4", "the file is empty; copy it again").message,
 *   "Cannot decode 'a\\nb.mp4': the file is empty; copy it again",
 * );
 * ```
 */
export function decodeFailure(path: string, reason: string, cause?: unknown): Error {
  return new Error(`${PREFIX}${inOneLine(path)}: ${reason}`, { cause });
}

/**
 * Runs what may fail in a decoder's own words, and says which file it was about.
 *
 * @throws {Error} With a message in one line, whatever was thrown.
 */
export async function failingFor<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { message } = error as Error;
    if (message.startsWith(PREFIX)) throw error;
    const reason = message.split("\n")[0];
    throw decodeFailure(path, `its decoder failed (${reason}); convert it or leave it out`, error);
  }
}

/** Quotes a name that would break the line or look like more than one word of it. */
function inOneLine(path: string): string {
  const escaped = oneLine(path);
  return escaped === path && !/\s/.test(path) ? path : `'${escaped}'`;
}

/** Reasons that both decoders give. */
export const REASONS = {
  noContainer: "it is not a video, or it was cut short or damaged; copy it again or remove it",
  noPictures: "it has sound but no pictures; nothing to index in it",
  playlist: "it is text or a list of other files, not a video; index those files",
  nothingDecodes: "none of its frames can be decoded; copy it again or remove it",
} as const;

/** The same of a picture that is searched with. */
const IMAGE_REASONS: ReadonlyMap<string, string> = new Map([
  [REASONS.noContainer, "it is not a picture, or it was cut short or damaged; name another"],
  [REASONS.noPictures, "there is no picture in it; name another"],
  [REASONS.playlist, "it is text, as SVG is too, and not a picture of pixels; name another"],
  [REASONS.nothingDecodes, "its picture cannot be decoded; name another"],
]);

/** The failure of a video's decoder in words for a picture. */
export function imageFailure(path: string, error: unknown): unknown {
  const { message } = error as Error;
  for (const [reason, ofImage] of IMAGE_REASONS) {
    if (message.endsWith(`: ${reason}`)) return decodeFailure(path, ofImage, error);
  }
  return error;
}

/** How files begin that name other files; some would have FFmpeg wait for those for ever. */
const PLAYLIST = /^(?:#EXTM3U|ffconcat |\s*<|v=0\r?\n)/;

/** Formats that FFmpeg opens but that only name other files, or are plain text. */
export const NOT_VIDEOS: ReadonlySet<string> = new Set([
  "concat",
  "dash",
  "hls",
  "sdp",
  "rtsp",
  "tty",
]);

/** FFmpeg's formats of single pictures. */
export const STILL = /^image2$|_pipe$/;

/**
 * Opens a file for reading to find out what is wrong with it before a decoder is given it.
 *
 * @throws {Error} If it is missing, a folder, empty or may not be read.
 */
export async function checkFile(path: string): Promise<void> {
  let size: number;
  const start = new Uint8Array(64);
  try {
    using file = await Deno.open(path);
    const stat = await file.stat();
    if (stat.isDirectory) throw decodeFailure(path, "it is a folder; name a file in it");
    // Only a regular file has a size before it is read.
    size = stat.isFile ? stat.size : Infinity;
    await file.read(start);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw decodeFailure(path, "there is no such file; check the path", error);
    }
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
      throw decodeFailure(path, "it may not be read; check its permissions", error);
    }
    if (error instanceof Deno.errors.IsADirectory) {
      throw decodeFailure(path, "it is a folder; name a file in it", error);
    }
    throw error;
  }
  if (size === 0) throw decodeFailure(path, "the file is empty; copy it again or remove it");
  if (PLAYLIST.test(new TextDecoder().decode(start))) {
    throw decodeFailure(path, REASONS.playlist);
  }
}
