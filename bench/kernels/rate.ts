/**
 * Benchmarks that say how much was computed: next to Deno's own table of times, one line each with
 * GFLOP/s and the share of the group's baseline, taken in the same run.
 *
 * @module
 */

interface Rated {
  readonly name: string;
  readonly group: string;
  /** Floating-point operations of one call: two for each multiply-add. */
  readonly flop: number;
  /** The product on the same device that others of the group are compared with. */
  readonly baseline?: boolean;
  /** How often one call runs the work; the times are divided by it. */
  readonly repeats?: number;
  readonly n?: number;
}

const results: { rated: Rated; times: number[] }[] = [];

/** Takes the time of a piece of work, which must wait for its device. */
export type Timed = (work: () => Promise<unknown>) => Promise<void>;

/** Registers a benchmark; only what `run` passes to `timed` counts. */
export function rate(rated: Rated, run: (timed: Timed) => Promise<void>): void {
  const times: number[] = [];
  results.push({ rated, times });
  const { name, group, baseline = false, repeats = 1, n = 10 } = rated;
  Deno.bench({ name, group, baseline, n, warmup: 5 }, async (b) => {
    await run(async (work) => {
      const start = performance.now();
      b.start();
      await work();
      b.end();
      times.push((performance.now() - start) / repeats);
    });
  });
}

globalThis.addEventListener("unload", () => {
  const best = (times: number[]) => Math.min(...times);
  for (const { rated, times } of results) {
    if (times.length === 0) continue;
    const base = results.find(({ rated: { group, baseline }, times }) =>
      group === rated.group && baseline && times.length > 0
    );
    const speed = rated.flop / best(times) / 1e6;
    const share = base && speed / (base.rated.flop / best(base.times) / 1e6);
    console.log(
      `${rated.group}: ${rated.name}: ${best(times).toFixed(3)} ms, ${speed.toFixed(1)} GFLOP/s` +
        (share === undefined ? "" : `, ${(100 * share).toFixed(0)} % of the baseline`),
    );
  }
});
