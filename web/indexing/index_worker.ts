/** The worker that indexes a folder. It lives as long as the run. */
import * as Comlink from "comlink";
import { type IndexEvent, type IndexSummary, openIndex } from "../../mod.ts";

/** Indexes one folder. */
export class IndexWorker {
  readonly #stopped = new AbortController();

  /**
   * Brings the index up to date with a folder.
   *
   * @param onEvent Told what happens, but for the end.
   * @returns How it ended.
   */
  async run(
    location: string,
    model: string | undefined,
    folder: string,
    onEvent: (event: Exclude<IndexEvent, IndexSummary>) => void,
  ): Promise<IndexSummary> {
    await using index = await openIndex(location, { model });
    for await (const event of index.add([folder], { signal: this.#stopped.signal })) {
      if (event.kind === "summary") return event;
      onEvent(event);
    }
    throw new Error("unreachable: a run ends with its summary");
  }

  /** Ends the run after the clips in hand. */
  stop(): void {
    this.#stopped.abort();
  }
}

Comlink.expose(new IndexWorker());
