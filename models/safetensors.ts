/**
 * Reading and writing the safetensors format: eight bytes with the header's length, a JSON header
 * that names every tensor, then the tensors' bytes one after the other.
 *
 * Reading never loads the tensors: models of a gigabyte are handed to ONNX Runtime as a file and
 * offsets into it.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** The element types of the format, with their sizes in bytes. */
const ELEMENT_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;

/** An element type, as the format spells it. */
export type SafetensorsType = keyof typeof ELEMENT_BYTES;

/** Where one tensor lies in its file. */
export interface TensorEntry {
  readonly dtype: SafetensorsType;
  /** The dimensions; an empty list is a scalar. */
  readonly shape: readonly number[];
  /** The first byte, counted from the start of the file. */
  readonly offset: number;
  /** How many bytes. */
  readonly length: number;
}

/** An opened header. The file itself is not kept open. */
export interface SafetensorsFile {
  /** The path that was read. */
  readonly path: string;
  /** Every tensor by its name. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** The free-form strings of the header. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * Reads the bytes of one tensor.
   *
   * @throws {Error} If there is no such tensor, or the file has changed and ends before it.
   */
  bytes(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Reads one tensor of F32, F16 or BF16 as float32.
   *
   * @throws {Error} As `bytes`, and if the tensor holds no such numbers.
   */
  float32(name: string): Promise<Float32Array<ArrayBuffer>>;
  /**
   * A hash of the header and of a block out of the middle of every tensor: other for a model of
   * which only some layers were trained further, and taken in milliseconds.
   *
   * @returns 64 hexadecimal digits.
   * @throws {Error} If the file cannot be read.
   */
  digest(): string;
}

// The limit of the reference implementation; a larger length is a file of another kind.
const MAX_HEADER_BYTES = 100_000_000;

/** What {@linkcode SafetensorsFile.digest} reads of a tensor. */
const DIGEST_BLOCK = 1024;

/**
 * Reads the header of a safetensors file and checks that every tensor it names is there.
 *
 * @param path The file.
 * @throws {Error} If the file cannot be read, is of another format, or is cut short.
 *
 * @example
 * ```ts
 * import { readSafetensors, writeSafetensors } from "./safetensors.ts";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await writeSafetensors(path, [{
 *   name: "bias",
 *   dtype: "F32",
 *   shape: [2],
 *   data: new Uint8Array(Float32Array.of(0.5, -1).buffer),
 * }]);
 * const file = await readSafetensors(path);
 * assert.deepEqual(await file.float32("bias"), Float32Array.of(0.5, -1));
 * await Deno.remove(path);
 * ```
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const problem = (why: string) => new Error(`Cannot read weights from "${path}": ${why}`);
  let header: Uint8Array;
  let size: number;
  try {
    using file = await Deno.open(path);
    size = (await file.stat()).size;
    const prefix = await readFully(file, 0, Math.min(8, size));
    if (prefix.length < 8) throw new SyntaxError(`it has ${size} bytes and no header`);
    const length = new DataView(prefix.buffer).getBigUint64(0, true);
    if (length > BigInt(MAX_HEADER_BYTES)) {
      throw new SyntaxError("it is not a safetensors file");
    }
    if (8 + Number(length) > size) {
      throw new SyntaxError(
        `it is cut short: its header alone has ${8 + Number(length)} bytes, the file has ${size}`,
      );
    }
    header = await readFully(file, 8, Number(length));
  } catch (error) {
    throw problem(error instanceof Error ? error.message : String(error));
  }

  const dataStart = 8 + header.length;
  const { tensors, metadata } = parseHeader(header, dataStart, problem);
  const end = checkLayout(tensors, dataStart, problem);
  if (end > size) {
    throw problem(`it is cut short: its header names ${end} bytes, the file has ${size}`);
  }
  if (end < size) {
    throw problem(`its header names ${end} bytes, the file has ${size}`);
  }

  const bytes = async (name: string) => {
    const tensor = tensors.get(name);
    if (!tensor) throw problem(`it has no tensor "${name}"`);
    using file = await Deno.open(path);
    const data = await readFully(file, tensor.offset, tensor.length);
    if (data.length < tensor.length) throw problem("it was cut short while it was in use");
    return data;
  };
  return {
    path,
    tensors,
    metadata,
    bytes,
    digest() {
      const hash = createHash("sha256").update(header);
      const block = new Uint8Array(DIGEST_BLOCK);
      // Hundreds of small reads: each would take longer to wait for than to do.
      using file = Deno.openSync(path);
      for (const { offset, length } of tensors.values()) {
        const size = Math.min(length, block.length);
        file.seekSync(offset + Math.floor((length - size) / 2), Deno.SeekMode.Start);
        hash.update(block.subarray(0, file.readSync(block.subarray(0, size)) ?? 0));
      }
      return hash.digest("hex");
    },
    async float32(name) {
      const data = await bytes(name);
      const { dtype } = tensors.get(name)!;
      switch (dtype) {
        case "F32":
          return new Float32Array(data.buffer);
        case "F16":
          return new Float32Array(new Float16Array(data.buffer));
        case "BF16":
          return widenBfloat16(data);
        default:
          throw problem(`its tensor "${name}" is ${dtype}, not F32, F16 or BF16`);
      }
    },
  };
}

/** Reads up to `length` bytes from `offset`; fewer only at the end of the file. */
async function readFully(file: Deno.FsFile, offset: number, length: number) {
  const bytes = new Uint8Array(length);
  await file.seek(offset, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < length) {
    const count = await file.read(bytes.subarray(filled));
    if (count === null) return bytes.slice(0, filled);
    filled += count;
  }
  return bytes;
}

function parseHeader(bytes: Uint8Array, dataStart: number, problem: (why: string) => Error) {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw problem("it is not a safetensors file");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw problem("it is not a safetensors file");
  }
  const tensors = new Map<string, TensorEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") {
      metadata = entry;
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = entry ?? {};
    const isCount = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0;
    if (
      typeof dtype !== "string" || !Array.isArray(shape) || !shape.every(isCount) ||
      !Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)
    ) {
      throw problem(`its header is damaged at "${name}"`);
    }
    if (!isSafetensorsType(dtype)) {
      throw problem(`its tensor "${name}" is of the unknown type ${dtype}`);
    }
    const length = shape.reduce((product, dim) => product * dim, ELEMENT_BYTES[dtype]);
    if (offsets[1] - offsets[0] !== length) {
      throw problem(
        `its tensor "${name}" needs ${length} bytes but has ${offsets[1] - offsets[0]}`,
      );
    }
    tensors.set(name, { dtype, shape, offset: dataStart + offsets[0], length });
  }
  return { tensors, metadata };
}

