/**
 * A plain folder of videos with their captions, in one of two forms:
 *
 * - `captions.jsonl`, a video a line:
 *   `{"video": "a.mp4", "captions": ["a dog runs"], "recovered": ["grass and sky"]}`
 * - `captions.tsv` with the columns `file` and `caption`; a video may be on several lines.
 *
 * Paths are relative to the folder. Folders `train`, `validation` and `test` that each hold such a
 * file are its splits; without them it is one split, `all`.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { readJsonLines, readLines } from "./annotation_files.ts";

/** The splits that a folder may have, and the one of a folder that has none. */
export const FOLDER_SPLITS = ["train", "validation", "test"] as const;
export const WHOLE_FOLDER = "all";

/** A video as such a folder lists it. */
export interface FolderVideo {
  /** Relative to the folder that lists it. */
  readonly video: string;
  readonly captions: readonly string[];
  readonly recovered: readonly string[];
}

const JSON_LINES = "captions.jsonl";
const TABLE = "captions.tsv";

const Line = z.object({
  video: z.string().min(1),
  captions: z.array(z.string()),
  recovered: z.array(z.string()).default([]),
});

/** The splits of a folder, and where each lies; none where it is no such folder. */
export async function folderSplits(dir: string): Promise<Map<string, string>> {
  if (await listsVideos(dir)) return new Map([[WHOLE_FOLDER, dir]]);
  const splits = new Map<string, string>();
  for (const split of FOLDER_SPLITS) {
    if (await listsVideos(join(dir, split))) splits.set(split, join(dir, split));
  }
  return splits;
}

async function listsVideos(dir: string): Promise<boolean> {
  return await isFile(join(dir, JSON_LINES)) || await isFile(join(dir, TABLE));
}

/**
 * Reads what a folder lists.
 *
 * @throws {Error} If it cannot be understood, in words that follow "Cannot load NAME from FOLDER: ".
 */
export async function readFolder(dir: string): Promise<FolderVideo[]> {
  const lines = await isFile(join(dir, JSON_LINES));
  if (lines && await isFile(join(dir, TABLE))) {
    throw new Error(`it has both ${JSON_LINES} and ${TABLE}; keep one`);
  }
  return lines ? await readJsonLines(join(dir, JSON_LINES), Line) : await readTable(dir);
}

async function readTable(dir: string): Promise<FolderVideo[]> {
  const [header, ...rows] = await readLines(join(dir, TABLE));
  const columns = header?.text.split("\t") ?? [];
  const place = (name: string) => {
    const at = columns.indexOf(name);
    if (at < 0) throw new Error(`${TABLE} has no column "${name}" but ${columns.join(", ")}`);
    return at;
  };
  const file = place("file"), caption = place("caption");
  const videos = new Map<string, string[]>();
  for (const { text, number } of rows) {
    const fields = text.split("\t");
    if (fields.length !== columns.length) {
      throw new Error(
        `${TABLE} line ${number}: expected ${columns.length} fields but found ${fields.length}`,
      );
    }
    videos.set(fields[file], [...videos.get(fields[file]) ?? [], fields[caption]]);
  }
  return [...videos].map(([video, captions]) => ({ video, captions, recovered: [] }));
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
