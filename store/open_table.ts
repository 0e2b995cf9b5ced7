/**
 * Finding and opening the table of an index.
 *
 * @module
 */
import * as lancedb from "@lancedb/lancedb";
import type { Arrow } from "./arrow.ts";
import type { ClipStoreOptions } from "./clip_store.ts";
import { failure, troubleOf } from "./failure.ts";
import { type Location, TABLE } from "./location.ts";
import { MANIFEST_KEY } from "./schema.ts";

/**
 * Rows that LanceDB reads at a time. Joining files reads whole rows, 170 kB each and four times as
 * much with patches, and its own 8,192 of them would be gigabytes. So few cost a search nothing.
 */
const ROWS_AT_A_TIME = 64;

/** Where LanceDB looks for it: only from Rust could joining be told by itself. */
const ROWS_VARIABLE = "LANCE_DEFAULT_BATCH_SIZE";

/** How often an index is opened whose files are missing: compacted away meanwhile, or damaged. */
const OPENINGS = 3;

/**
 * Opens the table of a place.
 *
 * @param location The place.
 * @param options How it is opened.
 * @param attach What becomes of it.
 * @param openings How often it is tried where files are missing.
 * @returns What `attach` returns; undefined where there is no table.
 * @throws {Error} When it is damaged or out of reach.
 */
export async function openTable<T>(
  location: Location,
  options: ClipStoreOptions,
  attach: (
    location: Location,
    connection: lancedb.Connection,
    table: lancedb.Table,
    options: ClipStoreOptions,
  ) => Promise<T>,
  openings = OPENINGS,
): Promise<T | undefined> {
  // Connecting makes the folder, which only looking for an index must not.
  if (!await isThere(location)) return undefined;
  let connection: lancedb.Connection, table: lancedb.Table;
  try {
    connection = await connect(location, options);
    table = await connection.openTable(TABLE);
  } catch (error) {
    if (troubleOf(error) === "gone") {
      if (!await hasData(location)) return undefined;
      if (openings > 1) return await openTable(location, options, attach, openings - 1);
    }
    throw failure("open", location.name, error);
  }
  return await attach(location, connection, table, options);
}

/**
 * Connects to a place; a local folder is made where it is not there.
 *
 * @param location The place.
 * @param options How it is opened.
 * @returns The connection.
 */
export function connect(
  location: Location,
  options: ClipStoreOptions,
): Promise<lancedb.Connection> {
  if (!Deno.env.has(ROWS_VARIABLE)) Deno.env.set(ROWS_VARIABLE, String(ROWS_AT_A_TIME));
  return lancedb.connect(location.uri, {
    // Without this, the commits of other processes are not seen.
    readConsistencyInterval: 0,
    storageOptions: { ...options.storageOptions },
  });
}

/** Whether a table without a version has data: then it is damaged, not just begun. */
async function hasData(location: Location): Promise<boolean> {
  if (location.folder === null) return false;
  for (const folder of ["data", "_versions"]) {
    try {
      for await (const _ of Deno.readDir(`${location.folder}/${folder}`)) return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return false;
}

/**
 * Tells whether the folder of the table is there.
 *
 * @param location The place.
 * @returns Whether it is; true for an object store, which has no folders.
 * @throws {Error} When something else is there, or it is out of reach.
 */
export async function isThere({ name, folder }: Location): Promise<boolean> {
  if (folder === null) return true;
  let why: string;
  try {
    if ((await Deno.stat(folder)).isDirectory) return true;
    why = "it is a file, not a folder";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.NotADirectory) why = "it is a file, not a folder";
    else if (error instanceof Deno.errors.NotCapable) {
      why = `it is out of bounds (${error.message})`;
    } else throw failure("open", name, error);
  }
  throw new Error(`Cannot open the index ${name}: ${why}; name another with --index`);
}

/**
 * Fails where the table of a place can be read and is somebody else's.
 *
 * @param location The place.
 * @param options How it is opened.
 * @throws {Error} When it is.
 */
export async function refuseForeign(location: Location, options: ClipStoreOptions): Promise<void> {
  let schema: Arrow.Schema;
  try {
    const connection = await connect(location, options);
    const table = await connection.openTable(TABLE);
    schema = await table.schema();
    table.close();
    connection.close();
  } catch {
    // There is none, or it is damaged.
    return;
  }
  if (schema.metadata.has(MANIFEST_KEY)) return;
  throw new Error(
    `Cannot remove the index ${location.name}: it is not one of fovea's; name another with --index`,
  );
}
