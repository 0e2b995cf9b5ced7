import type { Batch } from "./trainer.ts";

/** The arrays of several batches, one behind the other under each name. */
export function accumulated(batches: readonly Batch[]): Batch {
  if (batches.length === 1) return batches[0];
  return Object.fromEntries(
    Object.entries(batches[0]).map(([name, first]) => {
      const Elements = first.constructor as typeof Float32Array;
      const joined = new Elements(batches.length * first.length);
      batches.forEach((batch, i) => joined.set(batch[name], i * first.length));
      return [name, joined];
    }),
  );
}
