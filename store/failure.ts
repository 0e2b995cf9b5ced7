/**
 * LanceDB's errors in words of one line.
 *
 * @module
 */

/** What kind of trouble an error of LanceDB means. */
export type Trouble = "conflict" | "full" | "gone" | "denied" | "damaged" | "other";

const SIGNS: readonly (readonly [Trouble, RegExp])[] = [
  [
    "conflict",
    /commit conflict|concurrent (transaction|modification)|too many concurrent writers/i,
  ],
  ["full", /no space left|os error 28|os error 122|quota exceeded|file too large|os error 27/i],
  ["denied", /permission denied|os error 13|access ?denied|forbidden|unauthorized|read-only file/i],
  ["gone", /not found|os error 2\b|no such file/i],
  [
    "damaged",
    /corrupt|magic|decode|invalid range|failed to fill|unexpected (end|eof)|out of bounds|panicked|too small|not a directory/i,
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

/**
 * Makes an error of one line from what LanceDB threw.
 *
 * @param doing What failed: "read the index .fovea".
 * @param error What LanceDB threw; it becomes the cause.
 * @returns The error to throw.
 */
export function failure(doing: string, error: unknown): Error {
  const trouble = troubleOf(error);
  const why = trouble === "full"
    ? "the disk is full; free some space and run the same command again"
    : trouble === "denied"
    ? `permission denied (${firstLine(error)})`
    : trouble === "gone" || trouble === "damaged"
    ? `it is damaged (${firstLine(error)}); make it anew with --rebuild`
    : firstLine(error);
  return new Error(`Cannot ${doing}: ${why}`, { cause: error });
}

/** The layers through which LanceDB hands an error up; each says so before what happened. */
const LAYERS =
  /^((Failed to [a-z ]+|lance error|LanceError\(\w+\)|(External|Wrapped) error|Generic \w+ error): |GenericFailure, )+/;

/** What happened, in one line, without the place in LanceDB's own source that it ends in. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0].replace(LAYERS, "").replace(/,? ?\/[^ ]*\.rs:\d+(:\d+)?.*$/, "")
    .replace(/ {2}Caused by:.*/, "").slice(0, 300).trim();
}
