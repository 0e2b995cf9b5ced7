/**
 * NumPy's `.npy` format, as far as matrices of real numbers go: a magic string, a version, the
 * length of a header, the header as a Python dictionary, then the numbers.
 *
 * @module
 */
import { oneLine } from "../files/one_line.ts";
import { whyUnreadable } from "../files/unreadable.ts";
import { transposed } from "./transposed.ts";

/** A matrix of a file. */
export interface NpyMatrix {
  /** [rows, columns], row after row. */
  readonly values: Float32Array;
  readonly shape: readonly [rows: number, columns: number];
}

const MAGIC = "\x93NUMPY";

/** Little-endian numbers by NumPy's name of their type. */
const TYPES = {
  "<f2": Float16Array,
  "<f4": Float32Array,
  "<f8": Float64Array,
} as const;

/**
 * Reads a matrix; its numbers become float32.
 *
 * @throws {Error} If the file cannot be read, or holds something else than a matrix of float16,
 * float32 or float64.
 */
export async function readNpy(path: string): Promise<NpyMatrix> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw new Error(`Cannot read ${oneLine(path)}: ${whyUnreadable(error)}`);
  }
  try {
    return parseNpy(bytes);
  } catch (error) {
    throw new Error(`Cannot read ${oneLine(path)}: ${(error as Error).message}`);
  }
}

function parseNpy(bytes: Uint8Array<ArrayBuffer>): NpyMatrix {
  const latin1 = (from: number, to: number) =>
    String.fromCharCode(...bytes.subarray(from, Math.min(to, bytes.length)));
  if (bytes.length < 12 || latin1(0, 6) !== MAGIC) throw new SyntaxError("it is no .npy file");
  const view = new DataView(bytes.buffer);
  // Version 1 counts the header in two bytes, later ones in four.
  const short = bytes[6] === 1;
  const start = (short ? 10 : 12) + (short ? view.getUint16(8, true) : view.getUint32(8, true));
  const header = latin1(short ? 10 : 12, start);
  const type = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1].split(",").map((it) => it.trim())
    .filter((it) => it !== "").map(Number);
  const byColumns = /'fortran_order':\s*True/.test(header);
  if (type === undefined || shape === undefined) throw new SyntaxError("its header is damaged");
  if (!isKnown(type)) {
    throw new TypeError(`expected numbers of ${Object.keys(TYPES).join(", ")} but found ${type}`);
  }
  if (shape.length !== 2) {
    throw new TypeError(`expected a matrix but found the shape (${shape.join(", ")})`);
  }
  const [rows, columns] = shape;
  const numbers = TYPES[type];
  const expected = start + rows * columns * numbers.BYTES_PER_ELEMENT;
  if (bytes.length !== expected) {
    throw new RangeError(`expected ${expected} bytes but found ${bytes.length}: it is cut short`);
  }
  const values = Float32Array.from(new numbers(bytes.slice(start).buffer));
  return {
    values: byColumns ? transposed(values, columns, rows) : values,
    shape: [rows, columns],
  };
}

function isKnown(type: string): type is keyof typeof TYPES {
  return Object.hasOwn(TYPES, type);
}

/** The numbers begin at a multiple of this. */
const ALIGNMENT = 64;

/**
 * Writes a matrix as float32.
 *
 * @throws {RangeError} If there are not rows × columns values.
 */
export async function writeNpy(
  path: string,
  { values, shape: [rows, columns] }: NpyMatrix,
): Promise<void> {
  if (values.length !== rows * columns) {
    throw new RangeError(
      `Cannot write a matrix: expected ${rows * columns} numbers but found ${values.length}`,
    );
  }
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const length = Math.ceil((10 + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = `${dictionary.padEnd(length - 11)}\n`;
  const bytes = new Uint8Array(length + values.byteLength);
  bytes.set(Uint8Array.from(MAGIC, (char) => char.charCodeAt(0)));
  bytes.set([1, 0], 6);
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), length);
  await Deno.writeFile(path, bytes);
}
