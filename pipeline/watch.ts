import { Changes } from "../files/changes.ts";
import type { VideoFile } from "../files/discover.ts";
import { Settling } from "../files/settling.ts";
import type { IndexEvent, IndexSummary } from "./indexer.ts";

/** Milliseconds after which everything is looked at again, whatever the operating system told. */
const RESCAN = 60_000;

/** Milliseconds between looks at files that are still being written. */
const LOOK_AGAIN = 250;

/** So many deleted files are believed at a time, however few videos there are. */
const FEW = 3;

/** One look at the folders, and what it is to do. */
export interface WatchRun {
  /** Says which files that are new or changed are whole. */
  readonly accept: (file: VideoFile) => boolean;
  /** Decides whether videos whose files are gone are dropped. */
  readonly confirmPrune: (gone: number, total: number) => boolean;
}

/**
 * Keeps an index up to date with folders until the signal comes. Every round is a run of its own
 * over all files, begun by a change, and once a minute without one; so whatever was missed while
 * nobody watched is made up for, and a killed watch loses nothing.
 *
 * @param paths Absolute paths of files and folders.
 * @param add Brings the index up to date once.
 * @returns What happens, as it happens. A summary comes after each round that changed something,
 * and after the first; a failure is told once.
 */
export async function* watchVideos(
  paths: readonly string[],
  add: (run: WatchRun) => AsyncGenerator<IndexEvent>,
  signal: AbortSignal,
): AsyncGenerator<IndexEvent> {
  const settling = new Settling();
  const told = new Told();
  let first = true;
  while (!signal.aborted) {
    using changes = new Changes(paths);
    const rearm = performance.now() + RESCAN;
    do {
      for (const problem of changes.problems) {
        const message = `${problem}; it is looked at once a minute`;
        if (told.isNew(problem)) yield { kind: "notice", message };
      }
      const round = new Round(settling, told);
      for await (const event of add(round.run)) {
        const shown = round.see(event);
        if (shown?.kind === "summary" && !round.changed) {
          // Not before the files that were there have been looked at twice.
          if (!first || round.waits) continue;
          first = false;
        }
        if (shown) yield shown;
      }
      for (const message of round.end()) yield { kind: "notice", message };
      const now = performance.now();
      const wait = Math.max(LOOK_AGAIN, Math.min(settling.due, rearm) - now);
      if (!signal.aborted) await changes.next(wait, signal);
    } while (!signal.aborted && performance.now() < rearm);
  }
}

/** What was told, so that it is not told again at every round. */
class Told {
  #before = new Set<string>();
  #now = new Set<string>();

  isNew(message: string): boolean {
    this.#now.add(message);
    return !this.#before.has(message);
  }

  /** What did not come up in a round is news when it does again. */
  next(): void {
    this.#before = this.#now;
    this.#now = new Set();
  }
}

/** One run over the files. */
class Round {
  readonly run: WatchRun;
  readonly #settling: Settling;
  readonly #told: Told;
  readonly #seen = new Set<string>();
  readonly #notices: string[] = [];
  #failed = 0;
  /** Whether the index was changed, or a failure is told for the first time. */
  changed = false;
  /** Whether there are files that may be being written. */
  waits = false;

  constructor(settling: Settling, told: Told) {
    this.#settling = settling;
    this.#told = told;
    this.run = {
      accept: (file) => {
        this.#seen.add(file.path);
        const state = settling.look(file, performance.now());
        if (state === "unsettled") this.waits = true;
        return state === "whole";
      },
      confirmPrune: (gone, total) => this.#mayDrop(gone, total),
    };
  }

  /** What of an event is told. */
  see(event: IndexEvent): IndexEvent | undefined {
    switch (event.kind) {
      case "indexed":
      case "moved":
        this.#settling.done(event.video);
        return event;
      case "failed": {
        if (this.#seen.has(event.video)) {
          if (!this.#settling.failed(event.video, performance.now())) return undefined;
        } else if (!this.#told.isNew(event.error)) return undefined;
        this.#failed++;
        return event;
      }
      case "summary":
        return this.#summary(event);
      default:
        return event;
    }
  }

  /** @returns What else is to be told. */
  end(): string[] {
    this.#settling.keep(this.#seen);
    this.#told.next();
    return this.#notices;
  }

  #summary(summary: IndexSummary): IndexSummary {
    const { indexed, moved, pruned } = summary;
    this.changed = indexed + moved + pruned + this.#failed > 0;
    return { ...summary, failed: this.#failed };
  }

  /** When many are gone it is likelier that a drive is missing than that all were deleted. */
  #mayDrop(gone: number, total: number): boolean {
    // A file that waits may be one that was moved, which needs what is stored of it.
    if (this.waits) return false;
    if (gone <= Math.max(FEW, total / 10)) return true;
    const message = `Keeping ${gone} of ${total} videos whose files are gone: ` +
      `that is more than ${FEW}, and than one in ten; index --prune drops them`;
    if (this.#told.isNew(message)) this.#notices.push(message);
    return false;
  }
}
