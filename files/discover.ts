/**
 * Finding video files.
 *
 * @module
 */
import { basename, extname, join, relative, resolve } from "node:path";
// @ts-types="npm:@types/picomatch@4.0.3"
import picomatch from "picomatch";
import { isBeneath } from "./is_beneath.ts";
import { oneLine } from "./one_line.ts";
import { escapedNames } from "./raw_names.ts";
import { inShard, type Shard } from "./shard.ts";
import { AMBIGUOUS_EXTENSIONS, isTransportStream } from "./transport_stream.ts";
import { whyUnreadable } from "./unreadable.ts";
import { VIDEO_EXTENSIONS } from "./video_extensions.ts";

/** A file to index. */
export interface VideoFile {
  /** The real path: absolute, without symbolic links. */
  readonly path: string;
  /** The size in bytes. */
  readonly size: number;
  /** When it was modified: whole milliseconds since 1970. */
  readonly modified: number;
}

/** A place that could not be looked at. The others are found nevertheless. */
export interface Problem {
  /** The place as it was reached; bytes that are not UTF-8 and control characters are escaped. */
  readonly path: string;
  /** Why, in words that follow "Cannot read PATH: ". */
  readonly problem: string;
  /** Whether no video is lost for it, so that it is only told. */
  readonly harmless?: boolean;
}

/** What to look for. */
export interface DiscoverOptions {
  /**
   * Globs of what to leave out. One without a slash is compared with the name of every file and
   * folder, one that begins with a slash with the whole path, any other with the path inside the
   * folder that is searched. A file that is named itself is never left out.
   */
  readonly exclude?: readonly string[];
  /** The share of this process; all files where it is not given. */
  readonly shard?: Shard;
}

/**
 * Walks files and folders to the video files: those that are named, and those in the folders, at
 * any depth, whose extension says so. Hidden files and folders and indexes (`.fovea`, `*.lance`)
 * are left out, and so are files called `.ts` or `.mts` that are no transport streams: they are
 * TypeScript. Symbolic links are followed; a file that is reached twice comes once. The order is
 * the same every time: that of the paths given, then of the names.
 *
 * @example
 * ```ts
 * import { discover } from "./discover.ts";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * for (const name of ["b.mkv", "a.mp4", "notes.txt"]) await Deno.create(`${folder}/${name}`);
 * const found = await Array.fromAsync(discover([folder], { exclude: ["b.*"] }));
 * assert.deepEqual(found.map((it) => it.path), [`${await Deno.realPath(folder)}/a.mp4`]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @param paths Files and folders.
 * @param options What to look for.
 * @returns The files and the problems, as they are found.
 * @throws {RangeError} When a glob is empty, or there is no such share.
 */
export async function* discover(
  paths: Iterable<string>,
  options: DiscoverOptions = {},
): AsyncGenerator<VideoFile | Problem> {
  const seen = new Set<string>();
  const excluded = excluder(options.exclude ?? []);
  const { shard } = options;
  for (const path of paths) {
    for await (
      const found of walk({ path: resolve(path), link: false, wanted: true }, null, excluded, seen)
    ) {
      if ("problem" in found || !shard || inShard(found.path, shard)) yield found;
    }
  }
}

type Excluder = (path: string, root: string) => boolean;

/** A path to walk. */
interface Place {
  readonly path: string;
  /** Whether it is a symbolic link in a folder that is searched. */
  readonly link: boolean;
  /** Whether it matters where it cannot be looked at. */
  readonly wanted: boolean;
}

/** The folders that a path was reached through: the one that is searched, and the last of them. */
interface Within {
  readonly root: string;
  /** Its real path. */
  readonly folder: string;
}

/**
 * Walks one path; `within` is null while it is one that was named. `seen` has the real paths of all
 * files and folders so far, which ends loops.
 */
async function* walk(
  { path, link, wanted }: Place,
  within: Within | null,
  excluded: Excluder,
  seen: Set<string>,
): AsyncGenerator<VideoFile | Problem> {
  let real: string, info: Deno.FileInfo;
  try {
    real = await Deno.realPath(path);
    info = await Deno.stat(real);
  } catch (error) {
    if (wanted) yield* unreadable(path, error);
    // As the folder of a drive that is not there.
    else if (link && extension(path) === "") yield harmless(path, "it links to what is not there");
    return;
  }
  if (seen.has(real)) {
    if (link && within && isBeneath(within.folder, real)) {
      yield harmless(path, "it links to a folder around it, whose videos come once");
    }
    return;
  }
  if (info.isFile) {
    if (!wanted || (within && await isSource(real, path))) return;
    seen.add(real);
    yield { path: real, size: info.size, modified: info.mtime?.getTime() ?? 0 };
  } else if (info.isDirectory) {
    seen.add(real);
    const entries = new Map<string, Deno.DirEntry>();
    try {
      for await (const entry of Deno.readDir(real)) entries.set(entry.name, entry);
    } catch (error) {
      yield* unreadable(path, error);
      return;
    }
    // By code unit, whatever the user's language.
    for (const [name, entry] of [...entries].sort(([a], [b]) => a < b ? -1 : 1)) {
      if (name.startsWith(".") || name.endsWith(".lance")) continue;
      const child = join(path, name), root = within?.root ?? path;
      if (excluded(child, root)) continue;
      const video = VIDEO_EXTENSIONS.has(extension(name));
      if (entry.isFile && !video) continue;
      const place = { path: child, link: entry.isSymlink, wanted: video || entry.isDirectory };
      yield* walk(place, { root, folder: real }, excluded, seen);
    }
  } else if (within === null) {
    yield { path: oneLine(path), problem: "it is neither a file nor a folder" };
  }
}

function harmless(path: string, problem: string): Problem {
  return { path: oneLine(path), problem, harmless: true };
}

/** Whether a file in a folder is TypeScript for all its extension says. */
async function isSource(real: string, path: string): Promise<boolean> {
  if (!AMBIGUOUS_EXTENSIONS.has(extension(path))) return false;
  try {
    return !await isTransportStream(real);
  } catch {
    // Whoever reads it as a video says why that fails.
    return false;
  }
}

function extension(path: string): string {
  return extname(path).slice(1).toLowerCase();
}

/** The problems behind a path that cannot be looked at: several where names look alike. */
function* unreadable(path: string, error: unknown): Generator<Problem> {
  const name = basename(path);
  if (error instanceof Deno.errors.NotFound && name.includes("\ufffd")) {
    const folder = join(path, "..");
    for (const escaped of escapedNames(folder, name)) {
      const problem = "its name is not UTF-8; rename it";
      yield { path: oneLine(join(folder, escaped)), problem };
    }
    return;
  }
  yield { path: oneLine(path), problem: whyUnreadable(error) };
}

function excluder(globs: readonly string[]): Excluder {
  const matchers = globs.map((glob) => {
    if (glob === "") throw new RangeError("Expected --exclude to be a pattern but found nothing");
    const matches = picomatch(glob, { dot: true });
    if (glob.startsWith("/")) return (path: string) => matches(slashes(path));
    if (!glob.includes("/")) return (path: string) => matches(basename(path));
    return (path: string, root: string) => matches(slashes(relative(root, path)));
  });
  return (path, root) => matchers.some((matches) => matches(path, root));
}

function slashes(path: string): string {
  return path.replaceAll("\\", Deno.build.os === "windows" ? "/" : "\\");
}
