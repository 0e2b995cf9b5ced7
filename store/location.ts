/**
 * Where an index lies.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The name of the table of clips inside an index. */
export const TABLE = "clips";

/** A place for an index: a local folder, or a prefix of an object store. */
export interface Location {
  /** What the user wrote, for messages. */
  readonly name: string;
  /** What LanceDB connects to. */
  readonly uri: string;
  /** The folder of the table's files, or null where it is no local one. */
  readonly folder: string | null;
}

/**
 * Understands the place of an index.
 *
 * @example
 * ```ts
 * import { locate } from "./location.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(locate("s3://bucket/videos").folder, null);
 * assert.equal(locate("/films/.fovea").folder, "/films/.fovea/clips.lance");
 * ```
 *
 * @param place A path, or a URI with one of the schemes `file`, `s3`, `gs`, `az`.
 * @returns The place.
 * @throws {RangeError} When the URI has another scheme.
 */
export function locate(place: string): Location {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(place)?.[1].toLowerCase();
  if (scheme === "s3" || scheme === "gs" || scheme === "az") {
    return { name: place, uri: place, folder: null };
  }
  if (scheme !== undefined && scheme !== "file") {
    throw new RangeError(
      `Cannot open the index ${place}: expected a folder or an s3, gs or az URI but found ${scheme}`,
    );
  }
  const uri = scheme === "file" ? fileURLToPath(place) : resolve(place);
  return { name: place, uri, folder: join(uri, `${TABLE}.lance`) };
}
