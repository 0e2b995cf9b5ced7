import assert from "node:assert/strict";
import { TextLineStream } from "./text_lines.ts";
import { ClipStore } from "../../store/clip_store.ts";
import { sampleClip } from "./sample_clips.ts";

/** A process that fills an index; its lines tell how far it is. */
class Writer {
  readonly #child: Deno.ChildProcess;
  /** What it has said is stored. */
  readonly acknowledged = new Set<string>();

  constructor(place: string, video: string, clips: number, compactEvery: number) {
    const script = new URL("./writer_process.ts", import.meta.url).pathname;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--allow-read", "--allow-write", "--allow-ffi", "--allow-env"],
        ...["--allow-sys", script, place, video, `${clips}`, `${compactEvery}`],
      ],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /**
   * Reads what it says until it ends, and kills it a moment after it has said the `line`-th thing
   * that matches.
   */
  async run(kill?: { at: RegExp; line: number; after: number }): Promise<void> {
    let seen = 0;
    const lines = this.#child.stdout
      .pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    let timer: ReturnType<typeof setTimeout> | undefined;
    for await (const line of lines) {
      const [said, ...ids] = line.split(" ");
      if (said === "stored") { for (const id of ids) this.acknowledged.add(id); }
      if (kill?.at.test(line) && ++seen === kill.line) {
        timer = setTimeout(() => this.#kill(), kill.after);
      }
    }
    const errors = await new Response(this.#child.stderr).text();
    const { code, signal } = await this.#child.status;
    clearTimeout(timer);
    if (signal === null) assert.equal(code, 0, errors);
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It was done before.
      if (!(error instanceof TypeError)) throw error;
    }
  }
}

/** Fails unless the index has each acknowledged clip once, whole, and no clip twice. */
async function assertIntact(place: string, acknowledged: Iterable<string>): Promise<ClipStore> {
  const store = await ClipStore.open(place);
  const ids: string[] = [];
  for (const { video, stored } of (await store.videos()).values()) {
    ids.push(...stored.map((clip) => `${video}#${clip}`));
  }
  assert.equal(new Set(ids).size, ids.length, "a clip is stored twice");
  const all = new Set(ids);
  for (const id of acknowledged) assert(all.has(id), `${id} was acknowledged and is not stored`);
  const records = await store.records(ids);
  assert.equal(records.length, ids.length);
  for (const record of records) {
    assert.deepEqual(record, sampleClip(record.video, record.clip, record.clips));
  }
  return store;
}

async function withPlace(test: (place: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/index`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("processes that make and fill one index at once all succeed", () =>
  withPlace(async (place) => {
    const writers = ["a", "b", "c"].map((video) => new Writer(place, video, 30, 4));
    await Promise.all(writers.map((writer) => writer.run()));
    const store = await assertIntact(place, writers.flatMap((it) => [...it.acknowledged]));
    const videos = await store.videos();
    for (const video of ["a", "b", "c", "shared"]) {
      assert.equal(videos.get(video)?.stored.length, 30, video);
    }
    store.close();
  }));

Deno.test("24 processes killed at random moments, half of them compacting, lose and double nothing", () =>
  withPlace(async (place) => {
    const clips = 240;
    const acknowledged = new Set<string>();
    for (let round = 0; round < 12; round++) {
      const writers = ["a", "b"].map((video) => new Writer(place, video, clips, 3));
      await Promise.all(writers.map((writer, i) => {
        const compacting = (round + i) % 2 === 0;
        return writer.run({
          // The first rounds also kill while the index is being made.
          at: compacting ? /^compacting/ : round < 3 ? /^open/ : /^(open|stored)/,
          line: compacting ? 1 : 1 + Math.floor(Math.random() * 4),
          after: Math.random() * 30,
        });
      }));
      for (const { acknowledged: ids } of writers) for (const id of ids) acknowledged.add(id);
      (await assertIntact(place, acknowledged)).close();
    }
    const writers = ["a", "b"].map((video) => new Writer(place, video, clips, 10));
    await Promise.all(writers.map((writer) => writer.run()));
    const store = await assertIntact(place, acknowledged);
    const videos = await store.videos();
    for (const video of ["a", "b", "shared"]) assert.equal(videos.get(video)?.stored.length, clips);
    // What the killed ones left behind goes with the next compaction that finds nobody writing.
    await store.compact();
    store.close();
    assert.equal([...Deno.readDirSync(`${place}/clips.lance/data`)].length, 1);
  }));
