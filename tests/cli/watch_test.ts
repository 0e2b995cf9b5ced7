import assert from "node:assert/strict";
import { join } from "node:path";
import { sampleVideos } from "../media/samples.ts";
import { TextLineStream } from "../store/text_lines.ts";
import { fovea, MODEL, startAlone } from "./fovea.ts";

const WATCH = ["index", "--model", MODEL, "--device", "cpu", "--json", "--watch", "videos"];

/** A watch over `videos`, of which a test reads what it prints, object after object. */
class Watch implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(home: string) {
    this.#child = startAlone(WATCH, home);
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).values();
  }

  /** Reads on to the next summary, which ends a round; with what came before it. */
  async round() {
    const before: Record<string, unknown>[] = [];
    while (true) {
      const { value, done } = await this.#lines.next();
      assert(!done, "the watch has ended");
      const object = JSON.parse(value);
      if ("unchanged" in object) {
        const { indexed, unchanged, moved, pruned, failed } = object;
        return { before, counts: { indexed, unchanged, moved, pruned, failed } };
      }
      before.push(object);
    }
  }

  /** Ends it as Ctrl-C does. */
  async end(): Promise<number> {
    this.#child.kill("SIGINT");
    while (!(await this.#lines.next()).done);
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
  }
}

const NOTHING = { indexed: 0, unchanged: 0, moved: 0, pruned: 0, failed: 0 };

Deno.test("--watch keeps up with new, changed, moved and deleted files", async () => {
  const home = await folder();
  const videos = await sampleVideos(join(home, "videos"), 11);
  const [other] = await sampleVideos(join(home, "aside"), 13).then((paths) => paths.slice(12));
  await using watch = new Watch(home);
  const first = await watch.round();
  assert.deepEqual(first.counts, { ...NOTHING, indexed: 11 });

  await Deno.copyFile(other, join(home, "videos", "new.mp4"));
  assert.deepEqual((await watch.round()).counts, { ...NOTHING, indexed: 1, unchanged: 11 });

  await Deno.mkdir(join(home, "videos", "sub"));
  await Deno.rename(videos[0], join(home, "videos", "sub", "moved.mp4"));
  // Its old path goes in the same round: its content is stored elsewhere.
  assert.deepEqual((await watch.round()).counts, { ...NOTHING, moved: 1, unchanged: 11 });

  await Deno.copyFile(join(home, "aside", "11.mp4"), videos[1]);
  assert.deepEqual((await watch.round()).counts, { ...NOTHING, indexed: 1, unchanged: 11 });

  await Deno.remove(videos[2]);
  assert.deepEqual((await watch.round()).counts, { ...NOTHING, pruned: 1, unchanged: 11 });

  // A drive that is pulled out takes nothing with it.
  await Deno.rename(join(home, "videos"), join(home, "unplugged"));
  const gone = await watch.round();
  assert.deepEqual(gone.counts, { ...NOTHING, failed: 1 });
  assert.match(String(gone.before[0].error), /^Cannot read .*videos: there is no such/);
  assert.equal(await watch.end(), 130);
  assert.equal(JSON.parse((await fovea(["info", "--json"], home)).stdout).videos, 11);
});

Deno.test("--watch waits for files that are being written", async () => {
  const home = await folder();
  const [whole] = await sampleVideos(join(home, "aside"), 1);
  const bytes = await Deno.readFile(whole);
  await Deno.mkdir(join(home, "videos"));
  await using watch = new Watch(home);
  assert.deepEqual((await watch.round()).counts, NOTHING);

  const path = join(home, "videos", "0.mp4");
  const writing = (async () => {
    using file = await Deno.open(path, { write: true, create: true });
    const step = Math.ceil(bytes.length / 30);
    for (let at = 0; at < bytes.length; at += step) {
      await file.write(bytes.subarray(at, at + step));
      // Slower than two looks are apart.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  const { before, counts } = await watch.round();
  await writing;
  assert.deepEqual(counts, { ...NOTHING, indexed: 1 });
  assert.deepEqual(before.map(({ video, error }) => [video, error]), [[path, undefined]]);
  assert.equal(await watch.end(), 130);
});

async function folder(): Promise<string> {
  return await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
}
