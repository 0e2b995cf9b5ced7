import { type FrameRows, frameRows } from "../../models/hvd/frame_rows.ts";
import type { ClipStore } from "../../store/clip_store.ts";
import type { CoarseClips } from "../../store/coarse_clips.ts";

/** Frames that take up more than this are read anew by every search: 40,000 clips of B/32. */
const MOST_KEPT_BYTES = 2 ** 30;

/** The frames of all clips of an index, which stay in memory between searches where they fit. */
export class AllFrames {
  readonly #store: ClipStore;
  #kept?: { readonly version: number; readonly portions: readonly FrameRows[] };

  constructor(store: ClipStore) {
    this.#store = store;
  }

  /**
   * Compares all frames with something.
   *
   * @param clips What {@linkcode ClipStore.coarse} returned.
   * @param compare Gives a number a clip.
   * @returns One a clip, in the order of `clips`. [N]
   */
  async compared(
    clips: CoarseClips,
    compare: (rows: FrameRows) => Promise<Float32Array>,
  ): Promise<Float32Array> {
    const values = new Float32Array(clips.length);
    let start = 0;
    for await (const rows of this.#portions(clips)) {
      values.set(await compare(rows), start);
      start += rows.counts.length;
    }
    return values;
  }

  async *#portions(clips: CoarseClips): AsyncGenerator<FrameRows> {
    if (this.#kept?.version === clips.version) return yield* this.#kept.portions;
    this.#kept = undefined; // there may not be room for both
    const portions: FrameRows[] = [];
    let bytes = 0;
    for await (const portion of this.#store.allFrames(clips)) {
      const rows = frameRows(portion, clips.dim);
      bytes += rows.units.byteLength;
      if (bytes > MOST_KEPT_BYTES) portions.length = 0;
      else portions.push(rows);
      yield rows;
    }
    if (bytes <= MOST_KEPT_BYTES) this.#kept = { version: clips.version, portions };
  }
}
