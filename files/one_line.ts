/** What would break a line, move the cursor, or turn the order of letters round. */
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

const SHORT: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Makes a text fit to be printed on one line of a terminal: a file may be named with anything,
 * newlines and escape sequences included.
 *
 * @param text What is to be printed.
 * @returns The text with its control characters spelled out.
 *
 * @example
 * ```ts
 * import { oneLine } from "./one_line.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(oneLine("a\nb \x1b[2J.mp4"), "a\\nb \\u001b[2J.mp4");
 * ```
 */
export function oneLine(text: string): string {
  return text.replace(
    CONTROL,
    (c) => SHORT[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
