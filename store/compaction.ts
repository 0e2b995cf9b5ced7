/**
 * Joining the small files that commits leave, and removing what nobody needs any more.
 *
 * @module
 */
import type * as lancedb from "@lancedb/lancedb";
import { join } from "node:path";
import type { DurableFolder } from "./durable.ts";
import type { WritersLock } from "./writers_lock.ts";

/** How long a version stays where writers cannot be locked out: on object storage. */
const GRACE_MS = 10 * 60_000;

/** Compaction pays once the small fragments have this share of the rows of the largest one. */
const REWRITE_SHARE = 0.25;

/** So many fragments make reading slow enough to compact whatever it costs. */
const MANY_FRAGMENTS = 1000;

/**
 * Tells whether compacting pays: whether the commits since the last time are a fair share of all
 * rows.
 *
 * @param table The table.
 * @returns Whether to compact.
 */
export async function isCompactionDue(table: lancedb.Table): Promise<boolean> {
  const { numRows, fragmentStats } = await table.stats();
  if (fragmentStats.numFragments < 2) return false;
  const largest = fragmentStats.lengths.max;
  return numRows - largest >= REWRITE_SHARE * largest ||
    fragmentStats.numFragments >= MANY_FRAGMENTS;
}

/**
 * Compacts a table on object storage, where writers cannot be locked out.
 *
 * @param table The table.
 * @throws {Error} What LanceDB throws.
 */
export async function compactRemote(table: lancedb.Table): Promise<void> {
  await table.optimize({ cleanupOlderThan: new Date(Date.now() - GRACE_MS) });
}

/**
 * Compacts a table in a folder: beside writers, and more thoroughly where there are none.
 *
 * @param table The table.
 * @param lock The lock of those who write it.
 * @param durable What syncs it.
 * @param folder The folder of its files.
 * @throws {Error} What LanceDB and the file system throw.
 */
export async function compactFolder(
  table: lancedb.Table,
  lock: WritersLock,
  durable: DurableFolder,
  folder: string,
): Promise<void> {
  await lock.shared(async () => {
    // Nothing is removed before its replacement is on the disk.
    await table.optimize({ cleanupOlderThan: new Date(0) });
    await durable.sync();
  });
  await lock.alone(async () => {
    await removeUnfinished(folder);
    // Removing comes with joining, which must find nothing left to rewrite.
    if ((await table.stats()).fragmentStats.numFragments > 1) return;
    await table.optimize({ cleanupOlderThan: new Date(), deleteUnverified: true });
    await durable.sync();
  });
}

/** Removes the files that killed processes did not finish: LanceDB leaves them for ever. */
async function removeUnfinished(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) await removeUnfinished(path);
    else if (name.startsWith(".tmp")) await Deno.remove(path);
  }
}
