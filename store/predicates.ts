/**
 * Predicates over clips, as LanceDB takes them: SQL.
 *
 * @module
 */
import type { ClipRecord } from "./record.ts";

/** Ids in one predicate: LanceDB's parser recurses, so there is a limit somewhere. */
export const IDS_AT_ONCE = 500;

/**
 * The clips of the same videos that were stored from another version of the file.
 *
 * @param records The clips that are to be stored.
 * @returns A predicate.
 * @throws {RangeError} When a video comes in two versions.
 */
export function staleClips(records: readonly ClipRecord[]): string {
  const videos = new Map<string, ClipRecord>();
  for (const record of records) {
    const other = videos.get(record.video);
    if (other && (other.fingerprint !== record.fingerprint || other.clips !== record.clips)) {
      throw new RangeError(
        `Cannot store clips of the video ${record.video}: they come from two versions of its file`,
      );
    }
    videos.set(record.video, record);
  }
  // Two flat lists: a chain of ORs as long as a large batch overflows the parser's stack.
  const versions = videos.values().map((it) => `${it.video}#${it.clips}#${it.fingerprint}`);
  return `(${inList("video", [...videos.keys()])} AND NOT ` +
    `${inList("concat(video, '#', clips, '#', fingerprint)", [...versions])})`;
}

/**
 * The rows where an expression has one of some values.
 *
 * @param expression A column, or what is computed from columns.
 * @param values The values.
 * @returns A predicate; empty where there are no values.
 */
export function inList(expression: string, values: readonly string[]): string {
  return values.length === 0 ? "" : `(${expression} IN (${values.map(sqlText).join(", ")}))`;
}

/**
 * Quotes a text.
 *
 * @param value The text.
 * @returns The text as a literal of SQL.
 */
export function sqlText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
