/**
 * The columns of the index, and the two ways between them and {@linkcode ClipRecord}s.
 *
 * Vectors are lists of fixed-size lists, so a row has as many as it needs and other tools (Python,
 * DuckDB) read them as they are. Halves are handed to Arrow as raw 16-bit words: bit-equal both
 * ways, and one copy into the batch's buffer on the way in, none on the way out.
 *
 * @module
 */
import { type Arrow, arrow } from "./arrow.ts";
import type { Manifest } from "./manifest.ts";
import type { ClipRecord } from "./record.ts";

/** The key of the table's metadata under which the manifest lies, as JSON. */
export const MANIFEST_KEY = "fovea";

/** Marks a key: without it, two processes that upsert the same new id both insert it. */
export const PRIMARY_KEY = new Map([["lance-schema:unenforced-primary-key", "true"]]);

const item = (type: Arrow.DataType) => new arrow.Field("item", type, true);
const list = (type: Arrow.DataType) => new arrow.List(item(type));
const vector = (dim: number, type: Arrow.DataType) => new arrow.FixedSizeList(dim, item(type));

const utf8 = new arrow.Utf8();
const int32 = new arrow.Int32();
const int64 = new arrow.Int64();
const float16 = new arrow.Float16();
const float32 = new arrow.Float32();
const float64 = new arrow.Float64();
const uint16 = new arrow.Uint16();
const instant = new arrow.TimestampMillisecond();

/**
 * The schema of an index, its manifest in the metadata.
 *
 * @param manifest What the index is made with; its `dim` is the width of every vector.
 * @returns The Arrow schema of the table of clips.
 */
export function clipSchema(manifest: Manifest): Arrow.Schema {
  const { dim } = manifest;
  const field = (name: string, type: Arrow.DataType, nullable = false) =>
    new arrow.Field(name, type, nullable, name === "id" ? PRIMARY_KEY : undefined);
  return new arrow.Schema([
    field("id", utf8),
    field("video", utf8),
    field("clip", int32),
    field("clips", int32),
    field("path", utf8),
    field("size", int64),
    field("modified", instant),
    field("fingerprint", utf8),
    field("created", instant, true),
    field("duration", float64, true),
    field("start", float64),
    field("end", float64),
    field("times", list(float64)),
    field("frames", list(vector(dim, float16))),
    field("frame_weights", list(float32)),
    field("frames_pooled", vector(dim, float32)),
    field("entities", list(vector(dim, float16))),
    field("entity_weights", list(float32)),
    field("entities_pooled", vector(dim, float32)),
    field("labels", list(list(uint16))),
    field("importance", list(list(float32))),
    field("thumbnails", list(new arrow.Binary())),
    field("patches", list(vector(dim, float16)), true),
  ], new Map([[MANIFEST_KEY, JSON.stringify(manifest)]]));
}

/**
 * Lays records out as one Arrow table.
 *
 * @param records The rows, in order.
 * @param schema The index's own schema, from {@linkcode clipSchema} or the opened table.
 * @returns A table of one batch.
 * @throws {RangeError} When the arrays of a record do not fit each other or the index's width.
 */
export function toTable(records: readonly ClipRecord[], schema: Arrow.Schema): Arrow.Table {
  const dim = widthOf(schema);
  for (const record of records) check(record, dim);
  const children = schema.fields.map((field) => {
    const encode = ENCODE[field.name];
    if (!encode) throw new RangeError(`Cannot write the column ${field.name}: it is unknown`);
    return encode(records, dim);
  });
  const struct = arrow.makeData({
    type: new arrow.Struct(schema.fields),
    children,
    length: records.length,
    nullCount: 0,
  });
  return new arrow.Table(schema, [new arrow.RecordBatch(schema, struct)]);
}

/**
 * Reads whole rows back.
 *
 * @param batch Rows with every column of the index.
 * @returns The records, in the batch's order. Their arrays are views on the batch where they can
 * be, so they keep it alive.
 */
