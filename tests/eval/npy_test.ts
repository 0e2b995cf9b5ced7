import assert from "node:assert/strict";
import { join } from "node:path";
import { readNpy, writeNpy } from "../../eval/npy.ts";

async function inFolder(test: (path: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await test(join(dir, "matrix.npy"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A file as NumPy writes it. */
function npy(version: 1 | 2, dictionary: string, numbers: { buffer: ArrayBuffer }): Uint8Array {
  const header = new TextEncoder().encode(`${dictionary}\n`);
  const prefix = new Uint8Array(version === 1 ? 10 : 12);
  prefix.set([0x93, ...new TextEncoder().encode("NUMPY"), version, 0]);
  const view = new DataView(prefix.buffer);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  return new Uint8Array([...prefix, ...header, ...new Uint8Array(numbers.buffer)]);
}

Deno.test("a matrix that is written is read back", () =>
  inFolder(async (path) => {
    const matrix = { values: Float32Array.of(1, 2, 3, 4, 5, -0.1), shape: [2, 3] as const };
    await writeNpy(path, matrix);
    assert.deepEqual(await readNpy(path), matrix);
    const bytes = await Deno.readFile(path);
    assert.equal((bytes.length - 24) % 64, 0);
    assert.deepEqual([...bytes.subarray(0, 8)], [0x93, 78, 85, 77, 80, 89, 1, 0]);
  }));

Deno.test("matrices by columns, of halves and doubles, and of version 2 are read", () =>
  inFolder(async (path) => {
    const header = (type: string, order: string) =>
      `{'descr': '${type}', 'fortran_order': ${order}, 'shape': (2, 3), }`;
    for (
      const [type, numbers] of [
        ["<f2", new Float16Array([1, 4, 2, 5, 3, 6])],
        ["<f8", new Float64Array([1, 4, 2, 5, 3, 6])],
      ] as const
    ) {
      await Deno.writeFile(path, npy(2, header(type, "True"), numbers));
      const { values, shape } = await readNpy(path);
      assert.deepEqual([...values], [1, 2, 3, 4, 5, 6]);
      assert.deepEqual(shape, [2, 3]);
    }
  }));

Deno.test("what is no matrix of numbers is refused in one line", () =>
  inFolder(async (path) => {
    const says = async (bytes: Uint8Array, why: string) => {
      await Deno.writeFile(path, bytes);
      await assert.rejects(readNpy(path), new Error(`Cannot read ${path}: ${why}`));
    };
    const one = new Float32Array(1);
    await assert.rejects(readNpy(path), /there is no such file/);
    await says(new Uint8Array(100), "it is no .npy file");
    await says(npy(1, "{}", one), "its header is damaged");
    const header = (type: string, shape: string) =>
      `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape}), }`;
    await says(
      npy(1, header("<i8", "1, 1"), one),
      "expected numbers of <f2, <f4, <f8 but found <i8",
    );
    await says(npy(1, header("<f4", "1,"), one), "expected a matrix but found the shape (1)");
    const cut = npy(1, header("<f4", "1, 2"), one);
    await says(cut, `expected ${cut.length + 4} bytes but found ${cut.length}: it is cut short`);
  }));
