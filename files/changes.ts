import { relative, sep } from "node:path";
import { oneLine } from "./one_line.ts";
import { whyUnreadable } from "./unreadable.ts";

/** Milliseconds without another change after which a burst of them is over. */
const QUIET = 500;

/** Milliseconds after which a burst that does not end is taken for over. */
const LONGEST_BURST = 10_000;

/**
 * Notices that something changed in folders, by asking the operating system. It is a hint alone:
 * network drives tell nothing, and a folder that vanishes is not watched again by itself, so who
 * needs to be sure looks again from time to time.
 *
 * Hidden files and indexes (`*.lance`) do not count, nor that something was read.
 */
export class Changes implements Disposable {
  readonly #watchers: Deno.FsWatcher[] = [];
  readonly #problems: string[] = [];
  #changed = Promise.withResolvers<void>();
  #last = 0;

  /** @param paths Files and folders; folders with all that is in them. */
  constructor(paths: readonly string[]) {
    for (const path of paths) {
      try {
        const watcher = Deno.watchFs(path, { recursive: true });
        this.#watchers.push(watcher);
        this.#listen(watcher, path);
      } catch (error) {
        this.#problems.push(`Cannot watch ${oneLine(path)}: ${whyUnreadable(error)}`);
      }
    }
  }

  /** Which paths the operating system does not watch, and why, in one line each. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /**
   * Waits until something has changed and is quiet again, the time is over, or the signal comes.
   * What changed since the last call counts.
   *
   * @param milliseconds How long to wait at most.
   */
  async next(milliseconds: number, signal: AbortSignal): Promise<void> {
    const burst = await pause(milliseconds, signal, this.#changed.promise) === "changed"
      ? performance.now() + LONGEST_BURST
      : 0;
    while (!signal.aborted) {
      const now = performance.now();
      const quiet = Math.min(this.#last + QUIET, burst);
      if (now >= quiet) break;
      await pause(quiet - now, signal);
    }
    this.#changed = Promise.withResolvers();
  }

  /** Stops watching. */
  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  async #listen(watcher: Deno.FsWatcher, root: string): Promise<void> {
    for await (const { kind, paths } of watcher) {
      if (kind === "access" || paths.every((path) => isHidden(path, root))) continue;
      this.#last = performance.now();
      this.#changed.resolve();
    }
  }
}

function isHidden(path: string, root: string): boolean {
  return relative(root, path).split(sep)
    .some((name) => (name.startsWith(".") && name !== "..") || name.endsWith(".lance"));
}

/** Waits for a time, a signal or an event, whichever is first. */
function pause(
  milliseconds: number,
  signal: AbortSignal,
  event?: Promise<void>,
): Promise<"over" | "changed"> {
  if (signal.aborted) return Promise.resolve("over");
  return new Promise((resolve) => {
    const end = (how: "over" | "changed") => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(how);
    };
    const onAbort = () => end("over");
    const timer = setTimeout(onAbort, milliseconds);
    signal.addEventListener("abort", onAbort);
    event?.then(() => end("changed"));
  });
}
