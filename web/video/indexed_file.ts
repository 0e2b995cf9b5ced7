import { oneLine } from "../../files/one_line.ts";
import type { IndexedVideo } from "../../mod.ts";
import { Problem } from "../problem.ts";

/**
 * Opens the file of a video, if it is the one that was indexed: by the same real path, of the same
 * size and time. Whatever else lies there by now is not in the index, and not to be read.
 *
 * @returns The file, which the caller closes.
 * @throws {Problem} If the file was moved or has changed.
 */
export async function openIndexedFile(video: IndexedVideo): Promise<Deno.FsFile> {
  const { file: path, size, modified } = video;
  const name = oneLine(video.path);
  let file: Deno.FsFile | undefined;
  try {
    // A link that was put there since would lead elsewhere.
    if (await Deno.realPath(path) !== path) throw new Deno.errors.NotFound();
    file = await Deno.open(path);
    const info = await file.stat();
    if (info.isFile && info.size === size && (info.mtime?.getTime() ?? 0) === modified) return file;
  } catch (error) {
    file?.close();
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new Problem(
        "moved",
        `Cannot open ${name}: it is no longer where it was indexed; put it back, or index its ` +
          "new folder: it is recognised, not encoded again",
        { cause: error },
      );
    }
    throw new Problem("moved", `Cannot open ${name}: it cannot be read; check the disk it is on`, {
      cause: error,
    });
  }
  file.close();
  throw new Problem(
    "moved",
    `Cannot open ${name}: it has changed since it was indexed; index its folder again`,
  );
}

/** Whether the file is the one that was indexed. */
export async function isAvailable(video: IndexedVideo): Promise<boolean> {
  try {
    (await openIndexedFile(video)).close();
    return true;
  } catch {
    return false;
  }
}
