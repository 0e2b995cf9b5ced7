import assert from "node:assert/strict";
import { discover, type DiscoverOptions } from "../../files/discover.ts";
import { escapedNames } from "../../files/raw_names.ts";

const root = Deno.build.os !== "windows" && Deno.uid() === 0;
const linux = Deno.build.os === "linux";

/** Runs a test in a folder with these files; a name with `->` is a link. */
async function withFiles(
  names: readonly string[],
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  for (const name of names) {
    const [path, target] = name.split(" -> ");
    const parent = `${folder}/${path}`.replace(/\/[^/]*$/, "");
    await Deno.mkdir(parent, { recursive: true });
    if (target) await Deno.symlink(target, `${folder}/${path}`);
    else if (!path.endsWith("/")) await Deno.writeTextFile(`${folder}/${path}`, path);
  }
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What is found, without the folder: the paths of files, and `path: problem`. */
async function found(
  folder: string,
  paths: readonly string[],
  options?: DiscoverOptions,
): Promise<string[]> {
  const all = await Array.fromAsync(discover(paths.map((path) => `${folder}/${path}`), options));
  return all.map((it) =>
    it.path.replace(`${folder}/`, "") + ("problem" in it ? `: ${it.problem}` : "")
  );
}

Deno.test("discover finds videos by extension, at any depth, in order", () =>
  withFiles(
    ["b.MP4", "a.mkv", "notes.txt", "deep/er/c.webm", "noext", "B/z.mov"],
    async (folder) => {
      const expected = ["B/z.mov", "a.mkv", "b.MP4", "deep/er/c.webm"];
      assert.deepEqual(await found(folder, [""]), expected);
      const [first] = await Array.fromAsync(discover([folder]));
      const { size, mtime } = await Deno.stat(`${folder}/B/z.mov`);
      assert.deepEqual(first, {
        path: `${folder}/B/z.mov`,
        size,
        modified: mtime!.getTime(),
      });
    },
  ));

Deno.test("discover takes a file that is named, whatever it is called or left out", () =>
  withFiles(["film.bin", ".hidden.mp4", "a.mp4"], async (folder) => {
    assert.deepEqual(
      await found(folder, ["film.bin", ".hidden.mp4", "a.mp4"], { exclude: ["*"] }),
      ["film.bin", ".hidden.mp4", "a.mp4"],
    );
  }));

Deno.test("discover leaves out hidden files, hidden folders and indexes", () =>
  withFiles(
    ["a.mp4", "._a.mp4", ".cache/b.mp4", ".fovea/c.mp4", "clips.lance/d.mp4"],
    async (folder) => {
      assert.deepEqual(await found(folder, [""]), ["a.mp4"]);
      assert.deepEqual(await found(folder, [".cache"]), [".cache/b.mp4"]);
    },
  ));

Deno.test("discover leaves out what a glob says", () =>
  withFiles(
    ["a.mp4", "a.trailer.mp4", "old/b.mp4", "new/old/c.mp4", "new/d.mp4"],
    async (folder) => {
      const without = (...exclude: string[]) => found(folder, [""], { exclude });
      assert.deepEqual(await without("*.trailer.*"), [
        "a.mp4",
        "new/d.mp4",
        "new/old/c.mp4",
        "old/b.mp4",
      ]);
      assert.deepEqual(await without("old"), ["a.mp4", "a.trailer.mp4", "new/d.mp4"]);
      assert.deepEqual(await without("old/**", "a.*"), ["new/d.mp4", "new/old/c.mp4"]);
      assert.deepEqual(await without("**/old/*.mp4", "a.*"), ["new/d.mp4"]);
      assert.deepEqual(await without(`${folder}/new/**`, "a.*"), ["old/b.mp4"]);
    },
  ));

Deno.test("discover follows links, gives each real file once, and ends loops", () =>
  withFiles(
    [
      "real/a.mp4",
      "real/loop -> ..",
      "again.mp4 -> real/a.mp4",
      "other -> real",
      "self.mp4 -> self.mp4",
      "broken.mkv -> nowhere",
      "broken.txt -> nowhere",
      "drive -> nowhere",
    ],
    async (folder) => {
      assert.deepEqual(await found(folder, ["", "real", "real/a.mp4"]), [
        "real/a.mp4",
        "broken.mkv: there is no such file or folder",
        "drive: it links to what is not there",
        "other/loop: it links to a folder around it, whose videos come once",
        "self.mp4: its symbolic links form a loop",
      ]);
    },
  ));

Deno.test("discover reports a path that is not there, and goes on", () =>
  withFiles(["a.mp4"], async (folder) => {
    assert.deepEqual(await found(folder, ["none", "a.mp4", "none.mp4"]), [
      "none: there is no such file or folder",
      "a.mp4",
      "none.mp4: there is no such file or folder",
    ]);
    assert.deepEqual(await found("", ["dev/null"]), [
      "dev/null: it is neither a file nor a folder",
    ]);
  }));

Deno.test({
  name: "discover reports a folder that it may not read" + (root ? " (root may read all)" : ""),
  ignore: root || !linux,
  fn: () =>
    withFiles(["a.mp4", "locked/b.mp4"], async (folder) => {
      await Deno.chmod(`${folder}/locked`, 0);
      assert.deepEqual(await found(folder, [""]), [
        "a.mp4",
        "locked: permission denied; check its permissions",
      ]);
      await Deno.chmod(`${folder}/locked`, 0o700);
    }),
});

Deno.test("discover takes names with spaces, quotes, newlines and any letters", () =>
  withFiles(
    [`it's "one".mp4`, "two\nlines.mp4", " .mp4", "日本.mp4", "[x]*?.mp4", "\ufffd.mp4"],
    async (folder) => {
      assert.deepEqual(
        (await found(folder, [""])).sort(),
        [`it's "one".mp4`, "two\nlines.mp4", " .mp4", "日本.mp4", "[x]*?.mp4", "\ufffd.mp4"].sort(),
      );
    },
  ));

Deno.test({
  name: "discover reports names that are not UTF-8 with their bytes escaped" +
    (linux ? "" : " (Linux has such names)"),
  ignore: !linux,
  fn: () =>
    withFiles(["ok.mp4"], async (folder) => {
      // Deno can make no such name; a shell can.
      const { success } = await new Deno.Command("sh", {
        args: [
          "-c",
          `cd "$0" && for n in 'caf\\351.mp4' 'caf\\352.mp4' '\\377.txt' 'd\\377'; do ` +
          `case $n in d*) mkdir "$(printf "$n")";; *) : > "$(printf "$n")";; esac; done`,
          folder,
        ],
      }).output();
      assert(success);
      const why = "its name is not UTF-8; rename it";
      const problems = (await found(folder, [""])).filter((it) => it.includes(": ")).sort();
      assert.deepEqual(problems, [
        `caf\\xe9.mp4: ${why}`,
        `caf\\xea.mp4: ${why}`,
        `d\\xff: ${why}`,
      ]);
      assert.deepEqual(escapedNames("/nowhere", "caf\ufffd.mp4"), ["caf\\x??.mp4"]);
      await new Deno.Command("sh", { args: ["-c", `rm -r "$0"/*`, folder] }).output();
    }),
});

Deno.test("discover shares files out: each to one process, the same whatever else there is", () =>
  withFiles(Array.from({ length: 60 }, (_, i) => `${i}.mp4`), async (folder) => {
    const shares = await Promise.all(
      [0, 1, 2, 3].map((index) => found(folder, [""], { shard: { index, count: 4 } })),
    );
    assert.deepEqual(shares.flat().sort(), (await found(folder, [""])).sort());
    for (const share of shares) assert(share.length >= 5, `${share.length} of 60 is no fair share`);
    await Deno.remove(`${folder}/0.mp4`);
    const again = await found(folder, [""], { shard: { index: 1, count: 4 } });
    assert.deepEqual(again, shares[1].filter((it) => it !== "0.mp4"));
  }));

Deno.test("discover refuses a share that there is not", async () => {
  const shard = { index: 2, count: 2 };
  await assert.rejects(Array.fromAsync(discover([import.meta.filename!], { shard })), {
    name: "RangeError",
    message: "Expected a shard from 0 to 1 but found 2",
  });
});

Deno.test("discover passes TypeScript over, and takes transport streams", () =>
  withFiles(["main.ts", "Game.mts", "film.ts", "camera.MTS"], async (folder) => {
    await Deno.writeTextFile(`${folder}/Game.mts`, "G".padEnd(400));
    for (const [name, first, every] of [["film.ts", 0, 188], ["camera.MTS", 4, 192]] as const) {
      const bytes = new Uint8Array(every * 3);
      for (let at = first; at < bytes.length; at += every) bytes[at] = 0x47;
      await Deno.writeFile(`${folder}/${name}`, bytes);
    }
    assert.deepEqual(await found(folder, [""]), ["camera.MTS", "film.ts"]);
    assert.deepEqual(await found(folder, ["main.ts"]), ["main.ts"]);
  }));

Deno.test("discover escapes names that would break the line of a problem", () =>
  withFiles([], async (folder) => {
    assert.deepEqual(await found(folder, ["no\n\x1b[2J.mp4"]), [
      "no\\n\\u001b[2J.mp4: there is no such file or folder",
    ]);
  }));

Deno.test("discover refuses an empty glob", async () => {
  await assert.rejects(Array.fromAsync(discover([import.meta.filename!], { exclude: [""] })), {
    name: "RangeError",
    message: "Expected --exclude to be a pattern but found nothing",
  });
});
