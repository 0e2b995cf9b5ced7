/**
 * The index on disk or on object storage: one LanceDB table of clips.
 *
 * Every change is one commit of one new version, so a reader sees all of it or nothing, and a
 * process that dies leaves at most files that no version names. Two processes may write at once.
 *
 * @module
 */
import type * as lancedb from "@lancedb/lancedb";
import { join } from "node:path";
import type { Arrow } from "./arrow.ts";
import {
  type ClipEntities,
  clipEntities,
  type ClipFrames,
  clipFrames,
  ENTITY_COLUMNS,
  FRAME_COLUMNS,
} from "./clip_vectors.ts";
import { type CoarseClips, coarseColumns, collectCoarse } from "./coarse_clips.ts";
import { compactFolder, compactRemote, isCompactionDue } from "./compaction.ts";
import { DurableFolder } from "./durable.ts";
import { failure, troubleOf, VersionGoneError } from "./failure.ts";
import { locate, type Location, TABLE } from "./location.ts";
import { difference, FORMAT, type Manifest } from "./manifest.ts";
import { connect, isThere, openTable, refuseForeign } from "./open_table.ts";
import { portions } from "./portions.ts";
import { IDS_AT_ONCE, inList, sqlText, staleClips } from "./predicates.ts";
import { RecentClips } from "./recent_clips.ts";
import { clipId, type ClipRecord } from "./record.ts";
import { retried } from "./retry.ts";
import { RowReader } from "./row_reader.ts";
import {
  clipSchema,
  MANIFEST_KEY,
  ragged,
  roundsOf,
  thumbnailsOf,
  toRecords,
  toTable,
} from "./schema.ts";
import { collectVideos, type StoredVideo, VIDEO_COLUMNS } from "./stored_video.ts";
import { collectVideoClips, VIDEO_CLIPS_COLUMNS, type VideoClips } from "./video_clips.ts";
import { WritersLock } from "./writers_lock.ts";

/** How an index is opened. */
export interface ClipStoreOptions {
  /**
   * Settings of the object store, named as LanceDB names them (`endpoint`, `region`, `allow_http`,
   * `aws_access_key_id`, …). Whatever is not given comes from the usual environment variables:
   * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT`,
   * `AWS_ALLOW_HTTP`; `GOOGLE_SERVICE_ACCOUNT`; `AZURE_STORAGE_ACCOUNT_NAME`,
   * `AZURE_STORAGE_ACCOUNT_KEY`.
   */
  readonly storageOptions?: Readonly<Record<string, string>>;
  /** How many bytes of clips asked for by id stay in memory. Defaults to 256 MiB. */
  readonly cacheBytes?: number;
}

/** How {@linkcode ClipStore.adopt} stores a video under another path. */
export interface Adoption {
  /** The id of the video as it is stored. */
  readonly from: string;
  /** The id it gets; the same as `from` where only its file's time changed. */
  readonly to: string;
  /** The fingerprint of the file's content: clips of another one are not adopted. */
  readonly fingerprint: string;
  /** The path it gets. */
  readonly path: string;
  /** The size of the file there, in bytes. */
  readonly size: number;
  /** When that file was modified: whole milliseconds since 1970. */
  readonly modified: number;
  /** Whether the video also stays under `from`: a copy, not a move. */
  readonly keep: boolean;
}

/** What an index holds and what it takes. */
export interface StoreInfo {
  readonly manifest: Manifest;
  /** The version of the table: one more with each commit. */
  readonly version: number;
  readonly videos: number;
  /** How many videos have all their clips. */
  readonly complete: number;
  readonly clips: number;
  /** The bytes of all files, those of versions that compaction has yet to remove included. */
  readonly bytes: number;
  /** The bytes of an average clip by group of columns, from a sample of the clips. */
  readonly clipBytes: Readonly<
    Record<"frames" | "entities" | "rounds" | "thumbnails" | "patches", number>
  >;
}

/** Room for about 3,000 clips of 74 entities and 1,000 of 12 frames of 512 numbers. */
const CACHE_BYTES = 256 * 2 ** 20;

