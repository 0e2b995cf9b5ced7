import { join } from "node:path";
import { oneLine } from "../files/one_line.ts";
import { whyUnreadable } from "../files/unreadable.ts";
import { RECOVERED_FILE, RecoveredLine } from "./recovered_captions.ts";

/**
 * Appends a machine's captions to the file of a folder, a line a video. What a killed run left of
 * a line is taken away first; another process that writes the file is waited for.
 */
export class RecoveredWriter implements Disposable {
  readonly #file: Deno.FsFile;
  /** The videos whose captions are there. */
  readonly videos: ReadonlySet<string>;

  private constructor(file: Deno.FsFile, videos: ReadonlySet<string>) {
    this.#file = file;
    this.videos = videos;
  }

  /**
   * Opens the file of a folder.
   *
   * @throws {Error} If it cannot be written, or a line that is not the last one is damaged.
   */
  static async open(dir: string): Promise<RecoveredWriter> {
    const path = join(dir, RECOVERED_FILE);
    let file: Deno.FsFile;
    try {
      file = await Deno.open(path, { read: true, write: true, create: true });
    } catch (error) {
      throw new Error(`Cannot write ${oneLine(path)}: ${whyUnreadable(error)}`);
    }
    try {
      await file.lock(true);
      const bytes = await Deno.readFile(path);
      const whole = bytes.lastIndexOf("\n".charCodeAt(0)) + 1;
      const videos = new Set<string>();
      const lines = new TextDecoder().decode(bytes.subarray(0, whole)).split("\n");
      lines.forEach((line, i) => {
        if (line.trim() !== "") videos.add(parse(line, `${oneLine(path)} line ${i + 1}`));
      });
      await file.truncate(whole);
      await file.seek(0, Deno.SeekMode.End);
      return new RecoveredWriter(file, videos);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Appends a video's captions; they are on the disk when it returns. */
  async write(video: string, recovered: readonly string[]): Promise<void> {
    const line = new TextEncoder().encode(`${JSON.stringify({ video, recovered })}\n`);
    for (let written = 0; written < line.length;) {
      written += this.#file.writeSync(line.subarray(written));
    }
    await this.#file.syncData();
  }

  /** Closes the file and lets others write it. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

function parse(line: string, where: string): string {
  try {
    return RecoveredLine.parse(JSON.parse(line)).video;
  } catch {
    throw new Error(`Cannot go on with ${where}: it is damaged; remove the line`);
  }
}
