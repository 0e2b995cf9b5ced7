/**
 * Sharing files out among processes that do not talk to each other.
 *
 * @module
 */

/** The share of one of several processes. */
export interface Shard {
  /** Which process this is, from 0: Kubernetes' and Slurm's own numbers fit. */
  readonly index: number;
  /** How many processes there are. */
  readonly count: number;
}

/**
 * Reads a share as it is written on a command line.
 *
 * @example
 * ```ts
 * import { parseShard } from "./shard.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseShard("0/4"), { index: 0, count: 4 });
 * assert.throws(() => parseShard("4/4"), RangeError);
 * ```
 *
 * @param text `I/N`, with I from 0 to N − 1.
 * @returns The share.
 * @throws {RangeError} When it is anything else.
 */
export function parseShard(text: string): Shard {
  const [, i, n] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  const index = Number(i), count = Number(n);
  if (index < count) return { index, count };
  throw new RangeError(`Expected a shard I/N with I from 0 to N − 1 but found ${text}`);
}

/**
 * Tells whether a file belongs to a share. Every file belongs to exactly one share, the same one in
 * every process, whatever other files there are.
 *
 * @example
 * ```ts
 * import { inShard } from "./shard.ts";
 * import assert from "node:assert/strict";
 *
 * const shares = [0, 1, 2].filter((index) => inShard("/films/a.mp4", { index, count: 3 }));
 * assert.equal(shares.length, 1);
 * ```
 *
 * @param path The file's path, as every process sees it.
 * @param shard The share.
 * @returns Whether the file is this process's to do.
 * @throws {RangeError} When there is no such share.
 */
export function inShard(path: string, { index, count }: Shard): boolean {
  // A wrong number here would leave files that no process takes.
  if (!(Number.isInteger(index) && index >= 0 && index < count)) {
    throw new RangeError(`Expected a shard from 0 to ${count - 1} but found ${index}`);
  }
  return hash(path) % count === index;
}

/** FNV-1a over UTF-8, then the finish of MurmurHash3, so that its low bits are well mixed too. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
