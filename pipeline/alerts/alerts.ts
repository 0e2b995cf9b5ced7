import { randomBytes } from "node:crypto";
import type { Alert, AlertStore } from "../../store/alert_store.ts";
import type { StoredVideo } from "../../store/stored_video.ts";
import type { Moment, Query, SearchOptions, SearchResult } from "../search/query.ts";

/** A clip that an alert finds and has not told of. */
export interface AlertMatch {
  readonly alert: Alert;
  readonly moment: Moment;
  /** What names the clip's content, wherever its file is. */
  readonly content: string;
}

/** What an alert may be given. */
export interface AlertOptions {
  /** The least score of a match. Left out, what chance does not reach in the index as it is. */
  readonly minScore?: number;
  /** Posts matches to this URL instead of printing them. */
  readonly post?: string;
}

/** What alerts are looked for in. */
export interface AlertedIndex {
  search(query: Query, options: SearchOptions): Promise<SearchResult>;
  /** The cosine to a frame that one unrelated text in twenty reaches. */
  leastGoodCosine(): Promise<number>;
  videos(): Promise<ReadonlyMap<string, StoredVideo>>;
}

/** Moments that are asked for at a time. */
const PAGE = 100;

/**
 * Saved searches. What they find is told once: a clip is known by the content of its file and its
 * number, so a video that was moved, or indexed again, is no news. Telling is noted after it
 * was done, so a process that dies in between tells twice rather than never.
 */
export class Alerts {
  readonly #store: AlertStore;
  readonly #index: AlertedIndex;

  /** @ignore */
  constructor(store: AlertStore, index: AlertedIndex) {
    this.#store = store;
    this.#index = index;
  }

  /** All alerts, by text. */
  list(): Promise<Alert[]> {
    return this.#store.list();
  }

  /**
   * Saves a search. What it finds by now is no news.
   *
   * @throws {RangeError} If the text is empty, or the URL is none of HTTP.
   */
  async add(text: string, { minScore, post }: AlertOptions = {}): Promise<Alert> {
    if (text.trim() === "") throw new RangeError("Cannot save a search for an empty text");
    if (post !== undefined && !/^https?:$/.test(URL.parse(post)?.protocol ?? "")) {
      throw new RangeError(`Expected a URL such as https://example.org/hook but found "${post}"`);
    }
    const id = randomBytes(3).toString("hex");
    const alert = { id, text, minScore: minScore ?? null, post: post ?? null };
    const known = await this.#matches(alert);
    await this.#store.tell(id, known.map(({ content }) => content));
    await this.#store.put(alert);
    return alert;
  }

  /**
   * Removes alerts.
   *
   * @param name An id, or the text of one or more.
   * @returns How many were removed.
   */
  async remove(name: string): Promise<number> {
    const ids = (await this.list()).filter(({ id, text }) => id === name || text === name)
      .map(({ id }) => id);
    await this.#store.remove(ids);
    return ids.length;
  }

  /** What all alerts find and have not told of; of each, best first. */
  async news(): Promise<AlertMatch[]> {
    const news: AlertMatch[] = [];
    for (const alert of await this.list()) {
      const told = await this.#store.told(alert.id);
      news.push(...(await this.#matches(alert)).filter(({ content }) => !told.has(content)));
    }
    return news;
  }

  /** Notes that matches were told of: they are no news from then on. */
  async tell(matches: readonly AlertMatch[]): Promise<void> {
    for (const [id, of] of Map.groupBy(matches, ({ alert }) => alert.id)) {
      await this.#store.tell(id, of.map(({ content }) => content));
    }
  }

  async #matches(alert: Alert): Promise<AlertMatch[]> {
    const videos = await this.#index.videos();
    if (videos.size === 0) return [];
    const least = alert.minScore ?? await this.#index.leastGoodCosine();
    const fits = (moment: Moment) =>
      moment.matched !== "picture" && moment.line !== null || scoreOf(moment, alert) >= least;
    const matches: AlertMatch[] = [];
    for (let offset = 0;; offset += PAGE) {
      const { moments, more } = await this.#index.search(
        { texts: [alert.text] },
        { top: PAGE, offset },
      );
      const found = moments.filter(fits);
      for (const moment of found) {
        const [video, clip] = moment.clip.split("#");
        // One that was removed since is none.
        const stored = videos.get(video);
        if (stored) matches.push({ alert, moment, content: `${stored.fingerprint}#${clip}` });
      }
      if (found.length === 0 || !more) return matches;
    }
  }
}

/** Chance is measured by the nearest frame, so without a least score that is what counts. */
function scoreOf({ score, cosine }: Moment, { minScore }: Alert): number {
  return minScore === null ? cosine : score;
}
