import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { closeEncoder } from "../../media/encode.ts";
import { makeVideo, soundOnly } from "../../media/videos.ts";
import { decodeAll, frameNumbers, testDecoders } from "./decoding.ts";

Deno.test.afterAll(closeEncoder);

const canBeDenied = Deno.build.os !== "windows" && Deno.uid() !== 0;

testDecoders("files that are no videos fail in one line that says why", async (pool) => {
  await inFolder(async (folder) => {
    const garbage = new Uint8Array(50_000).map((_, i) => (i * 7919) >> 3);
    const cases: [string, Uint8Array | string | null, RegExp][] = [
      ["missing.mp4", null, /there is no such file; check the path$/],
      ["empty.mp4", "", /the file is empty; copy it again or remove it$/],
      ["garbage.mp4", garbage, /it is not a video, or it was cut short or damaged; /],
      [
        "text.txt",
        "just some words\n".repeat(40),
        /it is (not a video|text or a list of other files)/,
      ],
      [
        "list.m3u8",
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\na.ts\n",
        /it is text or a list of other files, not a video; index those files$/,
      ],
      ["no index.mp4", (await Deno.readFile(await makeVideo())).slice(0, 30_000), /cut short/],
      ["sound.m4a", await Deno.readFile(await soundOnly()), /it has sound but no pictures; /],
    ];
    for (const [name, content, reason] of cases) {
      const path = join(folder, name);
      if (typeof content === "string") await Deno.writeTextFile(path, content);
      else if (content) await Deno.writeFile(path, content);
      await assert.rejects(decodeAll(pool, path), (error: Error) => {
        assert.match(error.message, reason);
        assert(error.message.startsWith("Cannot decode "));
        assert(error.message.includes(name) && !error.message.includes("\n"));
        return true;
      });
    }
    await assert.rejects(decodeAll(pool, folder), /it is a folder; name a file in it$/);
    await assert.rejects(pool.image(join(folder, "garbage.mp4")), /^Error: Cannot decode /);
    // The workers are as good as before.
    assert.equal((await decodeAll(pool, await makeVideo())).clips.length, 1);
  });
});

testDecoders("of a file cut short, what is there is decoded", async (pool) => {
  const container = ["-movflags", "+faststart"];
  const whole = await Deno.readFile(await makeVideo({ rate: 10, container }));
  await inFolder(async (folder) => {
    const path = join(folder, "short.mp4");
    await Deno.writeFile(path, whole.slice(0, whole.length * 0.6));
    const { video, clips } = await decodeAll(pool, path);
    assert.match(video.info.problem!, /^its pictures end at \d\.\d s of 10\.0 s/);
    const [clip] = clips;
    const numbers = frameNumbers(clip);
    assert(numbers.length === 12 && numbers.at(-1)! > 30 && numbers.at(-1)! < 80);
    clip.times.forEach((time, i) => assert(Math.abs(time - numbers[i] / 10) < 0.001));
  });
});

testDecoders("damage in the middle costs frames, not the video", async (pool) => {
  const bytes = await Deno.readFile(await makeVideo({ container: ["-movflags", "+faststart"] }));
  bytes.fill(0x5a, bytes.length * 0.5, bytes.length * 0.55);
  await inFolder(async (folder) => {
    const path = join(folder, "damaged.mp4");
    await Deno.writeFile(path, bytes);
    const { clips: [clip] } = await decodeAll(pool, path);
    assert(clip.times.length >= 6);
  });
});

testDecoders("any name is the name of a file", async (pool) => {
  const source = await makeVideo({ frames: 3 });
  await inFolder(async (folder) => {
    const names = [
      ...["a:b.mp4", "http:x.mp4", "concat:a|b.mp4", "-i.mp4", "with space.mp4", 'it\'s "so".mp4'],
      ...[
        "new\nline.mp4",
        "100%25.mp4",
        "frame%03d.mp4",
        "[1]*?.mp4",
        "日本語.mp4",
        "no extension",
      ],
    ];
    for (const name of names) {
      const path = join(folder, name);
      await Deno.copyFile(source, path);
      assert.deepEqual(frameNumbers((await decodeAll(pool, path)).clips[0]), [0, 1, 2]);
    }
    const near = relative(Deno.cwd(), join(folder, "-i.mp4"));
    assert.equal((await decodeAll(pool, near)).clips.length, 1);
    await assert.rejects(decodeAll(pool, join(folder, "gone\nname.mp4")), {
      message: /^Cannot decode '.*gone\\nname\.mp4': there is no such file; check the path$/,
    });
  });
});

testDecoders("a link to a video is a video", async (pool) => {
  await inFolder(async (folder) => {
    const link = join(folder, "link.mp4");
    await Deno.symlink(await makeVideo({ frames: 3 }), link);
    assert.equal((await decodeAll(pool, link)).clips[0].times.length, 3);
  });
});

Deno.test({
  name: `a file that may not be read fails${canBeDenied ? "" : " (root may read everything)"}`,
  ignore: !canBeDenied,
  async fn() {
    const { openPool } = await import("./decoding.ts");
    using pool = await openPool("wasm");
    await inFolder(async (folder) => {
      const path = join(folder, "secret.mp4");
      await Deno.copyFile(await makeVideo({ frames: 3 }), path);
      await Deno.chmod(path, 0);
      await assert.rejects(decodeAll(pool, path), /it may not be read; check its permissions$/);
    });
  },
});

testDecoders("a file that never delivers is given up, and the next is decoded", async (pool) => {
  const video = await makeVideo({ frames: 3 });
  await inFolder(async (folder) => {
    const pipe = join(folder, "pipe.mp4");
    assert((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
    await assert.rejects(decodeAll(pool, pipe), {
      message: /pipe\.mp4': nothing came of it for 1 s, so its decoder was stopped; check the disk/,
    });
    // Lets go the thread that waits for the other end.
    using _end = await Deno.open(pipe, { read: true, write: true });
    assert.equal((await decodeAll(pool, video)).clips.length, 1);
  });
}, { timeLimit: 1 });

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "fovea faults " });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
