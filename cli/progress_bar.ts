// @ts-types="npm:@types/cli-progress@3.11.6"
import cliProgress from "cli-progress";
import process from "node:process";

/**
 * A progress bar on standard error with rate and time left; nothing at all where standard error
 * is not a terminal.
 */
export class ProgressBar implements Disposable {
  readonly #bar?: cliProgress.SingleBar;
  #started = performance.now();

  /** @param format What stands beside the bar: `{name}` for a field of the payload. */
  constructor(format: string) {
    if (!process.stderr.isTTY) return;
    this.#bar = new cliProgress.SingleBar({
      format: `{bar} {percentage} % | ${format} | {left} left`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    }, cliProgress.Presets.shades_classic);
  }

  /** Draws the bar at `value` of `total`, starting it the first time. */
  update(value: number, total: number, payload: Record<string, string | number> = {}): void {
    if (!this.#bar) return;
    const shown = { ...payload, left: this.#left(value, total) };
    if (!this.#bar.isActive) this.#bar.start(total, value, shown);
    if (this.#bar.getTotal() !== total) this.#bar.setTotal(total);
    this.#bar.update(value, shown);
  }

  /** The time left at the rate so far, as m:ss or h:mm:ss; unknown until a thousandth is done. */
  #left(value: number, total: number): string {
    if (value <= 0) this.#started = performance.now();
    if (value <= total / 1000) return "…";
    const elapsed = performance.now() - this.#started;
    const seconds = Math.ceil(elapsed * (total - value) / value / 1000);
    const padded = (count: number) => String(count % 60).padStart(2, "0");
    const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
    const head = hours > 0 ? `${hours}:${padded(minutes)}` : String(minutes);
    return `${head}:${padded(seconds)}`;
  }

  /** Runs `print` on a line of its own above the bar. */
  above(print: () => void): void {
    if (!this.#bar?.isActive) return print();
    process.stderr.write("\r\x1b[K");
    print();
    // The bar goes back to where it began when it ends: that is here by now.
    process.stderr.write("\x1b7");
    this.#bar.render();
  }

  /** Removes the bar and gives the cursor back. */
  [Symbol.dispose](): void {
    this.#bar?.stop();
  }
}
