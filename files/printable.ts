/**
 * Makes a name safe to print: a file's name may hold line breaks and what moves the cursor.
 *
 * @example
 * ```ts
 * import { printable } from "./printable.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(printable("two\nlines"), "two\\x0alines");
 * ```
 *
 * @param name A name or path.
 * @returns The same with `\xNN` or `\uNNNN` for every control character.
 */
export function printable(name: string): string {
  return name.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    const code = character.charCodeAt(0);
    return code < 256
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
