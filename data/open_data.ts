import { basename, join } from "node:path";
import { oneLine } from "../files/one_line.ts";
import { activityNet } from "./activity_net.ts";
import { folderSplits, readFolder, WHOLE_FOLDER } from "./captioned_folder.ts";
import type { CaptionedVideo, CaptionedVideos } from "./captioned_videos.ts";
import { charades } from "./charades.ts";
import { type DataSet, SHORT_VIDEOS, type Split } from "./data_set.ts";
import { didemo } from "./didemo.ts";
import { FolderFiles } from "./folder_files.ts";
import { lsmdc } from "./lsmdc.ts";
import { msrVtt, msrVttFull } from "./msr_vtt.ts";
import { msvd } from "./msvd.ts";
import { readRecovered } from "./recovered_captions.ts";
import { vatex, vatexOfficial } from "./vatex.ts";

/** The public data sets. */
export const DATA_SETS: readonly DataSet[] = [
  msrVtt,
  msrVttFull,
  msvd,
  vatex,
  vatexOfficial,
  didemo,
  activityNet,
  lsmdc,
  charades,
];

/** How to load a split. */
export interface LoadOptions {
  /** Goes on without the videos whose files are missing, which makes retrieval easier. */
  readonly skipMissing?: boolean;
  /** Told what makes figures incomparable: videos that are missing, a split of another size. */
  readonly onNotice?: (message: string) => void;
}

/** A data set in a folder. */
export interface OpenedData {
  readonly name: string;
  /** The splits that the folder has the annotations of. */
  readonly splits: readonly string[];
  /** The split that is evaluated where none is asked for. */
  readonly defaultSplit: string;
  /** N_f and N_w of the papers for such videos. */
  readonly sampling: { readonly frames: number; readonly words: number };
  /** The folder that holds, or is to hold, the captions of a machine for a split. */
  folder(split: string): string;
  /**
   * Loads a split.
   *
   * @throws {RangeError} If there is no such split.
   * @throws {Error} If annotations are damaged, videos are missing, or one has no caption.
   */
  load(split: string, options?: LoadOptions): Promise<CaptionedVideos>;
}

/**
 * Finds out which data set a folder holds. Captions and videos may lie anywhere below it.
 *
 * @param dir A folder with `captions.jsonl` or `captions.tsv` (see `captioned_folder.ts`), or with
 * the files of a public data set.
 * @param dataset Which of {@linkcode DATA_SETS}, where a folder holds several.
 * @throws {RangeError} If there is no data set of that name.
 * @throws {Error} If it holds none, or several and none was named.
 */
export async function openData(dir: string, dataset?: string): Promise<OpenedData> {
  const where = oneLine(dir);
  const asked = DATA_SETS.find(({ id }) => id === dataset);
  if (dataset !== undefined && !asked) {
    const ids = DATA_SETS.map(({ id }) => id).join(", ");
    throw new RangeError(`Cannot load the data set "${dataset}": expected one of ${ids}`);
  }
  if (!asked) {
    const splits = await folderSplits(dir);
    if (splits.size > 0) return openFolder(dir, splits);
  }
  const files = await FolderFiles.list(dir);
  const found = asked ? [asked] : DATA_SETS.filter((it) => it.isIn(files));
  if (found.length === 1) return openDataSet(found[0], files);
  if (found.length > 1) {
    const ids = found.map(({ id }) => id).join(" and ");
    throw new Error(`Cannot tell which data set is meant: ${where} holds ${ids}; name one`);
  }
  throw new Error(
    `Cannot find a data set in ${where}: it has no captions.jsonl or captions.tsv, and nothing of ` +
      DATA_SETS.map(({ name }) => name).join(", "),
  );
}

