import assert from "node:assert/strict";

/** Asserts that two lists agree within an absolute tolerance. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = "",
): void {
  assert.equal(actual.length, expected.length, `${what} lengths`);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]);
    if (!(error <= tolerance)) {
      assert.fail(
        `${what}[${i}]: expected ${expected[i]} but found ${actual[i]} (off by ${error})`,
      );
    }
  }
}
