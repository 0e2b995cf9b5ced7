import { type FrameRows, frameRows } from "../../models/hvd/frame_rows.ts";
import type { ClipStore } from "../../store/clip_store.ts";
import type { CoarseClips } from "../../store/coarse_clips.ts";

/** Frames that take up more than this are read anew by every search: those of 40,000 clips of B/32. */
const MOST_KEPT_BYTES = 2 ** 30;

/** The frames of all clips of an index, which stay in memory between searches where they fit. */
export class AllFrames {
  readonly #store: ClipStore;
  /** Of one version; null where they do not fit. */
  #kept?: { readonly version: number; readonly portions: Promise<readonly FrameRows[] | null> };

  constructor(store: ClipStore) {
    this.#store = store;
  }

  /**
   * Compares all frames with some queries.
   *
   * @param clips What {@linkcode ClipStore.coarse} returned.
   * @param queries How many there are.
   * @param compare Gives a number a clip for each query.
   * @returns For each query one a clip, in the order of `clips`. [N]
   * @throws {VersionGoneError} When that version of the index is gone.
   */
  async compared(
    clips: CoarseClips,
    queries: number,
    compare: (rows: FrameRows) => Promise<readonly Float32Array[]>,
  ): Promise<Float32Array[]> {
    const values = Array.from({ length: queries }, () => new Float32Array(clips.length));
    let start = 0;
    for await (const rows of await this.#portions(clips) ?? this.#stored(clips)) {
      (await compare(rows)).forEach((own, i) => values[i].set(own, start));
      start += rows.counts.length;
    }
    return values;
  }

  #portions(clips: CoarseClips): Promise<readonly FrameRows[] | null> {
    if (this.#kept?.version === clips.version) return this.#kept.portions;
    const portions = this.#load(clips);
    const kept = { version: clips.version, portions };
    this.#kept = kept;
    portions.catch(() => {
      if (this.#kept === kept) this.#kept = undefined; // the next search tries again
    });
    return portions;
  }

  async #load(clips: CoarseClips): Promise<FrameRows[] | null> {
    const portions: FrameRows[] = [];
    let bytes = 0;
    for await (const rows of this.#stored(clips)) {
      bytes += rows.units.byteLength;
      if (bytes > MOST_KEPT_BYTES) return null;
      portions.push(rows);
    }
    return portions;
  }

  async *#stored(clips: CoarseClips): AsyncGenerator<FrameRows> {
    for await (const portion of this.#store.allFrames(clips)) yield frameRows(portion, clips.dim);
  }
}
