import type { VideoFile } from "../files/discover.ts";
import { fingerprintFile } from "../files/fingerprint.ts";
import type { StoredVideo } from "../store/stored_video.ts";

/** What is to be done about a video file that is not stored as it is now. */
export type Step =
  /** Its content is stored already: only the path and the times change. */
  | { readonly kind: "adopt"; readonly from: StoredVideo; readonly moved: boolean }
  /** To be encoded, but for the clips that an interrupted run stored. */
  | { readonly kind: "encode"; readonly fingerprint: string; readonly stored: readonly number[] };

/** The videos of an index, looked up by path and by fingerprint. */
export class Stored {
  readonly videos: readonly StoredVideo[];
  readonly #byPath = new Map<string, StoredVideo>();
  readonly #byFingerprint: Map<string, StoredVideo[]>;

  constructor(videos: Iterable<StoredVideo>) {
    this.videos = [...videos];
    for (const video of this.videos) {
      this.#byPath.set(video.path, video);
    }
    this.#byFingerprint = Map.groupBy(this.videos.filter(isComplete), (it) => it.fingerprint);
  }

  /** Whether a file is stored whole, as it is now. It is not read: size and time settle it. */
  isUnchanged(file: VideoFile, path: string): boolean {
    const same = this.#byPath.get(path);
    return same !== undefined && sameFile(same, file) && isComplete(same);
  }

  /**
   * Decides what is to be done about a file.
   *
   * @param path The file's path as the index stores it.
   * @param exists Says whether the file of a stored path is still there.
   * @throws {Error} If the file cannot be read.
   */
  async step(
    file: VideoFile,
    path: string,
    exists: (path: string) => Promise<boolean>,
  ): Promise<Step> {
    const same = this.#byPath.get(path);
    const fingerprint = same && sameFile(same, file)
      ? same.fingerprint
      : await fingerprintFile(file.path);
    if (same?.fingerprint === fingerprint) {
      return isComplete(same)
        ? { kind: "adopt", from: same, moved: false }
        : { kind: "encode", fingerprint, stored: same.stored };
    }
    const twins = this.#byFingerprint.get(fingerprint) ?? [];
    for (const from of twins) {
      if (!await exists(from.path)) return { kind: "adopt", from, moved: true };
    }
    return twins.length > 0
      ? { kind: "adopt", from: twins[0], moved: false }
      : { kind: "encode", fingerprint, stored: [] };
  }
}

function sameFile(stored: StoredVideo, file: VideoFile): boolean {
  return stored.size === file.size && stored.modified === file.modified;
}

function isComplete(video: StoredVideo): boolean {
  return video.stored.length === video.clips;
}