export function toRecords(batch: Arrow.RecordBatch): ClipRecord[] {
  const text = (name: string) => batch.getChild(name)! as Arrow.Vector<Arrow.Utf8>;
  const [id, video, path, fingerprint] = ["id", "video", "path", "fingerprint"].map(text);
  const clip = numbers(batch, "clip"), clips = numbers(batch, "clips");
  const size = numbers(batch, "size"), modified = numbers(batch, "modified");
  const created = numbers(batch, "created"), duration = numbers(batch, "duration");
  const start = numbers(batch, "start"), end = numbers(batch, "end");
  const times = ragged(batch, "times", Float64Array);
  const frames = ragged(batch, "frames", Float16Array);
  const frameWeights = ragged(batch, "frame_weights", Float32Array);
  const framesPooled = ragged(batch, "frames_pooled", Float32Array);
  const entities = ragged(batch, "entities", Float16Array);
  const entityWeights = ragged(batch, "entity_weights", Float32Array);
  const entitiesPooled = ragged(batch, "entities_pooled", Float32Array);
  const rounds = roundsOf(batch);
  const thumbnails = thumbnailsOf(batch);
  const patches = ragged(batch, "patches", Float16Array);
  return Array.from({ length: batch.numRows }, (_, i): ClipRecord => ({
    id: id.get(i)!,
    video: video.get(i)!,
    clip: clip(i)!,
    clips: clips(i)!,
    path: path.get(i)!,
    size: size(i)!,
    modified: modified(i)!,
    fingerprint: fingerprint.get(i)!,
    created: created(i),
    duration: duration(i),
    start: start(i)!,
    end: end(i)!,
    times: times(i)!,
    frames: frames(i)!,
    frameWeights: frameWeights(i)!,
    framesPooled: framesPooled(i)!,
    entities: entities(i)!,
    entityWeights: entityWeights(i)!,
    entitiesPooled: entitiesPooled(i)!,
    rounds: rounds(i),
    thumbnails: thumbnails(i),
    patches: patches(i),
  }));
}

/**
 * Reads a column of numbers, 64-bit integers included.
 *
 * @param batch The rows.
 * @param name The column.
 * @returns What gives the number of a row, null where there is none.
 */
export function numbers(batch: Arrow.RecordBatch, name: string): (row: number) => number | null {
  const data = batch.getChild(name)!.data[0];
  const values = data.values as Int32Array | BigInt64Array | Float64Array;
  return (row) => data.getValid(row) ? Number(values[row]) : null;
}

/** The element types that {@linkcode ragged} reads. */
type Numeric = Float16Array | Float32Array | Float64Array | Uint16Array;

/**
 * Reads a column of vectors or of lists of numbers or vectors.
 *
 * @param batch The rows.
 * @param name The column.
 * @param type The array to give: `Float16Array` is a view on the raw halves.
 * @returns What gives the numbers of a row, flat, as a view on the batch; null where there are none.
 */
export function ragged<T extends Numeric>(
  batch: Arrow.RecordBatch,
  name: string,
  type: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => T,
): (row: number) => T | null {
  const data = batch.getChild(name)!.data[0];
  const { values, bounds } = flatten(data);
  return (row) => {
    if (!data.getValid(row)) return null;
    const [from, to] = bounds(row);
    const bytes = values.byteOffset + from * values.BYTES_PER_ELEMENT;
    return new type(values.buffer, bytes, to - from);
  };
}

/**
 * Reads the merge rounds of each row.
 *
 * @param batch Rows with the columns `labels` and `importance`.
 * @returns What gives the rounds of a row.
 */
export function roundsOf(batch: Arrow.RecordBatch): (row: number) => ClipRecord["rounds"] {
  const labels = batch.getChild("labels")!.data[0];
  const importance = batch.getChild("importance")!.data[0];
  const label = flatten(labels.children[0]), weight = flatten(importance.children[0]);
  return (row) => {
    const from = labels.valueOffsets[row], to = labels.valueOffsets[row + 1];
    return Array.from({ length: to - from }, (_, r) => ({
      labels: label.values.subarray(...label.bounds(from + r)) as Uint16Array,
      importance: weight.values.subarray(
        ...weight.bounds(importance.valueOffsets[row] + r),
      ) as Float32Array,
    }));
  };
}

/**
 * Reads the thumbnails of each row.
 *
 * @param batch Rows with the column `thumbnails`.
 * @returns What gives the JPEGs of a row.
 */
export function thumbnailsOf(batch: Arrow.RecordBatch): (row: number) => Uint8Array[] {
  const data = batch.getChild("thumbnails")!.data[0];
  const { valueOffsets, values } = data.children[0];
  return (row) => {
    const from = data.valueOffsets[row], to = data.valueOffsets[row + 1];
    return Array.from(
      { length: to - from },
      (_, i) => values.subarray(valueOffsets[from + i], valueOffsets[from + i + 1]) as Uint8Array,
    );
  };
}

