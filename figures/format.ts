import { extname } from "node:path";

/**
 * The format of a picture's file, by its extension.
 *
 * @param formats Those that there are.
 * @throws {RangeError} If it is none of them.
 *
 * @example
 * ```ts
 * import { formatOf } from "./format.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatOf("why.SVG", ["svg", "html"]), "svg");
 * assert.throws(() => formatOf("why.gif", ["svg", "html"]), RangeError);
 * ```
 */
export function formatOf<T extends string>(path: string, formats: readonly T[]): T {
  const extension = extname(path).toLowerCase();
  const format = formats.find((it) => `.${it}` === extension);
  if (format) return format;
  const expected = `${formats.slice(0, -1).map((it) => `.${it}`).join(", ")} or .${formats.at(-1)}`;
  throw new RangeError(`Cannot write ${path}: expected a file that ends in ${expected}`);
}
