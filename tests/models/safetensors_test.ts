import assert from "node:assert/strict";
import { readSafetensors, type TensorSource, writeSafetensors } from "../../models/safetensors.ts";

async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A file of the given header and data, right or wrong. */
async function store(path: string, header: unknown, data = new Uint8Array()): Promise<void> {
  const json = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  await Deno.writeFile(path, bytes);
}

const bytesOf = (array: { buffer: ArrayBuffer }) => new Uint8Array(array.buffer);

Deno.test("what is written is read back", () =>
  inFolder(async (dir) => {
    const path = `${dir}/weights.safetensors`;
    const sources: TensorSource[] = [
      { name: "odd", dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 3) },
      { name: "full", dtype: "F32", shape: [2], data: bytesOf(Float32Array.of(0.1, -2)) },
      { name: "half", dtype: "F16", shape: [1, 2], data: () => bytesOf(Float16Array.of(0.5, 6e4)) },
      {
        name: "brain",
        dtype: "BF16",
        shape: [2],
        data: () => Promise.resolve(bytesOf(Uint16Array.of(0x3f80, 0xc040))),
      },
      { name: "scalar", dtype: "F32", shape: [], data: bytesOf(Float32Array.of(4.6)) },
      { name: "empty", dtype: "F32", shape: [0, 7], data: new Uint8Array() },
    ];
    await writeSafetensors(path, sources, { format: "pt" });

    const file = await readSafetensors(path);
    assert.deepEqual(file.metadata, { format: "pt" });
    assert.deepEqual([...file.tensors.keys()], sources.map(({ name }) => name));
    assert.deepEqual(file.tensors.get("half")!.shape, [1, 2]);
    assert.deepEqual(await file.bytes("odd"), Uint8Array.of(1, 2, 3));
    assert.deepEqual(await file.float32("full"), Float32Array.of(0.1, -2));
    assert.deepEqual(await file.float32("half"), Float32Array.of(0.5, 6e4));
    assert.deepEqual(await file.float32("brain"), Float32Array.of(1, -3));
    assert.deepEqual(await file.float32("scalar"), Float32Array.of(4.6));
    assert.deepEqual(await file.float32("empty"), new Float32Array());
    await assert.rejects(file.float32("odd"), /its tensor "odd" is U8, not F32, F16 or BF16$/);
    await assert.rejects(file.bytes("gone"), /it has no tensor "gone"$/);
    assert.deepEqual((await Array.fromAsync(Deno.readDir(dir))).length, 1);
  }));

Deno.test("a failed write leaves the old file and nothing else", () =>
  inFolder(async (dir) => {
    const path = `${dir}/weights.safetensors`;
    await Deno.writeTextFile(path, "old");
    const short = { name: "x", dtype: "F32", shape: [2], data: new Uint8Array(4) } as const;
    await assert.rejects(
      writeSafetensors(path, [short]),
      new RangeError('Expected 8 bytes for "x" but found 4'),
    );
    assert.equal(await Deno.readTextFile(path), "old");
    assert.equal((await Array.fromAsync(Deno.readDir(dir))).length, 1);
  }));

const entry = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

const faults: [name: string, header: unknown, dataLength: number, message: RegExp][] = [
  [
    "cut short",
    { a: entry(0, 40) },
    39,
    /it is cut short: its header names 104 bytes, the file has 103$/,
  ],
  ["too long", { a: entry(0, 8) }, 9, /its header names \d+ bytes, the file has \d+$/],
  ["of no JSON", "]]", 0, /it is not a safetensors file$/],
  ["of a JSON list", [1], 0, /it is not a safetensors file$/],
  ["with a damaged entry", { a: { dtype: "F32" } }, 0, /its header is damaged at "a"$/],
  ["with negative offsets", { a: entry(-4, 0) }, 0, /its header is damaged at "a"$/],
  [
    "of an unknown type",
    { a: { ...entry(0, 4), dtype: "F7" } },
    4,
    /"a" is of the unknown type F7$/,
  ],
  ["with a wrong shape", { a: entry(0, 8, [3]) }, 8, /"a" needs 12 bytes but has 8$/],
  [
    "with overlapping tensors",
    { a: entry(0, 8), b: entry(4, 12) },
    12,
    /"b" overlaps the one before it$/,
  ],
  ["with a gap", { a: entry(0, 4), b: entry(8, 12) }, 12, /"b" leaves a gap before it$/],
];
for (const [name, header, dataLength, message] of faults) {
  Deno.test(`a file ${name} is refused in one line`, () =>
    inFolder(async (dir) => {
      const path = `${dir}/weights.safetensors`;
      await store(path, header, new Uint8Array(dataLength));
      await assert.rejects(readSafetensors(path), (error: Error) => {
        assert.match(error.message, message);
        assert(error.message.startsWith(`Cannot read weights from "${path}": `));
        assert(!error.message.includes("\n"));
        return true;
      });
    }));
}

Deno.test("files without a header are refused", () =>
  inFolder(async (dir) => {
    const path = `${dir}/weights.safetensors`;
    await assert.rejects(readSafetensors(path), /^Error: Cannot read weights from .*os error 2/);
    await Deno.writeFile(path, new Uint8Array(5));
    await assert.rejects(readSafetensors(path), /it has 5 bytes and no header$/);
    await Deno.writeFile(path, Uint8Array.of(200, 0, 0, 0, 0, 0, 0, 0, 123));
    await assert.rejects(readSafetensors(path), /its header alone has 208 bytes, the file has 9$/);
    await Deno.writeTextFile(path, "<!doctype html><title>404</title>");
    await assert.rejects(readSafetensors(path), /it is not a safetensors file$/);
  }));