/** The share of it that is for frames: few clips are shown of those that are compared. */
const FRAMES_SHARE = 1 / 16;

/** Whole records that are in memory at once when a video is rewritten. */
const ADOPT_CLIPS = 64;

/** Clips whose columns are measured for {@linkcode ClipStore.info}. */
const SAMPLE = 64;

/** An index of clips. See the module's description. */
export class ClipStore {
  /** Where the index lies, as it was asked for. */
  readonly place: string;
  /** What the index was made with. */
  readonly manifest: Manifest;
  readonly #connection: lancedb.Connection;
  readonly #table: lancedb.Table;
  readonly #schema: Arrow.Schema;
  readonly #location: Location;
  readonly #durable: DurableFolder | null;
  readonly #lock: WritersLock | null;
  readonly #rows: RowReader;
  readonly #entities: RecentClips<ClipEntities>;
  readonly #frames: RecentClips<ClipFrames>;
  #coarse: CoarseClips | undefined;

  private constructor(
    location: Location,
    connection: lancedb.Connection,
    table: lancedb.Table,
    manifest: Manifest,
    options: ClipStoreOptions,
  ) {
    this.place = location.name;
    this.manifest = manifest;
    this.#location = location;
    this.#connection = connection;
    this.#table = table;
    this.#schema = clipSchema(manifest);
    this.#durable = location.folder === null ? null : new DurableFolder(location.folder);
    this.#lock = location.folder === null ? null : new WritersLock(location.uri);
    const { cacheBytes = CACHE_BYTES } = options;
    this.#entities = new RecentClips(cacheBytes * (1 - FRAMES_SHARE));
    this.#frames = new RecentClips(cacheBytes * FRAMES_SHARE);
    this.#rows = new RowReader(location.name, table, (read) => this.#read(read));
  }

  /**
   * Opens an index that is there.
   *
   * @param place A folder, or an `s3://`, `gs://` or `az://` URI.
   * @param options How it is opened.
   * @returns The index.
   * @throws {Deno.errors.NotFound} When there is none.
   * @throws {Error} When it is damaged, of another format, or out of reach.
   */
  static async open(place: string, options: ClipStoreOptions = {}): Promise<ClipStore> {
    const store = await ClipStore.openIfAny(place, options);
    if (store) return store;
    throw new Deno.errors.NotFound(
      `Cannot open the index ${place}: there is none; make it with "index PATH…"`,
    );
  }

