import type { Query, SpottableClip, SpottedClip } from "../../models/hvd/scorer.ts";
import { Remote } from "../remote.ts";
import { transfer } from "../transfer.ts";
import type { SpotWorker } from "./spot_worker.ts";

/** More workers than this take longer to open than they save. */
const MOST = 8;

interface Spotter {
  readonly remote: Remote<SpotWorker>;
  /** Calls under way. */
  calls: number;
}

/**
 * HVD's second stage in workers, one a core. The products of a clip are small and stand between
 * steps that only one thread takes, so two cores do two clips sooner than two clips together.
 */
export class Spotters implements Disposable {
  readonly #spotters: readonly Spotter[];

  private constructor(spotters: readonly Spotter[]) {
    this.#spotters = spotters;
  }

  /**
   * @param modelDir The model's folder, which may hold trained heads.
   * @param dim D, the width of a token.
   */
  static async open(modelDir: string, dim: number): Promise<Spotters> {
    const size = Math.min(MOST, navigator.hardwareConcurrency);
    const url = new URL("./spot_worker.ts", import.meta.url);
    const permissions = { read: "inherit", env: "inherit", ffi: "inherit" } as const;
    using opened = new DisposableStack();
    const spotters = Array.from({ length: size }, () => ({
      remote: opened.use(new Remote<SpotWorker>(url, permissions)),
      calls: 0,
    }));
    await Promise.all(
      spotters.map(({ remote }) => remote.call((worker) => worker.open(modelDir, dim))),
    );
    opened.move();
    return new Spotters(spotters);
  }

  /** How many workers there are. */
  get size(): number {
    return this.#spotters.length;
  }

  /**
   * Scores clips with the worker that has least to do.
   *
   * @param clips Their patches are transferred, so the caller's arrays are empty afterwards.
   */
  async spot(query: Query, clips: readonly SpottableClip[]): Promise<SpottedClip[]> {
    const idlest = this.#spotters.reduce((a, b) => b.calls < a.calls ? b : a);
    idlest.calls++;
    try {
      const patches = clips.flatMap((clip) => clip.patches ?? []);
      return await idlest.remote.call((worker) => worker.spot(query, transfer(clips, patches)));
    } finally {
      idlest.calls--;
    }
  }

  [Symbol.dispose](): void {
    for (const { remote } of this.#spotters) remote[Symbol.dispose]();
  }
}
