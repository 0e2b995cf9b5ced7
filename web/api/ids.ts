/** A clip as the index knows it. */
export interface StoredClip {
  /** The id of the clip in the index. */
  readonly id: string;
  /** The id of its video. */
  readonly video: string;
  /** Which clip of the video it is, from 0. */
  readonly clip: number;
}

/**
 * Reads a clip's id as the API writes it: a `#` would end an address.
 *
 * @example
 * ```ts
 * import { clipOfApi, clipOfIndex } from "./ids.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(clipOfApi("5f2a-3").id, "5f2a#3");
 * assert.equal(clipOfIndex("5f2a#3"), "5f2a-3");
 * ```
 */
export function clipOfApi(id: string): StoredClip {
  const [video, number] = id.split("-");
  const clip = Number(number);
  return { id: `${video}#${clip}`, video, clip };
}

/** Reads a clip's id as the index writes it. */
export function storedClip(id: string): StoredClip {
  const [video, number] = id.split("#");
  return { id, video, clip: Number(number) };
}

/** Writes a clip's id as the API does. */
export function clipOfIndex(id: string): string {
  return id.replace("#", "-");
}

/** The last part of a stored path. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
