/** The worker that owns the index and the models that searching opens. */
import * as Comlink from "comlink";
import {
  type ComparedClip,
  type Explanation,
  type IndexedVideo,
  type IndexInfo,
  openIndex,
  type Query,
  type SearchOptions,
  type SearchResult,
  type VideoIndex,
} from "../../mod.ts";

/** Milliseconds that at least lie between two calibrations, while the index grows. */
const CALIBRATE_EVERY = 10_000;

/** There is no index, which is no fault. */
class NoIndexError extends Error {
  override readonly name = "NoIndexError";
}

/** Searches an index. */
export class SearchWorker {
  #location = "";
  #model: string | undefined;
  #index?: VideoIndex;
  #calibrating = false;
  #calibrated = -Infinity;

  /** @param location The index, which need not be there yet. */
  async open(location: string, model: string | undefined): Promise<void> {
    this.#location = location;
    this.#model = model;
    await this.#opened();
  }

  /** Opens the models and measures what chance finds, so that the first search is as fast as any. */
  async warm(): Promise<void> {
    const index = await this.#opened();
    if (index.exists) await index.calibrate();
  }

  async search(query: Query, options: SearchOptions): Promise<SearchResult> {
    const index = await this.#existing();
    const result = await index.search(query, options);
    this.#calibrateSoon(index);
    return result;
  }

  async encodeImage(path: string): Promise<Float32Array> {
    return await (await this.#existing()).encodeImage(path);
  }

  async compare(clip: string, query: Query | null): Promise<ComparedClip> {
    return await (await this.#existing()).compare(clip, query);
  }

  async explain(clip: string, text: string): Promise<Explanation> {
    return await (await this.#existing()).explain(clip, text);
  }

  async thumbnails(clips: string[]): Promise<(Uint8Array<ArrayBuffer>[] | null)[]> {
    const thumbnails = await (await this.#existing()).thumbnails(clips);
    // They are views on all that was read with them.
    const copies = thumbnails.map((jpegs) => jpegs && jpegs.map((jpeg) => Uint8Array.from(jpeg)));
    return Comlink.transfer(copies, copies.flatMap((jpegs) => jpegs ?? []).map((it) => it.buffer));
  }

  async video(video: string): Promise<IndexedVideo> {
    return await (await this.#existing()).video(video);
  }

  /** What the index holds; null where there is none. */
  async info(): Promise<IndexInfo | null> {
    const index = await this.#opened();
    return index.exists ? await index.info() : null;
  }

  async #existing(): Promise<VideoIndex> {
    const index = await this.#opened();
    if (index.exists) return index;
    throw new NoIndexError("Cannot search: nothing is indexed yet; add a folder first");
  }

  /** The index; opened again as long as there is none, since another process may make it. */
  async #opened(): Promise<VideoIndex> {
    if (this.#index?.exists) return this.#index;
    return this.#index = await openIndex(this.#location, {
      model: this.#model,
      imageDecoder: "wasm",
    });
  }

  /** Follows an index that grows, without holding searches up. */
  async #calibrateSoon(index: VideoIndex): Promise<void> {
    if (this.#calibrating || performance.now() - this.#calibrated < CALIBRATE_EVERY) return;
    this.#calibrating = true;
    try {
      await index.calibrate();
    } catch {
      // The next search says what is wrong.
    } finally {
      this.#calibrating = false;
      this.#calibrated = performance.now();
    }
  }
}

Comlink.expose(new SearchWorker());
