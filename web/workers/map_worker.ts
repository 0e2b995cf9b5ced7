/** The worker that lays out the map, which takes seconds. */
import * as Comlink from "comlink";
import { type ClipMap, mapClips } from "../../map/map_clips.ts";
import { openIndex } from "../../mod.ts";

/** Lays out maps. */
export class MapWorker {
  #location = "";

  open(location: string): Promise<void> {
    this.#location = location;
    return Promise.resolve();
  }

  async lay(): Promise<ClipMap> {
    await using index = await openIndex(this.#location);
    return await mapClips(index);
  }
}

Comlink.expose(new MapWorker());
