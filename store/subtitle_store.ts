import { arrow } from "./arrow.ts";
import { portions } from "./portions.ts";
import { IDS_AT_ONCE, inList } from "./predicates.ts";
import { PRIMARY_KEY } from "./schema.ts";
import { SideTable } from "./side_table.ts";

/** The subtitles of a video. L is how many lines there are. */
export interface VideoSubtitles {
  /** The id of the video. */
  readonly video: string;
  /** What they were read from: another text means that they are to be read again. */
  readonly state: string;
  /** Where each line begins, in seconds. [L] */
  readonly starts: Float64Array;
  /** Where each line ends, in seconds. [L] */
  readonly ends: Float64Array;
  /** [L] */
  readonly lines: readonly string[];
  /** The words of each line as they are compared, with a space between them. [L] */
  readonly words: readonly string[];
}

const list = (type: InstanceType<typeof arrow.Utf8> | InstanceType<typeof arrow.Float64>) =>
  new arrow.List(new arrow.Field("item", type, true));

const SCHEMA = new arrow.Schema([
  new arrow.Field("video", new arrow.Utf8(), false, PRIMARY_KEY),
  new arrow.Field("state", new arrow.Utf8(), false),
  new arrow.Field("count", new arrow.Int32(), false),
  new arrow.Field("starts", list(new arrow.Float64()), false),
  new arrow.Field("ends", list(new arrow.Float64()), false),
  new arrow.Field("lines", list(new arrow.Utf8()), false),
  new arrow.Field("words", list(new arrow.Utf8()), false),
]);

/** The subtitles of the videos of an index: a table beside that of the clips. */
export class SubtitleStore implements Disposable {
  readonly #table: SideTable;

  /** @param place The index. */
  constructor(place: string) {
    this.#table = new SideTable(place, "subtitles", SCHEMA);
  }

  /** The newest version; it changes with every commit. */
  version(): Promise<number> {
    return this.#table.version();
  }

  /** The state of every video that was looked at, and how many lines it has, by id. */
  async states(): Promise<Map<string, { readonly state: string; readonly lines: number }>> {
    const rows = await this.#table.rows(["video", "state", "count"]);
    return new Map(rows.map(({ video, state, count }) => [
      video as string,
      { state: state as string, lines: count as number },
    ]));
  }

  /** What is compared of all videos that have lines. */
  async words(): Promise<Pick<VideoSubtitles, "video" | "starts" | "ends" | "words">[]> {
    const rows = await this.#table.rows(["video", "starts", "ends", "words"], "count > 0");
    return rows.map(({ video, starts, ends, words }) => ({
      video: video as string,
      starts: Float64Array.from(starts as Iterable<number>),
      ends: Float64Array.from(ends as Iterable<number>),
      words: [...words as Iterable<string>],
    }));
  }

  /** The lines of some videos, by id; those without any are left out. */
  async lines(videos: readonly string[]): Promise<Map<string, string[]>> {
    if (videos.length === 0) return new Map();
    const rows = await this.#table.rows(["video", "lines"], inList("video", [...new Set(videos)]));
    return new Map(rows.map(({ video, lines }) => [
      video as string,
      [...lines as Iterable<string>],
    ]));
  }

  /** Stores the subtitles of videos, in place of what was stored of them. */
  async put(videos: readonly VideoSubtitles[]): Promise<void> {
    await this.#table.upsert(videos.map(({ video, state, starts, ends, lines, words }) => ({
      video,
      state,
      count: lines.length,
      starts: [...starts],
      ends: [...ends],
      lines: [...lines],
      words: [...words],
    })));
  }

  /** Removes what is stored of videos. */
  async remove(videos: readonly string[]): Promise<void> {
    for (const some of portions(videos, IDS_AT_ONCE)) {
      await this.#table.remove(inList("video", some));
    }
  }

  /** Forgets everything if it cannot be read. @returns Whether it was so. */
  dropIfDamaged(): Promise<boolean> {
    return this.#table.dropIfDamaged();
  }

  /** Lets go of the files. */
  [Symbol.dispose](): void {
    this.#table[Symbol.dispose]();
  }
}