function openFolder(dir: string, splits: ReadonlyMap<string, string>): OpenedData {
  const name = basename(dir);
  const names = [...splits.keys()];
  const folder = (split: string) => {
    const found = splits.get(split);
    if (!found) throw noSplit(name, dir, split, names);
    return found;
  };
  return {
    name,
    splits: names,
    defaultSplit: splits.has(WHOLE_FOLDER) ? WHOLE_FOLDER : splits.has("test") ? "test" : names[0],
    sampling: SHORT_VIDEOS,
    folder,
    load: async (split, options = {}) => {
      const from = folder(split);
      return await loading(name, from, async () => {
        const videos = [];
        for (const { video, captions, recovered } of await readFolder(from)) {
          const path = join(from, video);
          const isThere = await Deno.stat(path).then((info) => info.isFile, () => false);
          videos.push({ name: video, path: isThere ? path : null, captions, recovered });
        }
        return { name, split, videos: await complete(videos, from, options) };
      });
    },
  };
}

function openDataSet(set: DataSet, files: FolderFiles): OpenedData {
  const splits = Object.entries(set.splits) as [Split, { files: string[]; videos: number }][];
  const present = splits.filter(([, needs]) => needs.files.every((file) => files.has(file)))
    .map(([split]) => split);
  const { dir } = files;
  return {
    name: set.name,
    splits: present,
    defaultSplit: "test",
    sampling: set.sampling,
    folder: () => dir,
    load: (split, options = {}) =>
      loading(set.name, dir, async () => {
        const needs = splits.find(([name]) => name === split)?.[1];
        if (!needs) throw noSplit(set.name, dir, split, splits.map(([name]) => name));
        const missing = needs.files.filter((file) => !files.has(file));
        if (missing.length > 0) {
          throw new Error(
            `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} missing; its split ` +
              `${split} needs ${needs.files.join(" and ")}, and the videos, ${set.videos}, ` +
              "anywhere below the folder",
          );
        }
        const videos = (await set.read(files, split as Split)).map(({ names, captions }) => ({
          name: names[0],
          path: names.map((name) => files.video(name)).find((path) => path !== null) ?? null,
          captions,
          recovered: [],
        }));
        if (videos.length !== needs.videos) {
          options.onNotice?.(
            `The split ${split} of ${set.name} has ${videos.length} videos here and ` +
              `${needs.videos} in the papers: figures do not compare`,
          );
        }
        return { name: set.name, split, videos: await complete(videos, dir, options) };
      }),
  };
}

/** A video whose file may be missing. */
type Listed = Omit<CaptionedVideo, "path"> & { readonly path: string | null };

/** Missing videos that a failure names before it only counts the rest. */
const NAMED = 5;

/** Checks what is listed, and adds a machine's captions. */
async function complete(
  listed: readonly Listed[],
  dir: string,
  { skipMissing = false, onNotice }: LoadOptions,
): Promise<CaptionedVideo[]> {
  if (listed.length === 0) throw new Error("it has no videos");
  const [twice] = [...Map.groupBy(listed, ({ name }) => name)].find(([, of]) => of.length > 1) ??
    [];
  if (twice !== undefined) throw new Error(`the video ${oneLine(twice)} is listed twice`);
  const missing = listed.filter(({ path }) => path === null);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => oneLine(name));
    const message = `${missing.length} of ${listed.length} videos are missing: `;
    if (!skipMissing || missing.length === listed.length) {
      const rest = missing.length > NAMED
        ? ` and ${missing.length - NAMED} more; eval --skip-missing names them all`
        : "";
      throw new Error(message + names.slice(0, NAMED).join(", ") + rest);
    }
    onNotice?.(
      `Going on without them, which makes retrieval easier: ${message}${names.join(", ")}`,
    );
  }
  const recovered = await readRecovered(dir);
  return listed.flatMap(({ path, ...video }) => {
    if (path === null) return [];
    const captions = video.captions.filter((text) => text.trim() !== "");
    if (captions.length === 0) {
      throw new Error(`the video ${oneLine(video.name)} has no caption`);
    }
    return [{ ...video, path, captions, recovered: recovered.get(video.name) ?? video.recovered }];
  });
}

async function loading<T>(name: string, dir: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new Error(`Cannot load ${name} from ${oneLine(dir)}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function noSplit(name: string, dir: string, split: string, splits: readonly string[]): RangeError {
  return new RangeError(
    `Cannot load the split "${split}" of ${name} from ${oneLine(dir)}: it has ${splits.join(", ")}`,
  );
}
