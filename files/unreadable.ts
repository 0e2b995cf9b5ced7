import { oneLine } from "./one_line.ts";

/**
 * Says in words that follow "Cannot read PATH: " why a file or folder cannot be read.
 *
 * @example
 * ```ts
 * import { whyUnreadable } from "./unreadable.ts";
 * import assert from "node:assert/strict";
 *
 * const error = await Deno.open("/nowhere").catch((error) => error);
 * assert.equal(whyUnreadable(error), "there is no such file or folder");
 * ```
 *
 * @param error What Deno threw.
 * @returns The reason, in one line, and the next step where one is known.
 */
export function whyUnreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file or folder";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "permission denied; check its permissions";
  }
  if (error instanceof Deno.errors.FilesystemLoop || /os error 40\b/.test(String(error))) {
    return "its symbolic links form a loop";
  }
  const text = error instanceof Error ? error.message : String(error);
  // Deno ends with the call and the path, which is known.
  return oneLine(text.replace(/: \w+ '.*/s, ""));
}
