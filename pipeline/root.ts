import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { locate } from "../store/location.ts";

/**
 * The folder that an index's video paths are relative to. For an index in a folder it is the
 * folder around it, so that a drive which holds both can be mounted anywhere; for an index on
 * object storage it is the file system's root.
 */
export class Root {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The root of the index at `location`. */
  static of(location: string): Root {
    const { uri, folder } = locate(location);
    return new Root(folder === null ? resolve("/") : dirname(realPath(uri)));
  }

  /** A file's path as the index stores it: relative to the root, with `/` between names. */
  toStored(path: string): string {
    return relative(this.#folder, path).split(sep).join("/");
  }

  /** The absolute path of a stored one. */
  toFile(stored: string): string {
    return resolve(this.#folder, ...stored.split("/"));
  }
}

/** The path without symbolic links, of which the end need not exist. */
export function realPath(path: string): string {
  const absolute = resolve(path);
  try {
    return Deno.realPathSync(absolute);
  } catch (error) {
    const parent = dirname(absolute);
    if (!(error instanceof Deno.errors.NotFound) || parent === absolute) return absolute;
    return join(realPath(parent), basename(absolute));
  }
}
