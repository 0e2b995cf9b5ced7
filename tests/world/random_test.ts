import assert from "node:assert/strict";
import { Random } from "../../world/random.ts";

Deno.test("a seed gives one sequence, and seeds that differ a little give unrelated ones", () => {
  const take = (seed: string) => {
    const random = new Random(seed);
    return Array.from({ length: 1000 }, () => random.next());
  };
  assert.deepEqual(take("world/1"), take("world/1"));
  const [a, b] = [take("world/1"), take("world/2")];
  const product = a.reduce((sum, value, i) => sum + (value - 0.5) * (b[i] - 0.5), 0) / a.length;
  // Twelve times the covariance is the correlation of two uniform numbers.
  assert(Math.abs(12 * product) < 0.15, `they correlate by ${12 * product}`);
});

Deno.test("the first numbers of many seeds are spread evenly", () => {
  const counts = new Array(10).fill(0);
  for (let i = 0; i < 10_000; i++) counts[new Random(`seed ${i}`).below(10)]++;
  for (const count of counts) assert(count > 850 && count < 1150, counts.join(" "));
});
