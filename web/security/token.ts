import { timingSafeEqual } from "node:crypto";

/** Makes a secret of 256 random bits, in characters that a URL and a cookie take. */
export function makeToken(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

/**
 * Whether two secrets are the same; how long it takes does not tell where they differ.
 *
 * @example
 * ```ts
 * import { isToken } from "./token.ts";
 * import assert from "node:assert/strict";
 *
 * assert(isToken("abc", "abc"));
 * assert(!isToken("abd", "abc"));
 * assert(!isToken(undefined, "abc"));
 * ```
 */
export function isToken(given: string | undefined, token: string): boolean {
  const encoder = new TextEncoder();
  const a = encoder.encode(given ?? ""), b = encoder.encode(token);
  return a.length === b.length && timingSafeEqual(a, b);
}
