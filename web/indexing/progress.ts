import { oneLine } from "../../files/one_line.ts";
import type { IndexEvent } from "../../mod.ts";
import type { IndexingResponse } from "../api/schemas.ts";

/** How far a run is, as its events tell. */
type ProgressStatus = Omit<IndexingResponse, "state" | "folder" | "waiting" | "error">;

/** Failures that are shown; all are counted. */
const MOST_FAILURES = 100;
const MOST_NOTICES = 20;

/** Seconds over which the rate is measured. */
const WINDOW = 30;

/** Counts what the events of a run tell, over its pauses. */
export class Progress {
  readonly #failures: IndexingResponse["failures"] = [];
  readonly #notices: string[] = [];
  readonly #steps: { readonly at: number; readonly clips: number; readonly bytes: number }[] = [];
  #done = 0;
  #failed = 0;
  #unchanged = 0;
  #clips = 0;
  /** Bytes and videos of the parts of the run before this one, which were paused. */
  #before = { bytes: 0, videos: 0 };
  #part = { bytes: 0, totalBytes: 0, videos: 0 };
  #complete = false;

  /** Takes what happened. */
  take(event: IndexEvent): void {
    switch (event.kind) {
      case "notice":
        this.#notices.push(oneLine(event.message));
        this.#notices.splice(0, this.#notices.length - MOST_NOTICES);
        return;
      case "progress": {
        const { bytes, totalBytes, videos, clips } = event;
        this.#part = { bytes, totalBytes, videos };
        this.#clips += clips;
        this.#steps.push({ at: performance.now() / 1000, clips, bytes: this.#bytes });
        return;
      }
      case "indexed":
      case "moved":
        this.#done++;
        return;
      case "failed":
        this.#done++;
        this.#failed++;
        this.#failures.unshift({ video: oneLine(event.video), error: oneLine(event.error) });
        this.#failures.splice(MOST_FAILURES);
        return;
      case "summary":
        // What was done before a pause is in by now.
        this.#unchanged = Math.max(0, event.unchanged - this.#before.videos);
        this.#complete = this.#part.bytes >= this.#part.totalBytes;
        return;
    }
  }

  /** Goes on after a pause: what failed is tried again. */
  resume(): void {
    this.#done -= this.#failed;
    this.#failed = 0;
    this.#failures.splice(0);
    this.#before = { bytes: this.#bytes, videos: this.#done };
    this.#part = { bytes: 0, totalBytes: 0, videos: 0 };
    this.#steps.splice(0);
  }

  /** @param running Whether there is a rate to tell. */
  status(running: boolean): ProgressStatus {
    const total = this.#before.bytes + this.#part.totalBytes;
    const rate = running ? this.#rate() : null;
    return {
      done: this.#done,
      videos: Math.max(this.#done, this.#before.videos + this.#part.videos),
      clips: this.#clips,
      fraction: this.#complete ? 1 : total === 0 ? 0 : Math.min(1, this.#bytes / total),
      clipsPerSecond: rate?.clips ?? null,
      secondsLeft: rate && rate.bytes > 0 ? Math.max(0, total - this.#bytes) / rate.bytes : null,
      unchanged: this.#unchanged,
      failed: this.#failed,
      failures: [...this.#failures],
      notices: [...this.#notices],
    };
  }

  get #bytes(): number {
    return this.#before.bytes + this.#part.bytes;
  }

  /** Clips and bytes a second, of the last half minute. */
  #rate(): { clips: number; bytes: number } | null {
    const steps = this.#steps;
    const now = performance.now() / 1000;
    while (steps.length > 2 && steps[0].at < now - WINDOW) steps.shift();
    if (steps.length < 2) return null;
    const seconds = now - steps[0].at;
    const clips = steps.slice(1).reduce((sum, step) => sum + step.clips, 0);
    return { clips: clips / seconds, bytes: (this.#bytes - steps[0].bytes) / seconds };
  }
}
