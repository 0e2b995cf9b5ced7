// @ts-types="npm:@types/cli-progress@3.11.6"
import cliProgress from "cli-progress";
import process from "node:process";

/**
 * A progress bar on standard error with rate and time left; nothing at all where standard error
 * is not a terminal.
 */
export class ProgressBar implements Disposable {
  readonly #bar?: cliProgress.SingleBar;

  /** @param format What stands beside the bar: `{name}` for a field of the payload. */
  constructor(format: string) {
    if (!process.stderr.isTTY) return;
    this.#bar = new cliProgress.SingleBar({
      format: `{bar} {percentage} % | ${format} | {eta_formatted} left`,
      stream: process.stderr,
      hideCursor: true,
      etaBuffer: 50,
      clearOnComplete: true,
    }, cliProgress.Presets.shades_classic);
  }

  /** Draws the bar at `value` of `total`, starting it the first time. */
  update(value: number, total: number, payload: Record<string, string | number> = {}): void {
    if (!this.#bar) return;
    if (!this.#bar.isActive) this.#bar.start(total, value, payload);
    if (this.#bar.getTotal() !== total) this.#bar.setTotal(total);
    this.#bar.update(value, payload);
  }

  /** Runs `print` on a line of its own above the bar. */
  above(print: () => void): void {
    if (!this.#bar?.isActive) return print();
    process.stderr.write("\r\x1b[K");
    print();
    this.#bar.render();
  }

  /** Removes the bar and gives the cursor back. */
  [Symbol.dispose](): void {
    this.#bar?.stop();
  }
}
