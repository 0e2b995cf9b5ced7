import { basename, extname, join } from "node:path";
import type { Moment } from "../mod.ts";
import { clock } from "./clock.ts";

/**
 * Cuts moments out of their videos, as files: `01 holiday 1.02.3.mp4`.
 *
 * @param folder Where to; it is made where it is not there.
 * @param complain Told, in one line each, which moments cannot be cut.
 * @returns The path of the file of each moment; null where it could not be cut.
 */
export async function exportMoments(
  moments: readonly Moment[],
  folder: string,
  complain: (message: string) => void,
): Promise<(string | null)[]> {
  // Loads FFmpeg's libraries: not for a search alone.
  const { cutMoment } = await import("../media/cut.ts");
  await Deno.mkdir(folder, { recursive: true });
  const files: (string | null)[] = [];
  for (const { rank, video, start, end } of moments) {
    const stem = basename(video, extname(video));
    const number = String(rank).padStart(2, "0");
    const file = join(folder, `${number} ${stem} ${clock(start).replaceAll(":", ".")}.mp4`);
    try {
      await cutMoment(video, start, end, file, { exact: false, format: "mp4" });
      files.push(file);
    } catch (error) {
      complain((error as Error).message);
      files.push(null);
    }
  }
  return files;
}
