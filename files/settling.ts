import type { VideoFile } from "./discover.ts";

/** How a file looked. */
interface Look {
  readonly size: number;
  readonly modified: number;
  /** When it first looked so: milliseconds of the caller's clock. */
  readonly since: number;
  /** When it could not be read although it looked whole; null where that was not tried. */
  readonly failed: number | null;
  /** Whether it failed again after a long time. */
  readonly hopeless: boolean;
}

/** Milliseconds that a file must stay as it is to be taken for whole. */
export const SETTLE = 2000;

/** Milliseconds that one is given that looks whole and cannot be read: a copy may have stalled. */
export const PATIENCE = 60_000;

/**
 * Tells files that are whole from those that are still being written: by looking twice, a while
 * apart, and by how reading them went.
 *
 * @example
 * ```ts
 * import { SETTLE, Settling } from "./settling.ts";
 * import assert from "node:assert/strict";
 *
 * const settling = new Settling();
 * const file = { path: "/films/a.mp4", size: 100, modified: 0 };
 * assert.equal(settling.look(file, 0), "unsettled");
 * assert.equal(settling.look({ ...file, size: 200 }, SETTLE), "unsettled");
 * assert.equal(settling.look({ ...file, size: 200 }, 2 * SETTLE), "whole");
 * ```
 */
export class Settling {
  readonly #looks = new Map<string, Look>();

  /** When to look again: milliseconds of the caller's clock; infinite where nothing is awaited. */
  get due(): number {
    let due = Infinity;
    for (const { since, failed, hopeless } of this.#looks.values()) {
      if (!hopeless) due = Math.min(due, failed === null ? since + SETTLE : failed + PATIENCE);
    }
    return due;
  }

  /**
   * Says how far a file is: `unsettled` while it may be being written, `whole` when it is worth
   * reading, `unreadable` when that was tried and nothing has changed since.
   *
   * @param now Milliseconds of any clock.
   */
  look({ path, size, modified }: VideoFile, now: number): "unsettled" | "whole" | "unreadable" {
    const look = this.#looks.get(path);
    if (look?.size !== size || look.modified !== modified) {
      this.#looks.set(path, { size, modified, since: now, failed: null, hopeless: false });
      return "unsettled";
    }
    if (look.failed === null) return now >= look.since + SETTLE ? "whole" : "unsettled";
    return !look.hopeless && now >= look.failed + PATIENCE ? "whole" : "unreadable";
  }

  /**
   * Takes notice that a file could not be read.
   *
   * @returns Whether it is worth telling: not the first time, since it may become whole.
   */
  failed(path: string, now: number): boolean {
    const look = this.#looks.get(path);
    if (!look) return true;
    const hopeless = look.failed !== null;
    this.#looks.set(path, { ...look, failed: now, hopeless });
    return hopeless;
  }

  /** Forgets a file that was read. */
  done(path: string): void {
    this.#looks.delete(path);
  }

  /** Forgets what was not looked at since: it is gone. @param seen The paths that were. */
  keep(seen: ReadonlySet<string>): void {
    for (const path of this.#looks.keys()) if (!seen.has(path)) this.#looks.delete(path);
  }
}
