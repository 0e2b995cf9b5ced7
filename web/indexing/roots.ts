import { basename, dirname, extname, join, sep } from "node:path";
import { VIDEO_EXTENSIONS } from "../../files/video_extensions.ts";
import type { FoldersResponse } from "../api/schemas.ts";
import { Problem } from "../problem.ts";

/** The folders that others may be added from. */
export class Roots {
  readonly #roots: readonly string[];

  private constructor(roots: readonly string[]) {
    this.#roots = roots;
  }

  /**
   * @param folders Paths of folders; links are resolved once.
   * @throws {Error} If one of them is no folder.
   */
  static async of(folders: readonly string[]): Promise<Roots> {
    return new Roots(
      await Promise.all(folders.map(async (folder) => {
        const real = await realFolder(folder);
        if (real === null) {
          throw new Error(`Cannot take ${folder} for a root: it is no folder that can be read`);
        }
        return real;
      })),
    );
  }

  /** Whether there are any. */
  get any(): boolean {
    return this.#roots.length > 0;
  }

  /**
   * A folder that may be added.
   *
   * @param folder Its path; links are resolved before it is looked at where it lies.
   * @returns Its real path.
   * @throws {Problem} If it lies elsewhere or is none; which of them is not told.
   */
  async resolve(folder: string): Promise<string> {
    if (!this.any) {
      throw new Problem(
        "forbidden",
        "Cannot add folders: serve was started without --root; start it with --root DIR",
      );
    }
    const real = await realFolder(folder);
    if (real !== null && this.#allows(real)) return real;
    throw new Problem(
      "forbidden",
      "Cannot add that folder: it is none below the folders that serve was started with as --root",
    );
  }

  /**
   * Lists the folders in a folder, but for hidden ones and those that links take elsewhere.
   *
   * @param folder A folder that may be added; without it the roots are listed.
   * @throws {Problem} If it may not be added.
   */
  async list(folder: string | undefined): Promise<FoldersResponse> {
    if (folder === undefined) {
      const folders = this.#roots.map((path) => ({ path, name: basename(path) || path }));
      return { folder: null, parent: null, folders, videos: 0 };
    }
    const real = await this.resolve(folder);
    const folders: FoldersResponse["folders"] = [];
    let videos = 0;
    for await (const { name, isFile } of Deno.readDir(real)) {
      if (name.startsWith(".") || name.endsWith(".lance")) continue;
      if (isFile) {
        if (VIDEO_EXTENSIONS.has(extname(name).slice(1).toLowerCase())) videos++;
        continue;
      }
      const inside = await realFolder(join(real, name));
      if (inside !== null && this.#allows(inside)) folders.push({ path: inside, name });
    }
    folders.sort((a, b) => a.name < b.name ? -1 : 1);
    const parent = dirname(real);
    return { folder: real, parent: this.#allows(parent) ? parent : null, folders, videos };
  }

  #allows(real: string): boolean {
    return this.#roots.some((root) =>
      real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)
    );
  }
}

/** The real path of a folder; null where there is none. */
async function realFolder(path: string): Promise<string | null> {
  try {
    const real = await Deno.realPath(path);
    return (await Deno.stat(real)).isDirectory ? real : null;
  } catch {
    return null;
  }
}
