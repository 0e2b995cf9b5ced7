import { extname, join } from "node:path";
import { oneLine } from "../files/one_line.ts";
import { whyUnreadable } from "../files/unreadable.ts";
import { VIDEO_EXTENSIONS } from "../files/video_extensions.ts";

/** The files below a folder, found by their names wherever they lie in it. */
export class FolderFiles {
  readonly dir: string;
  readonly #byName: ReadonlyMap<string, readonly string[]>;
  /** Videos without their extension. */
  readonly #byStem: ReadonlyMap<string, readonly string[]>;

  private constructor(dir: string, paths: readonly { name: string; path: string }[]) {
    this.dir = dir;
    const group = (key: (name: string) => string, of: readonly { name: string; path: string }[]) =>
      new Map(
        [...Map.groupBy(of, ({ name }) => key(name))].map(([name, found]) =>
          [name, found.map(({ path }) => path)] as const
        ),
      );
    this.#byName = group((name) => name, paths);
    this.#byStem = group(stem, paths.filter(({ name }) => isVideo(name)));
  }

  /**
   * Lists a folder, at any depth. Hidden files and folders are left out, links are followed.
   *
   * @throws {Error} If a folder cannot be read.
   */
  static async list(dir: string): Promise<FolderFiles> {
    const paths: { name: string; path: string }[] = [];
    const seen = new Set<string>();
    const walk = async (folder: string): Promise<void> => {
      let entries: Deno.DirEntry[];
      try {
        const real = await Deno.realPath(folder);
        if (seen.has(real)) return;
        seen.add(real);
        entries = await Array.fromAsync(Deno.readDir(folder));
      } catch (error) {
        throw new Error(`Cannot read ${oneLine(folder)}: ${whyUnreadable(error)}`);
      }
      for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
        const { name } = entry;
        if (name.startsWith(".")) continue;
        const path = join(folder, name);
        const target = entry.isSymlink ? await Deno.stat(path).catch(() => null) : entry;
        if (target?.isDirectory) await walk(path);
        else if (target?.isFile) paths.push({ name, path });
      }
    };
    await walk(dir);
    return new FolderFiles(dir, paths);
  }

  /** Whether there is a file of this name. */
  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /**
   * The one file of this name.
   *
   * @throws {Error} If there is none, or there are several.
   */
  path(name: string): string {
    const path = one(this.#byName.get(name), name);
    if (path === null) throw new Error(`${name} is missing`);
    return path;
  }

  /**
   * The file of a video, whose extension need not be that of its name, or null.
   *
   * @throws {Error} If there are several.
   */
  video(name: string): string | null {
    const plain = isVideo(name) ? stem(name) : name;
    const found = this.#byName.get(name) ?? this.#byStem.get(name) ?? this.#byStem.get(plain);
    return one(found, name);
  }
}

function one(paths: readonly string[] | undefined, name: string): string | null {
  if (!paths) return null;
  if (paths.length === 1) return paths[0];
  const found = paths.map(oneLine).join(" and ");
  throw new Error(`${oneLine(name)} is there ${paths.length} times, ${found}; keep one`);
}

function isVideo(name: string): boolean {
  return VIDEO_EXTENSIONS.has(extname(name).slice(1).toLowerCase());
}

function stem(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}
