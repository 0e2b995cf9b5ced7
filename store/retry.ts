import { troubleOf } from "./failure.ts";

/** How often something is tried while other processes get in between. */
const ATTEMPTS = 12;

/**
 * Tries something again, each time after a longer and random pause, while other processes get in
 * between: they commit first, or compact away the files it needs. Files that are missing while
 * nobody commits are damage, which no further attempt mends.
 *
 * @param attempt What to try.
 * @param version The newest version of the table.
 * @returns What it returns.
 * @throws {Error} What the last attempt threw.
 */
export async function retried<T>(
  attempt: () => Promise<T>,
  version: () => Promise<number>,
): Promise<T> {
  let goneAt: number | undefined;
  for (let count = 1;; count++) {
    try {
      return await attempt();
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble !== "conflict" && trouble !== "gone") throw error;
      if (count >= ATTEMPTS) {
        const why = "other processes change it all the time; run the same command again";
        throw new Error(why, { cause: error });
      }
      if (trouble === "gone") {
        const newest = await version();
        if (newest === goneAt) throw error;
        goneAt = newest;
      }
      const pause = Math.random() * Math.min(5000, 50 * 2 ** count);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