function isSafetensorsType(dtype: string): dtype is SafetensorsType {
  return Object.hasOwn(ELEMENT_BYTES, dtype);
}

/** Checks that the tensors follow one another without overlap or gap; returns where they end. */
function checkLayout(
  tensors: ReadonlyMap<string, TensorEntry>,
  dataStart: number,
  problem: (why: string) => Error,
): number {
  let end = dataStart;
  const inOrder = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.length - b.length);
  for (const [name, { offset, length }] of inOrder) {
    if (offset !== end) {
      const fault = offset < end ? "overlaps the one before it" : "leaves a gap before it";
      throw problem(`its tensor "${name}" ${fault}`);
    }
    end += length;
  }
  return end;
}

/** A bfloat16 is the upper half of a float32. */
function widenBfloat16(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const upper = new Uint16Array(bytes.buffer);
  const bits = Uint32Array.from(upper, (half) => half << 16);
  return new Float32Array(bits.buffer);
}

/** What a header says of a tensor. */
export interface TensorShape {
  readonly name: string;
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
}

/** A tensor to be written. */
export interface TensorSource extends TensorShape {
  /** The bytes, little endian, or a function that makes them when their turn has come. */
  readonly data: Uint8Array | (() => Uint8Array | Promise<Uint8Array>);
}

/** The beginning of a file, and where its tensors go. */
export interface SafetensorsHeader {
  /** The length and the JSON, with spaces up to where the first tensor begins. */
  readonly prefix: Uint8Array<ArrayBuffer>;
  /** Where each tensor lies, by its name. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** How many bytes the whole file has. */
  readonly size: number;
}

/**
 * Lays out a file whose tensors follow one another in the order given, for a writer that fills
 * them in any order.
 *
 * @param tensors The tensors.
 * @param metadata Free-form strings.
 */
export function safetensorsHeader(
  tensors: readonly TensorShape[],
  metadata: Readonly<Record<string, string>> = {},
): SafetensorsHeader {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const lengths = tensors.map(({ dtype, shape }) =>
    shape.reduce((product, dim) => product * dim, ELEMENT_BYTES[dtype])
  );
  let end = 0;
  tensors.forEach(({ name, dtype, shape }, i) => {
    header[name] = { dtype, shape, data_offsets: [end, end + lengths[i]] };
    end += lengths[i];
  });
  // Spaces behind the JSON put the first tensor on a boundary that maps well into memory.
  const json = new TextEncoder().encode(JSON.stringify(header));
  const prefix = new Uint8Array(Math.ceil((8 + json.length) / 64) * 64).fill(0x20);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(prefix.length - 8), true);
  prefix.set(json, 8);
  let offset = prefix.length;
  const entries = tensors.map(({ name, dtype, shape }, i): [string, TensorEntry] => {
    const entry = { dtype, shape, offset, length: lengths[i] };
    offset += lengths[i];
    return [name, entry];
  });
  return { prefix, tensors: new Map(entries), size: offset };
}

/**
 * Writes a safetensors file, one tensor in memory at a time. The file appears under its name only
 * when it is complete and on the disk: readers and crashes never see a part of it.
 *
 * @param path The file; replaced if it exists.
 * @param sources The tensors, written in this order.
 * @param metadata Free-form strings for the header.
 * @throws {RangeError} If a tensor's bytes are not as many as its shape says.
 */
export async function writeSafetensors(
  path: string,
  sources: readonly TensorSource[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { prefix, tensors } = safetensorsHeader(sources, metadata);
  const temporary = `${path}.${crypto.randomUUID()}.part`;
  try {
    using file = await Deno.open(temporary, { write: true, createNew: true });
    await writeFully(file, prefix);
    for (const { name, data } of sources) {
      const bytes = typeof data === "function" ? await data() : data;
      const { length } = tensors.get(name)!;
      if (bytes.length !== length) {
        throw new RangeError(`Expected ${length} bytes for "${name}" but found ${bytes.length}`);
      }
      await writeFully(file, bytes);
    }
    await file.sync();
  } catch (error) {
    await Deno.remove(temporary).catch(() => {}); // the first error tells more than this one
    throw error;
  }
  await Deno.rename(temporary, path);
}

async function writeFully(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}
