import assert from "node:assert/strict";
import { join } from "node:path";
import { MediaCache } from "../../../web/video/media_cache.ts";

async function cacheOf(maxBytes: number): Promise<{ cache: MediaCache; path: string }> {
  const path = join(await Deno.makeTempDir({ prefix: "fovea-test-" }), "media");
  return { cache: new MediaCache({ folder: path, maxBytes, jobs: 1 }), path };
}

const patient = () => new AbortController().signal;

async function textOf(file: Deno.FsFile): Promise<string> {
  return await new Response(file.readable).text();
}

Deno.test("who asks for the same shares the work, and finds it kept", async () => {
  const { cache } = await cacheOf(1000);
  let made = 0;
  const make = async (path: string) => {
    made++;
    await Deno.writeTextFile(path, "segment");
  };
  const asked = [0, 1, 2].map(() => cache.open(["a", 1], make, patient()));
  for (const file of await Promise.all(asked)) assert.equal(await textOf(file), "segment");
  assert.equal(await textOf(await cache.open(["a", 1], make, patient())), "segment");
  assert.equal(made, 1);
  (await cache.open(["a", 2], make, patient())).close();
  assert.equal(made, 2);
});

Deno.test("work goes on while one waits, and is given up when nobody does", async () => {
  const { cache } = await cacheOf(1000);
  const begun = Promise.withResolvers<AbortSignal>();
  const make = (_path: string, signal: AbortSignal) => {
    begun.resolve(signal);
    return new Promise<void>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason))
    );
  };
  const first = new AbortController(), second = new AbortController();
  const asked = [first, second].map(({ signal }) => cache.open(["b"], make, signal));
  const signal = await begun.promise;
  first.abort();
  await assert.rejects(asked[0], { name: "AbortError" });
  assert.equal(signal.aborted, false);
  second.abort();
  await assert.rejects(asked[1], { name: "AbortError" });
  assert.equal(signal.aborted, true);
  // Who comes next has it made anew.
  const write = (path: string) => Deno.writeTextFile(path, "late");
  assert.equal(await textOf(await cache.open(["b"], write, patient())), "late");
});

Deno.test("what fails is not kept", async () => {
  const { cache } = await cacheOf(1000);
  const fail = () => Promise.reject(new Error("no such codec"));
  await assert.rejects(cache.open(["c"], fail, patient()), /no such codec/);
  const write = (path: string) => Deno.writeTextFile(path, "better");
  assert.equal(await textOf(await cache.open(["c"], write, patient())), "better");
});

Deno.test("what was used longest ago is dropped", async () => {
  const { cache, path } = await cacheOf(250);
  const make = (path: string) => Deno.writeFile(path, new Uint8Array(100));
  const use = async (name: string) => (await cache.open([name], make, patient())).close();
  let second = 0;
  // Times of files are coarse: each use is told to be later than the one before.
  const age = async () => {
    for await (const { name } of Deno.readDir(path)) {
      const file = join(path, name);
      const { mtime } = await Deno.stat(file);
      await Deno.utime(file, mtime!, new Date(mtime!.getTime() - 60_000 * ++second));
    }
  };
  await use("a");
  await age();
  await use("b");
  await use("c");
  const files = await Array.fromAsync(Deno.readDir(path));
  assert.equal(files.length, 2);
  let made = 0;
  const counted = async (path: string) => {
    made++;
    await make(path);
  };
  (await cache.open(["a"], counted, patient())).close();
  assert.equal(made, 1);
});

Deno.test("a file that is gone before it is opened is made again", async () => {
  const { cache } = await cacheOf(1000);
  let made = 0;
  const make = async (path: string) => {
    await Deno.writeTextFile(path, `take ${++made}`);
    if (made === 1) await Deno.remove(path); // as what makes room for another does
  };
  assert.equal(await textOf(await cache.open(["g"], make, patient())), "take 2");
});
