/** A worker that scores clips as HVD does, on one core. */
import * as Comlink from "comlink";
import { openBackend } from "../../kernels/open.ts";
import { loadHeads } from "../../models/hvd/heads.ts";
import {
  type Query,
  Scorer,
  type SpottableClip,
  type SpottedClip,
} from "../../models/hvd/scorer.ts";

/** Partitions clips by texts. */
export class SpotWorker {
  #scorer?: Scorer;

  async open(modelDir: string, dim: number): Promise<void> {
    this.#scorer = new Scorer(
      await openBackend("cpu", { threads: 1 }),
      await loadHeads(modelDir, dim),
    );
  }

  async spot(query: Query, clips: readonly SpottableClip[]): Promise<SpottedClip[]> {
    return await this.#scorer!.spot(query, clips);
  }
}

Comlink.expose(new SpotWorker());
