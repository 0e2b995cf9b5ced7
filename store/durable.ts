/**
 * Commits that survive a power cut. LanceDB never calls fsync; this does, for the files of a table
 * that have not been synced yet.
 *
 * @module
 */
import { join } from "node:path";

/** The one file of a table that is written over: a hint that readers check against the folder. */
const HINT = "latest_version_hint.json";

/** The files of one local table, and which of them are known to be on the disk. */
export class DurableFolder {
  readonly #folder: string;
  readonly #synced = new Set<string>();

  /**
   * @param folder The folder of the table.
   */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Syncs every file of the table that this has not synced before, then the folders that hold them.
   * The files of a table are written once, so a synced file needs no second look. Files of other
   * processes are synced too: what this one sees as stored must not vanish.
   *
   * @throws {Error} What the file system throws.
   */
  async sync(): Promise<void> {
    const seen = new Set<string>();
    if (await this.#syncFolder(this.#folder, seen)) await syncPath(join(this.#folder, ".."));
    // What compaction has removed must not be remembered for ever.
    for (const path of this.#synced) if (!seen.has(path)) this.#synced.delete(path);
  }

  /** Syncs what is new beneath a folder; whether the folder itself was new or had something new. */
  async #syncFolder(folder: string, seen: Set<string>): Promise<boolean> {
    let news = !this.#synced.has(folder);
    for await (const entry of Deno.readDir(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory) {
        if (await this.#syncFolder(path, seen)) news = true;
        continue;
      }
      seen.add(path);
      if (this.#synced.has(path)) continue;
      if (!await syncPath(path)) continue;
      if (entry.name !== HINT) this.#synced.add(path);
      news = true;
    }
    if (news) await syncPath(folder);
    seen.add(folder);
    this.#synced.add(folder);
    return news;
  }
}

/** Syncs one file or folder; false when another process has removed it meanwhile. */
async function syncPath(path: string): Promise<boolean> {
  const windows = Deno.build.os === "windows";
  try {
    using file = await Deno.open(path, { read: true, write: windows });
    await file.sync();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // Windows opens no folders: NTFS keeps their entries in its journal.
    if (windows && (await Deno.stat(path)).isDirectory) return true;
    throw error;
  }
}
