import { join } from "node:path";
import { z } from "zod";
import { readJsonLines } from "./annotation_files.ts";

/** Where a data set's folder keeps captions by a machine: a video a line. */
export const RECOVERED_FILE = "recovered.jsonl";

/** A line of it. */
export const RecoveredLine = z.object({
  /** What the data set calls the video. */
  video: z.string(),
  recovered: z.array(z.string()),
});

/**
 * Reads the captions that a machine wrote for the videos of a folder, if there are any.
 *
 * @returns The captions by the video's name.
 * @throws {Error} If the file is damaged, in words that follow "Cannot load NAME from FOLDER: ".
 */
export async function readRecovered(dir: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const path = join(dir, RECOVERED_FILE);
  if (!await Deno.stat(path).then(() => true, () => false)) return new Map();
  const lines = await readJsonLines(path, RecoveredLine);
  return new Map(lines.map(({ video, recovered }) => [video, recovered]));
}
