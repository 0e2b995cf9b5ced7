/**
 * Reads columns of single clips.
 *
 * @module
 */
import type * as lancedb from "@lancedb/lancedb";
import type { Arrow } from "./arrow.ts";
import { type CoarseClips, idOfClip } from "./coarse_clips.ts";
import { failure } from "./failure.ts";
import { portions } from "./portions.ts";
import { IDS_AT_ONCE, inList } from "./predicates.ts";
import { textColumn } from "./text_column.ts";

/** Rows that one task takes: a search reads 100 on two cores. */
const ROWS_AT_ONCE = 50;

/** What reads the table, again where another process removes the version that is being read. */
type Read = <T>(read: (table: lancedb.Table) => Promise<T>) => Promise<T>;

/**
 * Reads clips by row id where a coarse form says where they are, with one look at each row's id,
 * because rows move when another process compacts; else by id.
 */
export class RowReader {
  readonly #place: string;
  readonly #table: lancedb.Table;
  readonly #read: Read;
  #coarse: CoarseClips | undefined;
  #rowOf: ReadonlyMap<string, bigint> | undefined;

  /**
   * @param place Where the index lies, for what goes wrong.
   * @param table The table of clips.
   * @param read What reads it.
   */
  constructor(place: string, table: lancedb.Table, read: Read) {
    this.#place = place;
    this.#table = table;
    this.#read = read;
  }

  /** The coarse form that says where clips are, if there is one in memory. */
  set coarse(coarse: CoarseClips | undefined) {
    this.#coarse = coarse;
    this.#rowOf = undefined;
  }

  /**
   * Reads columns of some clips.
   *
   * @param ids The ids of the clips.
   * @param columns The columns that `reader` needs.
   * @param reader Makes what gives the value of a row.
   * @returns The values, in the order asked; null for a clip that is not stored.
   */
  async column<T>(
    ids: readonly string[],
    columns: readonly string[],
    reader: (batch: Arrow.RecordBatch) => (row: number) => T,
  ): Promise<(T | null)[]> {
    const wanted = new Set(ids);
    const found = new Map<string, T>();
    const scan = (batch: Arrow.RecordBatch) => {
      const idOf = textColumn(batch, "id"), valueOf = reader(batch);
      for (let row = 0; row < batch.numRows; row++) {
        const id = idOf(row);
        if (wanted.delete(id)) found.set(id, valueOf(row));
      }
    };
    const select = ["id", ...columns.filter((name) => name !== "id")];
    const rows = this.#rowsOf(wanted);
    if (rows.length > 0) {
      try {
        await Promise.all(
          portions(rows, ROWS_AT_ONCE).map(async (some) => {
            for await (const batch of this.#table.takeRowIds(some).select(select)) scan(batch);
          }),
        );
      } catch (error) {
        // The rows have moved: what is still wanted is looked for by id.
        if (await this.#read((table) => table.version()) === this.#coarse?.version) {
          throw failure("read", this.#place, error);
        }
      }
    }
    for (const some of portions([...wanted], IDS_AT_ONCE)) {
      for (const batch of await this.rows(select, inList("id", some))) scan(batch);
    }
    return ids.map((id) => found.get(id) ?? null);
  }

  /**
   * Reads columns of the clips that a predicate names.
   *
   * @param columns The columns.
   * @param where The predicate, in SQL.
   * @returns The rows.
   */
  rows(columns: readonly string[], where: string): Promise<Arrow.RecordBatch[]> {
    return this.#read((table) => Array.fromAsync(table.query().select([...columns]).where(where)));
  }

  /** Where the coarse form says that clips are. */
  #rowsOf(ids: ReadonlySet<string>): bigint[] {
    const coarse = this.#coarse;
    if (!coarse) return [];
    const rowOf = this.#rowOf ??= new Map(
      coarse.rows.values().map((row, i) => [
        idOfClip(coarse, i),
        row,
      ]),
    );
    return [...ids].map((id) => rowOf.get(id)).filter((row) => row !== undefined);
  }
}
