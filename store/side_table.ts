/**
 * Small tables beside that of the clips, in the same place: what is kept with an index and is no
 * part of a clip.
 *
 * @module
 */
import * as lancedb from "@lancedb/lancedb";
import { join } from "node:path";
import type { Arrow } from "./arrow.ts";
import { compactFolder, compactRemote, isCompactionDue } from "./compaction.ts";
import { DurableFolder } from "./durable.ts";
import { failure, troubleOf } from "./failure.ts";
import { locate, type Location } from "./location.ts";
import { connect, isThere } from "./open_table.ts";
import { retried } from "./retry.ts";
import { WritersLock } from "./writers_lock.ts";

/** One row, by the names of the columns. */
export type Row = Record<string, unknown>;

/**
 * A table whose rows have a text of their own as their key. It is made by the first write: an index
 * that was made without it is one where it is empty.
 */
export class SideTable implements Disposable {
  readonly #location: Location;
  readonly #name: string;
  readonly #key: string;
  readonly #schema: Arrow.Schema;
  readonly #durable: DurableFolder | null;
  readonly #lock: WritersLock | null;
  #connection?: Promise<lancedb.Connection>;
  #table?: lancedb.Table;

  /**
   * @param place The index: a folder, or an `s3://`, `gs://` or `az://` URI.
   * @param name The table's name.
   * @param schema Its columns; the first is the key.
   */
  constructor(place: string, name: string, schema: Arrow.Schema) {
    this.#location = locate(place);
    this.#name = name;
    this.#schema = schema;
    this.#key = schema.fields[0].name;
    const local = this.#location.folder !== null;
    this.#durable = local ? new DurableFolder(this.#folder) : null;
    this.#lock = local ? new WritersLock(this.#location.uri) : null;
  }

  /** The newest version, other processes' commits included; 0 while there is no table. */
  async version(): Promise<number> {
    return await this.#read((table) => table.version()) ?? 0;
  }

  /**
   * Reads rows.
   *
   * @param columns Which columns.
   * @param where Which rows, as SQL; all where it is left out.
   * @returns The rows, in no promised order.
   */
  async rows(columns: readonly string[], where?: string): Promise<Row[]> {
    const found = await this.#read((table) => {
      const query = table.query().select([...columns]);
      return (where === undefined ? query : query.where(where)).toArray();
    });
    return found ?? [];
  }

  /** Stores rows in one commit; those with a stored key are replaced. */
  async upsert(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    const data = lancedb.makeArrowTable([...rows], { schema: this.#schema });
    await this.#commit("write", async () => {
      const table = await this.#open() ?? await this.#make();
      await table.mergeInsert(this.#key).whenMatchedUpdateAll().whenNotMatchedInsertAll()
        .execute(data);
    });
    await this.#compact(this.#table!);
  }

  /** @param where Which rows, as SQL. @returns How many were removed. */
  async remove(where: string): Promise<number> {
    let removed = 0;
    await this.#commit("write", async () => {
      removed = (await (await this.#open())?.delete(where))?.numDeletedRows ?? 0;
    });
    return removed;
  }

  /**
   * Throws the table away if it cannot be read.
   *
   * @returns Whether it was thrown away.
   */
  async dropIfDamaged(): Promise<boolean> {
    try {
      await this.#read((table) => table.query().toArray());
      return false;
    } catch (error) {
      const trouble = troubleOf((error as Error).cause);
      if (trouble !== "damaged" && trouble !== "gone") throw error;
    }
    this[Symbol.dispose]();
    try {
      if (this.#location.folder !== null) await Deno.remove(this.#folder, { recursive: true });
      else await (await connect(this.#location, {})).dropTable(this.#name);
    } catch (error) {
      throw failure("remove", this.#location.name, error);
    }
    return true;
  }

  /** Lets go of the files. */
  [Symbol.dispose](): void {
    this.#table?.close();
    // One that did not connect has been reported.
    this.#connection?.then((connection) => connection.close(), () => {});
    this.#table = this.#connection = undefined;
  }

  get #folder(): string {
    return join(this.#location.uri, `${this.#name}.lance`);
  }

  async #open(): Promise<lancedb.Table | undefined> {
    if (this.#table) return this.#table;
    // Connecting makes the folder, which only looking must not.
    if (!await isThere(this.#location)) return undefined;
    try {
      const connection = await (this.#connection ??= connect(this.#location, {}));
      return this.#table = await connection.openTable(this.#name);
    } catch (error) {
      if (troubleOf(error) === "gone") return undefined;
      throw error;
    }
  }

  async #make(): Promise<lancedb.Table> {
    const connection = await (this.#connection ??= connect(this.#location, {}));
    try {
      this.#table = await connection.createEmptyTable(this.#name, this.#schema);
    } catch (error) {
      // Another process has just made it.
      if (!/already exists|commit conflict/i.test((error as Error).message)) throw error;
      this.#table = await connection.openTable(this.#name);
    }
    return this.#table;
  }

  async #read<T>(read: (table: lancedb.Table) => Promise<T>): Promise<T | undefined> {
    try {
      const table = await this.#open();
      return table && await retried(() => read(table), () => table.version());
    } catch (error) {
      throw failure("read", this.#location.name, error);
    }
  }

  async #compact(table: lancedb.Table): Promise<void> {
    try {
      if (!await isCompactionDue(table)) return;
      if (this.#lock) await compactFolder(table, this.#lock, this.#durable!, this.#folder);
      else await compactRemote(table);
    } catch (error) {
      // Another process's commit came in between; its next compaction does the work.
      const trouble = troubleOf(error);
      if (trouble !== "conflict" && trouble !== "gone") {
        throw failure("compact", this.#location.name, error);
      }
    }
  }

  async #commit(doing: string, change: () => Promise<void>): Promise<void> {
    const run = async () => {
      await retried(change, () => this.version());
      if (this.#table) await this.#durable?.sync();
    };
    try {
      await (this.#lock ? this.#lock.shared(run) : run());
    } catch (error) {
      throw failure(doing, this.#location.name, error);
    }
  }
}
