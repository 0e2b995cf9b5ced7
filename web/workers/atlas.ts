import type { ClipMap } from "../../map/map_clips.ts";
import type { MapWorker } from "./map_worker.ts";
import { Supervised, type WorkerState } from "./supervised.ts";

/** Keeps the map of an index, which is laid out again when the index has changed. */
export class Atlas implements Disposable {
  readonly #worker: Supervised<MapWorker>;
  #map?: { readonly version: number; readonly map: Promise<ClipMap> };

  /** @param location The index. */
  constructor(location: string) {
    const url = new URL("./map_worker.ts", import.meta.url);
    this.#worker = new Supervised(url, (api) => api.open(location));
  }

  /** How the worker does. */
  get health(): WorkerState {
    return this.#worker.health;
  }

  /** @param version The index's. */
  async map(version: number): Promise<ClipMap> {
    if (this.#map?.version !== version) {
      const map = this.#worker.call((worker) => worker.lay());
      this.#map = { version, map };
      map.catch(() => this.#map = undefined);
    }
    return await this.#map.map;
  }

  [Symbol.dispose](): void {
    this.#worker[Symbol.dispose]();
  }
}