/** The width D of the vectors of an index, from its schema. */
function widthOf(schema: Arrow.Schema): number {
  const type = schema.fields.find((field) => field.name === "frames_pooled")!.type;
  return (type as Arrow.FixedSizeList).listSize;
}

/** The numbers under nested lists, and where those of a row begin and end. */
function flatten(data: Arrow.Data): {
  values: Float32Array | Float64Array | Uint16Array;
  bounds: (row: number) => [from: number, to: number];
} {
  if (arrow.DataType.isFixedSizeList(data.type)) {
    const size = data.type.listSize;
    const inner = flatten(data.children[0]);
    return {
      values: inner.values,
      bounds: (row) => [(data.offset + row) * size, (data.offset + row + 1) * size],
    };
  }
  if (arrow.DataType.isList(data.type)) {
    const { values, bounds } = flatten(data.children[0]);
    const offsets = data.valueOffsets;
    // The rows of a list are consecutive, so its numbers span from the first row's to the last's.
    const at = (row: number) => bounds(row)[0];
    return { values, bounds: (row) => [at(offsets[row]), at(offsets[row + 1])] };
  }
  return { values: data.values, bounds: (row) => [row, row + 1] };
}

type Encode = (records: readonly ClipRecord[], dim: number) => Arrow.Data;

/** How each column is made. The names are those of {@linkcode clipSchema}. */
const ENCODE: Readonly<Record<string, Encode>> = {
  id: (records) => texts(records.map((r) => r.id)),
  video: (records) => texts(records.map((r) => r.video)),
  clip: (records) => primitive(int32, Int32Array.from(records, (r) => r.clip)),
  clips: (records) => primitive(int32, Int32Array.from(records, (r) => r.clips)),
  path: (records) => texts(records.map((r) => r.path)),
  size: (records) => primitive(int64, BigInt64Array.from(records, (r) => BigInt(r.size))),
  modified: (records) => primitive(instant, BigInt64Array.from(records, (r) => BigInt(r.modified))),
  fingerprint: (records) => texts(records.map((r) => r.fingerprint)),
  created: (records) =>
    primitive(
      instant,
      BigInt64Array.from(records, (r) => BigInt(r.created ?? 0)),
      validity(records.map((r) => r.created !== null)),
    ),
  duration: (records) =>
    primitive(
      float64,
      Float64Array.from(records, (r) => r.duration ?? 0),
      validity(records.map((r) => r.duration !== null)),
    ),
  start: (records) => primitive(float64, Float64Array.from(records, (r) => r.start)),
  end: (records) => primitive(float64, Float64Array.from(records, (r) => r.end)),
  times: (records) =>
    lists(float64, records.map((r) => r.times), (all) => primitive(float64, join64(all))),
  frames: (records, dim) => halves(records.map((r) => r.frames), dim),
  frame_weights: (records) => floats(records.map((r) => r.frameWeights)),
  frames_pooled: (records, dim) => pooled(records.map((r) => r.framesPooled), dim),
  entities: (records, dim) => halves(records.map((r) => r.entities), dim),
  entity_weights: (records) => floats(records.map((r) => r.entityWeights)),
  entities_pooled: (records, dim) => pooled(records.map((r) => r.entitiesPooled), dim),
  labels: (records) =>
    lists(
      list(uint16),
      records.map((r) => r.rounds),
      (all) =>
        lists(
          uint16,
          all.flat().map((round) => round.labels),
          (labels) => primitive(uint16, join16(labels)),
        ),
    ),
  importance: (records) =>
    lists(
      list(float32),
      records.map((r) => r.rounds),
      (all) => floats(all.flat().map((round) => round.importance)),
    ),
  thumbnails: (records) =>
    lists(new arrow.Binary(), records.map((r) => r.thumbnails), (all) => {
      const pictures = all.flat();
      return arrow.makeData({
        type: new arrow.Binary(),
        valueOffsets: offsetsOf(pictures),
        data: join8(pictures),
        length: pictures.length,
        nullCount: 0,
      });
    }),
  patches: (records, dim) =>
    halves(
      records.map((r) => r.patches ?? new Float16Array(0)),
      dim,
      validity(records.map((r) => r.patches !== null)),
    ),
};