  /**
   * Opens an index where there is one.
   *
   * @param place A folder, or an `s3://`, `gs://` or `az://` URI.
   * @param options How it is opened.
   * @returns The index, or undefined where there is none.
   * @throws {Error} When it is damaged, of another format, or out of reach.
   */
  static openIfAny(
    place: string,
    options: ClipStoreOptions = {},
  ): Promise<ClipStore | undefined> {
    return openTable(locate(place), options, ClipStore.#attach);
  }

  /**
   * Makes an index, empty. Of several processes that do so at once, one makes it.
   *
   * @param place A folder, or an `s3://`, `gs://` or `az://` URI.
   * @param manifest What it is made with.
   * @param options How it is opened.
   * @returns The index.
   * @throws {Deno.errors.AlreadyExists} When there is one.
   * @throws {Error} When the place cannot be written.
   */
  static async create(
    place: string,
    manifest: Manifest,
    options: ClipStoreOptions = {},
  ): Promise<ClipStore> {
    const location = locate(place);
    await isThere(location);
    try {
      const connection = await connect(location, options);
      const table = await connection.createTable(TABLE, toTable([], clipSchema(manifest)));
      const store = new ClipStore(location, connection, table, manifest, options);
      await store.#durable?.sync();
      return store;
    } catch (error) {
      if (error instanceof Error && /already exists|commit conflict/i.test(error.message)) {
        throw new Deno.errors.AlreadyExists(
          `Cannot make the index ${place}: there is one already`,
          { cause: error },
        );
      }
      throw failure("make", place, error);
    }
  }

  /**
   * Opens an index, or makes it where there is none.
   *
   * @param place A folder, or an `s3://`, `gs://` or `az://` URI.
   * @param manifest What it is made with, or must have been.
   * @param options How it is opened.
   * @returns The index.
   * @throws {Error} When the one that is there was made with something else, and what
   * {@linkcode ClipStore.open} and {@linkcode ClipStore.create} throw.
   */
  static async openOrCreate(
    place: string,
    manifest: Manifest,
    options: ClipStoreOptions = {},
  ): Promise<ClipStore> {
    let store = await ClipStore.openIfAny(place, options);
    try {
      store ??= await ClipStore.create(place, manifest, options);
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      store = await ClipStore.open(place, options);
    }
    const other = difference(store.manifest, manifest);
    if (other === null) return store;
    store.close();
    throw new Error(`Cannot use the index ${place}: ${other}; --rebuild makes it anew`);
  }

  /**
   * Throws away whatever index is there, damaged or not, and makes an empty one.
   *
   * @param place A folder, or an `s3://`, `gs://` or `az://` URI.
   * @param manifest What it is made with.
   * @param options How it is opened.
   * @returns The index.
   * @throws {Error} When the place cannot be written, or holds a table that is not fovea's.
   */
  static async rebuild(
    place: string,
    manifest: Manifest,
    options: ClipStoreOptions = {},
  ): Promise<ClipStore> {
    const location = locate(place);
    if (await isThere(location)) await refuseForeign(location, options);
    try {
      if (location.folder === null) {
        const connection = await connect(location, options);
        await connection.dropTable(TABLE);
      } else {
        await Deno.remove(location.folder, { recursive: true });
      }
    } catch (error) {
      if (troubleOf(error) !== "gone" && !(error instanceof Deno.errors.NotFound)) {
        throw failure("remove", place, error);
      }
    }
    return await ClipStore.openOrCreate(place, manifest, options);
  }

  static async #attach(
    location: Location,
    connection: lancedb.Connection,
    table: lancedb.Table,
    options: ClipStoreOptions,
  ): Promise<ClipStore> {
    const text = (await table.schema()).metadata.get(MANIFEST_KEY);
    if (text === undefined) {
      throw new Error(`Cannot open the index ${location.name}: it is not one of fovea's`);
    }
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.format !== FORMAT) {
      throw new Error(
        `Cannot open the index ${location.name}: it has format ${manifest.format}, ` +
          `this fovea reads and writes format ${FORMAT}; --rebuild makes it anew`,
      );
    }
    return new ClipStore(location, connection, table, manifest, options);
  }

  /**
   * The newest version of the table, other processes' commits included.
   *
   * @returns A number that grows with every commit.
   */
  version(): Promise<number> {
    return this.#read((table) => table.version());
  }

  /**
   * Stores clips, in one commit: new ones are added, those with a stored id replaced. Clips of the
   * same videos that another fingerprint or another number of clips was stored with are dropped in
   * the same commit, so an index never holds two versions of a file. On a local disk they are on
   * the disk when this returns.
   *
   * @param records The clips; all those of one video from the same version of its file.
   * @throws {RangeError} When the arrays of a record do not fit, or a video comes in two versions.
   * @throws {Error} When the commit fails, with what is stored as it was.
   */
  async upsert(records: readonly ClipRecord[]): Promise<void> {
    await this.#upsert(records, "");
  }

  /** Stores clips and drops those that a predicate names, in one commit. */
  async #upsert(records: readonly ClipRecord[], dropped: string): Promise<void> {
    if (records.length === 0) return;
    // Two rows of one id in one merge would both be inserted.
    const unique = [...new Map(records.map((record) => [record.id, record])).values()];
    const data = toTable(unique, this.#schema);
    const stale = [staleClips(unique), dropped].filter((x) => x).join(" OR ");
    await this.#commit((table) =>
      table.mergeInsert("id")
        .whenMatchedUpdateAll()
        .whenNotMatchedInsertAll()
        .whenNotMatchedBySourceDelete({ where: stale })
        .execute(data)
    );
  }

  /**
   * Removes videos with all their clips.
   *
   * @param videos The ids of the videos; those that are not stored are passed over.
   * @returns How many clips were removed.
   * @throws {Error} When the commit fails.
   */
  async removeVideos(videos: readonly string[]): Promise<number> {
    let removed = 0;
    for (const ids of portions(videos, IDS_AT_ONCE)) {
      const { numDeletedRows } = await this.#commit((table) => table.delete(inList("video", ids)));
      removed += numDeletedRows;
    }
    return removed;
  }

  /**
   * Stores a video that is in the index under another path, without its being read again: a file
   * that was moved or copied, or one whose time alone has changed. Killed half way, it can be run
   * again; a move ends with the commit that removes the old rows.
   *
   * @param adoption From which id to which, and what the file there is like.
   * @returns How many clips the video has under its new id; 0 when there is none to adopt: not all
   * clips of that content are stored under `from`, and the file has to be read.
   * @throws {Error} When a commit fails.
   */
  async adopt(adoption: Adoption): Promise<number> {
    const { from, to, fingerprint, path, size, modified } = adoption;
    const content = `(video = ${sqlText(from)} AND fingerprint = ${sqlText(fingerprint)})`;
    const rows = await this.#rows.rows(["clip", "clips"], content);
    const column = (name: string) =>
      rows.flatMap((batch) => [...batch.getChild(name)!] as number[]);
    const clips = column("clip").sort((a, b) => a - b);
    if (column("clips").some((count) => count !== clips.length)) return 0;
    for (const [i, portion] of portions(clips, ADOPT_CLIPS).entries()) {
      const last = (i + 1) * ADOPT_CLIPS >= clips.length;
      const records = await this.records(portion.map((clip) => clipId(from, clip)));
      // Another process has stored a newer version of the file meanwhile.
      if (records.filter((it) => it.fingerprint === fingerprint).length < portion.length) return 0;
      await this.#upsert(
        records.map((record) => ({
          ...record,
          id: clipId(to, record.clip),
          video: to,
          path,
          size,
          modified,
        })),
        last && !adoption.keep && from !== to ? content : "",
      );
    }
    return clips.length;
  }

  /**
   * What is stored of each video; the vectors are not read.
   *
   * @returns The videos, by id.
   */
  videos(): Promise<Map<string, StoredVideo>> {
    return this.#read((table) => collectVideos(table.query().select([...VIDEO_COLUMNS])));
  }

  /**
   * A video and where its clips are; the vectors are not read.
   *
   * @param id The id of the video.
   * @returns The video, or null where it is not stored.
   */
  async video(id: string): Promise<VideoClips | null> {
    return collectVideoClips(await this.#rows.rows(VIDEO_CLIPS_COLUMNS, inList("video", [id])));
  }

  /**
   * The first stage of a search, of the newest version. It is kept in memory, and read again only
   * when another version was committed: by this process or another one.
   *
   * @param options.entities Whether the entities count: the vectors are u + e, else u alone.
   * @returns All clips. Treat it as read-only: the next call may return the same object.
   */
  async coarse({ entities }: { readonly entities: boolean }): Promise<CoarseClips> {
    const version = await this.version();
    if (this.#coarse?.version === version && this.#coarse.entities === entities) {
      return this.#coarse;
    }
    // Let go of the old one first: there may not be room for both.
    this.#coarse = this.#rows.coarse = undefined;
    this.#coarse = await this.#read(async () => {
      using snapshot = await this.#snapshot();
      const { table, version } = snapshot;
      const length = await table.countRows();
      return await collectCoarse(
        table.query().select(coarseColumns(entities)).withRowId(),
        { version, length, dim: this.manifest.dim, entities },
      );
    });
    this.#rows.coarse = this.#coarse;
    return this.#coarse;
  }

  /**
   * The frames of all clips and what they weigh, for a query that no one vector of a clip can
   * answer.
   *
   * @param clips What {@linkcode ClipStore.coarse} returned.
   * @returns Portion after portion, in the order of `clips`; each is good until the next is asked
   * for.
   * @throws {VersionGoneError} When that version of the index is gone: ask for the coarse form again.
   */
  async *allFrames(
    clips: CoarseClips,
  ): AsyncGenerator<readonly Pick<ClipRecord, "frames" | "frameWeights">[]> {
    try {
      using snapshot = await this.#snapshot(clips.version);
      for await (const batch of snapshot.table.query().select(["frames", "frame_weights"])) {
        const frames = ragged(batch, "frames", Float16Array);
        const weights = ragged(batch, "frame_weights", Float32Array);
        yield Array.from({ length: batch.numRows }, (_, row) => ({
          frames: frames(row)!,
          frameWeights: weights(row)!,
        }));
      }
    } catch (error) {
      if (troubleOf(error) === "gone" && await this.version() !== clips.version) {
        throw new VersionGoneError(this.place, error);
      }
      throw failure("read", this.place, error);
    }
  }

  /**
   * The entities of some clips, for comparing them word by word. Those asked for lately come from
   * memory.
   *
   * @param ids The ids of the clips.
   * @returns Their entities, in the order asked; null for a clip that is not stored.
   */
  entities(ids: readonly string[]): Promise<(ClipEntities | null)[]> {
    return this.#remembered(this.#entities, ids, ENTITY_COLUMNS, clipEntities);
  }

  /**
   * The frames and the one-vector forms of some clips: what a result that is shown needs. Those
   * asked for lately come from memory.
   *
   * @param ids The ids of the clips.
   * @returns Their frames, in the order asked; null for a clip that is not stored.
   */
  frames(ids: readonly string[]): Promise<(ClipFrames | null)[]> {
    return this.#remembered(this.#frames, ids, FRAME_COLUMNS, clipFrames);
  }

  /**
   * The patch tokens of some clips.
   *
   * @param ids The ids of the clips.
   * @returns Their patches [F·P, D], in the order asked; null for a clip that is not stored or was
   * stored without.
   */
  patches(ids: readonly string[]): Promise<(Float16Array | null)[]> {
    return this.#rows.column(ids, ["patches"], (batch) => ragged(batch, "patches", Float16Array));
  }

  /**
   * The pictures of some clips.
   *
   * @param ids The ids of the clips.
   * @returns A JPEG a frame, in the order asked; null for a clip that is not stored.
   */
  thumbnails(ids: readonly string[]): Promise<(Uint8Array[] | null)[]> {
    return this.#rows.column(ids, ["thumbnails"], thumbnailsOf);
  }

  /**
   * How the patches of some clips were merged.
   *
   * @param ids The ids of the clips.
   * @returns The rounds of each, in the order asked; null for a clip that is not stored.
   */
  rounds(ids: readonly string[]): Promise<(ClipRecord["rounds"] | null)[]> {
    return this.#rows.column(ids, ["labels", "importance"], roundsOf);
  }

  /**
   * Whole records, with everything that was stored.
   *
   * @param ids The ids of the clips.
   * @returns Those that are stored, in the order asked.
   */
  async records(ids: readonly string[]): Promise<ClipRecord[]> {
    const columns = this.#schema.fields.map((field) => field.name);
    const found = await this.#rows.column(ids, columns, (batch) => {
      const records = toRecords(batch);
      return (row) => records[row];
    });
    return found.filter((record) => record !== null);
  }

  /**
   * Tells whether {@linkcode ClipStore.compact} is worth its cost. LanceDB rewrites the whole table,
   * so doing it after every few commits would write a large index over and over. It pays when the
   * commits since the last time are a fair share of all rows: then each row is rewritten a few
   * times in all.
   *
   * @returns Whether to compact.
   */
  compactionDue(): Promise<boolean> {
    return this.#read(isCompactionDue);
  }

  /**
   * Joins the small files that commits leave, and removes files and versions that nobody needs any
   * more. Safe beside readers and writers, and at any moment for the process to die: where another
   * process writes, it does less, and leaves the rest to the next time.
   *
   * @throws {Error} When the disk is full or fails; the index is as it was.
   */
  async compact(): Promise<void> {
    try {
      if (this.#lock) {
        await compactFolder(this.#table, this.#lock, this.#durable!, this.#location.folder!);
      } else await compactRemote(this.#table);
    } catch (error) {
      // Another process's commit came in between; its next compaction does the work.
      const trouble = troubleOf(error);
      if (trouble !== "conflict" && trouble !== "gone") {
        throw failure("compact", this.place, error);
      }
    }
  }

  /**
   * What the index holds and what it takes.
   *
   * @returns Counts and bytes.
   */
  async info(): Promise<StoreInfo> {
    const videos = await this.videos();
    const clips = await this.#read((table) => table.countRows());
    const count = Math.min(SAMPLE, clips);
    const offsets = Array.from({ length: count }, (_, i) => Math.floor(i * clips / count));
    const sample = count === 0 ? [] : await this.#read(async (table) => {
      const columns = this.#schema.fields.map((field) => field.name);
      const batches = await Array.fromAsync(table.takeOffsets(offsets).select(columns));
      return batches.flatMap(toRecords);
    });
    const mean = (bytes: (record: ClipRecord) => number) =>
      Math.round(sample.reduce((sum, record) => sum + bytes(record), 0) / Math.max(1, count));
    return {
      manifest: this.manifest,
      version: await this.version(),
      videos: videos.size,
      complete: [...videos.values()].filter((video) => video.stored.length === video.clips).length,
      clips,
      bytes: this.#location.folder === null
        ? (await this.#read((table) => table.stats())).totalBytes
        : await folderBytes(this.#location.folder),
      clipBytes: {
        frames: mean((r) => arrayBytes(r.times, r.frames, r.frameWeights, r.framesPooled)),
        entities: mean((r) => arrayBytes(r.entities, r.entityWeights, r.entitiesPooled)),
        rounds: mean((r) => arrayBytes(...r.rounds.flatMap((it) => [it.labels, it.importance]))),
        thumbnails: mean((r) => arrayBytes(...r.thumbnails)),
        patches: mean((r) => r.patches?.byteLength ?? 0),
      },
    };
  }

  /** Lets go of the files and the memory. */
  close(): void {
    this.#table.close();
    this.#connection.close();
    this.#entities.clear();
    this.#frames.clear();
    this.#coarse = this.#rows.coarse = undefined;
  }

  /** Columns of some clips, from memory where they were asked for lately. */
  async #remembered<T extends object>(
    clips: RecentClips<T>,
    ids: readonly string[],
    columns: readonly string[],
    reader: (batch: Arrow.RecordBatch) => (row: number) => T,
  ): Promise<(T | null)[]> {
    return await clips.of(ids, await this.version(), (missing) => {
      return this.#rows.column(missing, columns, reader);
    });
  }

  /** The table held at one version, whatever others commit: the newest where none is given. */
  async #snapshot(at?: number) {
    const table = await this.#connection.openTable(TABLE);
    const version = at ?? await table.version();
    await table.checkout(version);
    return { table, version, [Symbol.dispose]: () => table.close() };
  }

  /** Reads, again where another process has just removed the version that was being read. */
  async #read<T>(read: (table: lancedb.Table) => Promise<T>): Promise<T> {
    try {
      return await retried(() => read(this.#table), () => this.#table.version());
    } catch (error) {
      throw failure("read", this.place, error);
    }
  }

  /** Commits one change, again where another process's commit came in between, and syncs it. */
  async #commit<T>(change: (table: lancedb.Table) => Promise<T>): Promise<T> {
    const run = async () => {
      const result = await retried(() => change(this.#table), () => this.#table.version());
      await this.#durable?.sync();
      return result;
    };
    try {
      return await (this.#lock ? this.#lock.shared(run) : run());
    } catch (error) {
      throw failure("write", this.place, error);
    }
  }
}

function arrayBytes(...arrays: readonly ArrayBufferView[]): number {
  return arrays.reduce((sum, array) => sum + array.byteLength, 0);
}

async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    // Compaction in another process may remove a file meanwhile.
    if (entry.isDirectory) bytes += await folderBytes(path);
    else bytes += (await Deno.stat(path).catch(() => ({ size: 0 }))).size;
  }
  return bytes;
}
