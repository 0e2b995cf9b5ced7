import assert from "node:assert/strict";
import { ClipStore, type ClipStoreOptions } from "../../store/clip_store.ts";
import { sampleClip } from "./sample_clips.ts";
import { TextLineStream } from "./text_lines.ts";

/** A process that fills an index; its lines tell how far it is. */
export class Writer {
  readonly #child: Deno.ChildProcess;
  /** What it has said is stored. */
  readonly acknowledged = new Set<string>();
  #said = "";
  #killed = false;

  constructor(
    place: string,
    video: string,
    clips: number,
    compactEvery: number,
    env: Record<string, string> = {},
  ) {
    const script = new URL("./writer_process.ts", import.meta.url).pathname;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--allow-read", "--allow-write", "--allow-ffi", "--allow-env"],
        ...["--allow-sys", script, place, video, `${clips}`, `${compactEvery}`],
      ],
      env,
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
      this.#said = said;
      if (said === "stored") { for (const id of ids) this.acknowledged.add(id); }
      if (kill?.at.test(line) && ++seen === kill.line) {
        timer = setTimeout(() => this.#kill(), kill.after);
      }
    }
    const errors = await new Response(this.#child.stderr).text();
    const { code, signal } = await this.#child.status;
    clearTimeout(timer);
    this.#killed = signal !== null;
    if (signal === null) assert.equal(code, 0, errors);
  }

  /** Whether it was killed between the beginning and the end of a compaction. */
  get killedCompacting(): boolean {
    return this.#killed && this.#said === "compacting";
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
export async function assertIntact(
  place: string,
  acknowledged: Iterable<string>,
  options?: ClipStoreOptions,
): Promise<ClipStore> {
  const store = await ClipStore.open(place, options);
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
