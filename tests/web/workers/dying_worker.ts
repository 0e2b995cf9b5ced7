import * as Comlink from "comlink";

/** Dies when it is told to. */
export class DyingWorker {
  open(): Promise<void> {
    return Promise.resolve();
  }

  double(number: number): number {
    return 2 * number;
  }

  fail(): never {
    throw new RangeError("Cannot do that");
  }

  /** Is busy for ever. */
  spin(): never {
    while (true);
  }

  /** Dies, unless a file is there, which it makes. */
  async dieOnce(path: string): Promise<string> {
    try {
      (await Deno.open(path, { createNew: true, write: true })).close();
    } catch {
      return "alive";
    }
    return await this.die();
  }

  die(): Promise<never> {
    setTimeout(() => {
      throw new Error("out of luck");
    });
    return new Promise(() => {});
  }
}

Comlink.expose(new DyingWorker());
