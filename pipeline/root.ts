import { dirname, relative, resolve, sep } from "node:path";

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
    return new Root(location.includes("://") ? resolve("/") : dirname(resolve(location)));
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
