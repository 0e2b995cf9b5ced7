import { basename, dirname, extname, join } from "node:path";

/** A file of subtitles beside a video. */
export interface Sidecar {
  readonly path: string;
  readonly type: "srt" | "vtt";
  /** Bytes. */
  readonly size: number;
  /** When it was modified: whole milliseconds since 1970. */
  readonly modified: number;
}

/**
 * Finds the subtitles that lie beside videos: `film.srt`, and `film.en.vtt` for `film.mp4`. Each
 * folder is listed once.
 */
export class Sidecars {
  #folder = "";
  #names: Promise<string[]> = Promise.resolve([]);

  /** @param video The video's path. */
  async of(video: string): Promise<Sidecar[]> {
    const folder = dirname(video);
    if (folder !== this.#folder) {
      this.#folder = folder;
      this.#names = subtitleNames(folder);
    }
    const stem = basename(video, extname(video));
    const found: Sidecar[] = [];
    for (const name of await this.#names) {
      const rest = name.slice(stem.length);
      if (!name.startsWith(stem) || !/^(?:\.[^.]{1,32}){0,2}\.(?:srt|vtt)$/i.test(rest)) continue;
      const path = join(folder, name);
      // One that vanishes meanwhile is one that is not there.
      const info = await Deno.stat(path).catch(() => null);
      if (!info?.isFile) continue;
      const type = extname(name).toLowerCase() === ".srt" ? "srt" : "vtt";
      found.push({ path, type, size: info.size, modified: info.mtime?.getTime() ?? 0 });
    }
    return found;
  }
}

async function subtitleNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory && /\.(?:srt|vtt)$/i.test(name)) names.push(name);
  }
  return names.sort();
}
