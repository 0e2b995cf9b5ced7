import { oneLine } from "./one_line.ts";
import { whyUnreadable } from "./unreadable.ts";

/** How many blocks of a large file are read. */
const BLOCKS = 16;

/** The size of a block in bytes. A file no larger than all blocks together is read whole. */
const BLOCK_BYTES = 64 * 1024;

/**
 * The fingerprint of a file's content: SHA-256 over its size and 16 blocks of 64 KiB, the first,
 * the last and those evenly between. A moved or copied file keeps it. At most 1 MiB is read, so a
 * large file that is changed in place, at the same size and between the blocks, keeps it as well.
 *
 * @example
 * ```ts
 * import { fingerprintFile } from "./fingerprint.ts";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "abc");
 * const before = await fingerprintFile(path);
 * await Deno.writeTextFile(path, "abd");
 * assert.notEqual(await fingerprintFile(path), before);
 * await Deno.remove(path);
 * ```
 *
 * @param path The file.
 * @returns 64 hexadecimal digits.
 * @throws {Error} When the file cannot be read, or becomes shorter meanwhile.
 */
export async function fingerprintFile(path: string): Promise<string> {
  try {
    return await fingerprint(path);
  } catch (error) {
    throw new Error(`Cannot read ${oneLine(path)}: ${whyUnreadable(error)}`, { cause: error });
  }
}

async function fingerprint(path: string): Promise<string> {
  using file = await Deno.open(path, { read: true });
  const { size } = await file.stat();
  const whole = size <= BLOCKS * BLOCK_BYTES;
  const bytes = new Uint8Array(8 + (whole ? size : BLOCKS * BLOCK_BYTES));
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size), true);
  if (whole) {
    await readFully(file, bytes.subarray(8));
  } else {
    for (let i = 0; i < BLOCKS; i++) {
      await file.seek(Math.floor(i * (size - BLOCK_BYTES) / (BLOCKS - 1)), Deno.SeekMode.Start);
      const from = 8 + i * BLOCK_BYTES;
      await readFully(file, bytes.subarray(from, from + BLOCK_BYTES));
    }
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function readFully(file: Deno.FsFile, into: Uint8Array): Promise<void> {
  for (let at = 0; at < into.length;) {
    const count = await file.read(into.subarray(at));
    if (count === null) {
      throw new Error("it became shorter while it was read; index it again once it is finished");
    }
    at += count;
  }
}
