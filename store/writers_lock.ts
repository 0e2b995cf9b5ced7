/**
 * Who writes to a local index right now, across processes. Writers share the lock for the length of
 * one commit; removing files that nobody may still need takes it alone. The operating system lets
 * go of it when a process dies.
 *
 * @module
 */
import { join } from "node:path";

/** The lock of one local index. */
export class WritersLock {
  readonly #path: string;

  /**
   * @param folder The folder of the index.
   */
  constructor(folder: string) {
    this.#path = join(folder, "writers.lock");
  }

  /**
   * Runs something that writes, beside other writers.
   *
   * @param write What to run.
   * @returns What it returns.
   */
  async shared<T>(write: () => Promise<T>): Promise<T> {
    using file = await this.#open();
    await file.lock(false);
    return await write();
  }

  /**
   * Runs something while nobody writes, or does nothing where somebody does.
   *
   * @param run What to run.
   * @returns Whether it ran.
   */
  async alone(run: () => Promise<void>): Promise<boolean> {
    using file = await this.#open();
    if (!await file.tryLock(true)) return false;
    await run();
    return true;
  }

  #open(): Promise<Deno.FsFile> {
    return Deno.open(this.#path, { read: true, write: true, create: true });
  }
}
