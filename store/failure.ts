/**
 * LanceDB's errors in words of one line.
 *
 * @module
 */

/** What kind of trouble an error of LanceDB means. */
export type Trouble = "conflict" | "full" | "gone" | "read-only" | "denied" | "damaged" | "other";

const SIGNS: readonly (readonly [Trouble, RegExp])[] = [
  [
    "conflict",
    /commit conflict|concurrent (transaction|modification)|too many concurrent writers/i,
  ],
  ["full", /no space left|os error 28|os error 122|quota exceeded|file too large|os error 27/i],
  ["read-only", /read-only file|os error 30\b/i],
  ["denied", /permission denied|os error 13\b|access ?denied|forbidden|unauthorized/i],
  ["gone", /not found|os error 2\b|no such file/i],
  [
    "damaged",
    /corrupt|magic|decode|invalid range|failed to fill|sufficient data|unexpected (end|eof)|out of bounds|panicked|too small|not a directory/i,
  ],
];

/**
 * Tells what kind of trouble LanceDB is in. It has one error class, so its text decides.
 *
 * @param error What LanceDB threw.
 * @returns The kind of trouble.
 */
export function troubleOf(error: unknown): Trouble {
  const text = error instanceof Error ? error.message : String(error);
  return SIGNS.find(([, sign]) => sign.test(text))?.[0] ?? "other";
}

/** What to set where an object store cannot be reached, by the scheme of its URIs. */
const SETTINGS: Readonly<Record<string, string>> = {
  s3: "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and AWS_ENDPOINT where it is " +
    "not Amazon's",
  gs: "set GOOGLE_SERVICE_ACCOUNT to the file of a service account's key",
  az: "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
};

/**
 * Makes an error of one line from what LanceDB threw.
 *
 * @example
 * ```ts
 * import { failure } from "./failure.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   failure("write", ".fovea", new Error("Read-only file system (os error 30)")).message,
 *   "Cannot write the index .fovea: its disk is read-only; make it writable, or name another " +
 *     "index with --index",
 * );
 * ```
 *
 * @param doing What failed: "read".
 * @param place The index, as the user names it.
 * @param error What LanceDB threw; it becomes the cause.
 * @returns The error to throw.
 */
export function failure(doing: string, place: string, error: unknown): Error {
  const trouble = troubleOf(error), what = firstClause(error);
  const settings = SETTINGS[/^(\w+):\/\//.exec(place)?.[1].toLowerCase() ?? ""];
  const why = trouble === "full"
    ? "the disk is full; free some space and run the same command again"
    : trouble === "read-only"
    ? "its disk is read-only; make it writable, or name another index with --index"
    : trouble === "denied"
    ? `permission denied (${what.replace(DENIED, "")}); ${settings ?? "check its permissions"}`
    : doing === "make" && settings === undefined
    ? `${what}; name another with --index`
    : trouble === "gone" || trouble === "damaged"
    ? `it is damaged (${what}); make it anew with --rebuild`
    : settings === undefined
    ? what
    : `${what}; ${settings}`;
  return new Error(`Cannot ${doing} the index ${place}: ${why}`, { cause: error });
}

/** A read whose version of the index is there no more, with no harm done. */
export class VersionGoneError extends Error {
  override name = "VersionGoneError";

  /**
   * @param place The index, as the user names it.
   * @param cause What LanceDB threw.
   */
  constructor(place: string, cause: unknown) {
    super(
      `Cannot read the index ${place}: another process has replaced what was being read; ask again`,
      { cause },
    );
  }
}

/** The layers through which LanceDB hands an error up; each says so before what happened. */
const LAYERS =
  /^((Failed to [a-z ]+|lance error|LanceError\(\w+\)|(External|Wrapped) error|Generic \w+ error|Invalid user input|Error performing [a-z]+ request): |GenericFailure, )+/;

/** What an error says that is known to be one of permissions. */
const DENIED = /^permission denied \(os error 13\): /i;

/** What happened, in one line, without the places in LanceDB's own source and how often it tried. */
function firstClause(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0].replace(LAYERS, "").replace(/,? ?\/[^ ]*\.rs:\d+(:\d+)?.*$/, "")
    .replace(/ {2}Caused by:.*/, "")
    .replace(/(\?\S*)? in [\d.]+[mnµ]?s\b.*? - /, ": ")
    .slice(0, 300).trim().replace(/\.$/, "");
}