/** Which rows have a value, as Arrow's bitmap, and how many have none. */
function validity(valid: readonly boolean[]): { nullBitmap: Uint8Array; nullCount: number } {
  const nullBitmap = new Uint8Array(Math.ceil(valid.length / 64) * 8);
  let nullCount = 0;
  valid.forEach((yes, i) => yes ? nullBitmap[i >> 3] |= 1 << (i & 7) : nullCount++);
  return { nullBitmap, nullCount };
}

function primitive(
  type: Arrow.DataType,
  data: Int32Array | BigInt64Array | Float32Array | Float64Array | Uint16Array,
  nulls: { nullBitmap?: Uint8Array; nullCount: number } = { nullCount: 0 },
): Arrow.Data {
  return new arrow.Data(type, 0, data.length, nulls.nullCount, [
    undefined,
    data,
    nulls.nullBitmap,
  ]);
}

function texts(values: readonly string[]): Arrow.Data<Arrow.Utf8> {
  const encoder = new TextEncoder();
  const bytes = values.map((value) => encoder.encode(value));
  return arrow.makeData({
    type: utf8,
    valueOffsets: offsetsOf(bytes),
    data: join8(bytes),
    length: values.length,
    nullCount: 0,
  });
}

/** A list column: each row's `length` gives its offsets, `child` makes the elements of all rows. */
function lists<T extends { readonly length: number }>(
  type: Arrow.DataType,
  rows: readonly T[],
  child: (rows: readonly T[]) => Arrow.Data,
  nulls: { nullBitmap?: Uint8Array; nullCount: number } = { nullCount: 0 },
  itemSize = 1,
): Arrow.Data<Arrow.List> {
  return arrow.makeData({
    type: list(type),
    valueOffsets: offsetsOf(rows, itemSize),
    child: child(rows),
    length: rows.length,
    ...nulls,
  });
}

function floats(rows: readonly Float32Array[]): Arrow.Data {
  return lists(float32, rows, (all) => primitive(float32, join32(all)));
}

function pooled(rows: readonly Float32Array[], dim: number): Arrow.Data {
  return arrow.makeData({
    type: vector(dim, float32),
    child: primitive(float32, join32(rows)),
    length: rows.length,
    nullCount: 0,
  });
}

function halves(
  rows: readonly Float16Array[],
  dim: number,
  nulls?: { nullBitmap: Uint8Array; nullCount: number },
): Arrow.Data {
  const type = vector(dim, float16);
  const child = (all: readonly Float16Array[]) => {
    const words = join16(
      all.map((row) => new Uint16Array(row.buffer as ArrayBuffer, row.byteOffset, row.length)),
    );
    return arrow.makeData({
      type,
      child: primitive(float16, words),
      length: words.length / dim,
      nullCount: 0,
    });
  };
  return lists(type, rows, child, nulls, dim);
}

function offsetsOf(rows: readonly { readonly length: number }[], itemSize = 1): Int32Array {
  const offsets = new Int32Array(rows.length + 1);
  rows.forEach((row, i) => offsets[i + 1] = offsets[i] + row.length / itemSize);
  return offsets;
}

type Joinable = Uint8Array | Uint16Array | Float32Array | Float64Array;

const join8 = joiner<Uint8Array>(Uint8Array);
const join16 = joiner<Uint16Array>(Uint16Array);
const join32 = joiner<Float32Array>(Float32Array);
const join64 = joiner<Float64Array>(Float64Array);

function joiner<T extends Joinable>(type: new (length: number) => T) {
  return (parts: readonly T[]): T => {
    const joined = new type(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  };
}

/** A row whose arrays disagree would shift the vectors of every row behind it. */
function check(record: ClipRecord, dim: number): void {
  const frames = record.times.length, entities = record.entityWeights.length;
  const wrong = (what: string, found: number, expected: number) => {
    if (found === expected) return;
    throw new RangeError(
      `Cannot store the clip ${record.id}: expected ${what} of length ${expected} but found ${found}`,
    );
  };
  wrong("frames", record.frames.length, frames * dim);
  wrong("frameWeights", record.frameWeights.length, frames);
  wrong("framesPooled", record.framesPooled.length, dim);
  wrong("entities", record.entities.length, entities * dim);
  wrong("entitiesPooled", record.entitiesPooled.length, dim);
  if (record.patches !== null) wrong("whole patches", record.patches.length % dim, 0);
}
