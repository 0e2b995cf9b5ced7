import assert from "node:assert/strict";
import { fingerprintFile } from "../../files/fingerprint.ts";
import { whyUnreadable } from "../../files/unreadable.ts";

async function withFile(bytes: Uint8Array, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, bytes);
  await test(path);
  await Deno.remove(path);
}

Deno.test("fingerprintFile is the same for a moved file", () =>
  withFile(new Uint8Array(100_000).fill(3), async (path) => {
    const before = await fingerprintFile(path);
    assert.match(before, /^[0-9a-f]{64}$/);
    await Deno.rename(path, `${path}.moved`);
    assert.equal(await fingerprintFile(`${path}.moved`), before);
    await Deno.rename(`${path}.moved`, path);
  }));

Deno.test("fingerprintFile differs by any byte of a file up to 1 MiB", async () => {
  for (const [size, at] of [[1, 0], [70_000, 65_536], [1 << 20, 500_000]]) {
    await withFile(new Uint8Array(size), async (path) => {
      const before = await fingerprintFile(path);
      const changed = new Uint8Array(size);
      changed[at] = 1;
      await Deno.writeFile(path, changed);
      assert.notEqual(await fingerprintFile(path), before);
    });
  }
});

Deno.test("fingerprintFile tells files of zeros of different sizes apart", async () => {
  const seen = new Set<string>();
  for (const size of [0, 1, 65_536, 1 << 20, (1 << 20) + 1]) {
    await withFile(
      new Uint8Array(size),
      async (path) => void seen.add(await fingerprintFile(path)),
    );
  }
  assert.equal(seen.size, 5);
});

Deno.test("fingerprintFile reads only blocks of a large file, its first and last bytes among them", () =>
  withFile(new Uint8Array(0), async (path) => {
    const size = 5_000_000_000;
    await Deno.truncate(path, size);
    const seen = [await fingerprintFile(path)];
    // Between the first two blocks, in the last one, in the first one.
    for (const at of [100_000, size - 1, 0]) {
      using file = await Deno.open(path, { write: true });
      await file.seek(at, Deno.SeekMode.Start);
      await file.write(Uint8Array.of(1));
      seen.push(await fingerprintFile(path));
    }
    assert.equal(seen[1], seen[0]);
    assert.equal(new Set(seen).size, 3);
  }));

Deno.test("fingerprintFile says in one line what it cannot read and why", async () => {
  await assert.rejects(fingerprintFile("/nowhere/film\n.mp4"), {
    message: "Cannot read /nowhere/film\\n.mp4: there is no such file or folder",
  });
});

const unlocked = Deno.build.os === "windows" || Deno.uid() === 0;
Deno.test({
  name: "fingerprintFile names a file that it may not read" + (unlocked ? " (here it may)" : ""),
  ignore: unlocked,
  fn: () =>
    withFile(new Uint8Array(1), async (path) => {
      await Deno.chmod(path, 0);
      await assert.rejects(fingerprintFile(path), {
        message: `Cannot read ${path}: permission denied; check its permissions`,
      });
    }),
});

Deno.test("whyUnreadable says what to do about missing permissions", () => {
  const error = new Deno.errors.PermissionDenied("Permission denied (os error 13): open '/x'");
  assert.equal(whyUnreadable(error), "permission denied; check its permissions");
});
