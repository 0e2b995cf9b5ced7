import type { TensorEntry } from "../models/safetensors.ts";

/** Reads and writes single rows of the tensors of an open safetensors file, by their offset. */
export class TensorRows {
  readonly #file: Deno.FsFile;
  readonly #tensors: ReadonlyMap<string, TensorEntry>;

  /** @param tensors Where each tensor lies; a row is an entry of its first dimension. */
  constructor(file: Deno.FsFile, tensors: ReadonlyMap<string, TensorEntry>) {
    this.#file = file;
    this.#tensors = tensors;
  }

  /**
   * The bytes of one row.
   *
   * @throws {Error} If the file ends before it.
   */
  read(name: string, row: number): Uint8Array<ArrayBuffer> {
    const { offset, length } = this.#place(name, row);
    const bytes = new Uint8Array(length);
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    for (let filled = 0; filled < length;) {
      const count = this.#file.readSync(bytes.subarray(filled));
      if (count === null) throw new Error("Cannot read features: the file was cut short meanwhile");
      filled += count;
    }
    return bytes;
  }

  /** A row of F32 or F16 as float32. */
  read32(name: string, row: number): Float32Array<ArrayBuffer> {
    const { buffer } = this.read(name, row);
    return this.#tensors.get(name)!.dtype === "F16"
      ? new Float32Array(new Float16Array(buffer))
      : new Float32Array(buffer);
  }

  /** A row of one I32. */
  readCount(name: string, row: number): number {
    return new Int32Array(this.read(name, row).buffer)[0];
  }

  /** Writes a row of one I32. */
  writeCount(name: string, row: number, count: number): void {
    this.write(name, row, new Uint8Array(Int32Array.of(count).buffer));
  }

  /** Writes one row, which must have all of its bytes. */
  write(name: string, row: number, bytes: Uint8Array): void {
    const { offset, length } = this.#place(name, row);
    if (bytes.length !== length) {
      throw new RangeError(`Expected ${length} bytes a row of ${name} but found ${bytes.length}`);
    }
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    for (let written = 0; written < length;) {
      written += this.#file.writeSync(bytes.subarray(written));
    }
  }

  /** Writes one row of a tensor of F32 or F16; what `values` does not fill is 0. */
  write32(name: string, row: number, values: Float32Array): void {
    const { dtype } = this.#tensors.get(name)!;
    const { length } = this.#place(name, row);
    const bytes = new Uint8Array(length);
    const target = dtype === "F16"
      ? new Float16Array(bytes.buffer)
      : new Float32Array(bytes.buffer);
    target.set(values);
    this.write(name, row, bytes);
  }

  #place(name: string, row: number): { offset: number; length: number } {
    const { offset, length, shape } = this.#tensors.get(name)!;
    const stride = length / shape[0];
    return { offset: offset + row * stride, length: stride };
  }
}
