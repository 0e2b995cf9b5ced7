import { discover, type VideoFile } from "../files/discover.ts";
import { isBeneath } from "../files/is_beneath.ts";
import type { Shard } from "../files/shard.ts";
import type { ClipRecord } from "../store/record.ts";
import type { ClipStore } from "../store/clip_store.ts";
import { ClipWriter } from "../store/clip_writer.ts";
import { clipRecord, type VideoFacts, videoId } from "./clip_record.ts";
import type { DecodedClip } from "./decode/pool.ts";
import { type Step, Stored } from "./plan.ts";
import { realPath, type Root } from "./root.ts";
import type { Stages } from "./stages.ts";

/** What happened while indexing. */
export type IndexEvent =
  /** A lesser way was taken; said once. */
  | { readonly kind: "notice"; readonly message: string }
  /** Some clips were encoded. */
  | {
    readonly kind: "progress";
    readonly clips: number;
    /** Bytes of the files that are done, of all that are to be encoded. */
    readonly bytes: number;
    readonly totalBytes: number;
    readonly videos: number;
  }
  /** A video is stored whole. */
  | {
    readonly kind: "indexed";
    readonly video: string;
    readonly clips: number;
    readonly seconds: number;
  }
  /** A file's content is stored already, under another path or time: it was not encoded again. */
  | { readonly kind: "moved"; readonly video: string }
  /** The subtitles of a video were read: how many lines it has. */
  | { readonly kind: "subtitles"; readonly video: string; readonly lines: number }
  /** A file could not be indexed; the others go on. */
  | { readonly kind: "failed"; readonly video: string; readonly error: string }
  | IndexSummary;

/** The last event of a run. */
export interface IndexSummary {
  /** What tells it from the other events. */
  readonly kind: "summary";
  /** Videos that were encoded, or completed. */
  readonly indexed: number;
  /** Videos that were stored as they are now. */
  readonly unchanged: number;
  /** Recognised by their content under another path, or touched: not encoded again. */
  readonly moved: number;
  /** Dropped, because their files are gone. */
  readonly pruned: number;
  /** Files that could not be indexed. */
  readonly failed: number;
  /** Clips encoded. */
  readonly clips: number;
  /** How long the run took. */
  readonly seconds: number;
  /** The model's name. */
  readonly model: string;
  /** What computed; null where nothing had to be. */
  readonly device: string | null;
  /** What decoded; null where nothing had to be. */
  readonly decoder: string | null;
}

/** What one run of {@linkcode indexVideos} is to do. */
export interface IndexRun {
  readonly store: ClipStore;
  readonly root: Root;
  readonly model: string;
  readonly frames: number;
  readonly fps: number | null;
  readonly segment: "auto" | "whole" | number;
  readonly keepPatches: boolean;
  readonly exclude: readonly string[];
  /** Asked of files that are not stored as they are; those refused are left for another run. */
  readonly accept?: (file: VideoFile) => boolean;
  readonly shard?: Shard;
  /**
   * Asked before videos whose files are gone are dropped, with how many videos lie beneath the paths
   * in all; without it none are.
   */
  readonly confirmPrune?: (gone: number, total: number) => boolean;
  readonly signal: AbortSignal;
  /** Opens the stages; called when the first video needs them, who called closes them. */
  readonly openStages: (onNotice: (message: string) => void) => Promise<Stages>;
  /** Videos that are decoded at a time. */
  readonly concurrency: number;
}

/**
 * Brings an index up to date with the files under `paths`.
 *
 * @param paths Absolute paths of files and folders.
 * @returns What happens, as it happens; a {@linkcode IndexSummary} comes last. The stream fails
 * where no file can be indexed any more: the disk is full, or the index is damaged.
 */
export function indexVideos(paths: readonly string[], run: IndexRun): ReadableStream<IndexEvent> {
  const cancelled = new AbortController();
  const signal = AbortSignal.any([run.signal, cancelled.signal]);
  let finished: Promise<void>;
  return new ReadableStream<IndexEvent>({
    start(controller) {
      const emit = (event: IndexEvent) => {
        if (!cancelled.signal.aborted) controller.enqueue(event);
      };
      finished = new Indexing({ ...run, signal }, emit).over(paths);
      // Not awaited here: a stream that has not started cannot be cancelled.
      finished.then(
        () => cancelled.signal.aborted || controller.close(),
        (error) => cancelled.signal.aborted || controller.error(error),
      );
    },
    async cancel() {
      cancelled.abort();
      // What was encoded is stored before the caller goes on.
      await finished.catch(() => {});
    },
  });
}

/** One run over the files. */
class Indexing {
  readonly #run: IndexRun;
  readonly #emit: (event: IndexEvent) => void;
  readonly #count = { indexed: 0, unchanged: 0, moved: 0, pruned: 0, failed: 0, clips: 0 };
  readonly #progress = { bytes: 0, totalBytes: 0, videos: 0 };
  #stages?: Promise<Stages>;
  /** Whether something failed that ends the run: a full disk, a worker that is gone. */
  #failed = false;

  constructor(run: IndexRun, emit: (event: IndexEvent) => void) {
    this.#run = run;
    this.#emit = emit;
  }

  async over(paths: readonly string[]): Promise<void> {
    const started = performance.now();
    const { store, signal, concurrency } = this.#run;
    const stored = new Stored((await store.videos()).values());
    const work = (await this.#discover(paths, stored)).values();
    if (this.#progress.videos > 0) this.#advance(0, 0);
    const writer = new ClipWriter(store);
    const committed: Promise<void>[] = [];
    const runners = await Promise.allSettled(Array.from({ length: concurrency }, async () => {
      for (const file of work) {
        if (signal.aborted || this.#failed) return;
        await this.#bringUpToDate(file, stored, writer, committed).catch((error) => {
          this.#failed = true;
          throw error;
        });
      }
    }));
    // What was encoded is kept, whatever ended the run.
    await writer.close();
    for (const runner of runners) if (runner.status === "rejected") throw runner.reason;
    await Promise.all(committed);
    if (this.#run.confirmPrune && !signal.aborted) await this.#prune(paths);
    const stages = await this.#stages;
    this.#emit({
      kind: "summary",
      ...this.#count,
      seconds: (performance.now() - started) / 1000,
      model: this.#run.model,
      device: stages?.device ?? null,
      decoder: stages?.decode.decoder ?? null,
    });
  }

  /** Lists the files that are not stored as they are now. */
  async #discover(paths: readonly string[], stored: Stored): Promise<VideoFile[]> {
    const { exclude, accept, shard, root, signal } = this.#run;
    const changed: VideoFile[] = [];
    for await (const found of discover(paths, { exclude, shard })) {
      if (signal.aborted) break;
      if ("problem" in found) {
        const message = `Cannot read ${found.path}: ${found.problem}`;
        if (found.harmless) this.#emit({ kind: "notice", message });
        else this.#fail(found.path, message);
      } else if (stored.isUnchanged(found, root.toStored(found.path))) {
        this.#count.unchanged++;
      } else if (!accept || accept(found)) {
        changed.push(found);
        this.#progress.totalBytes += found.size;
        this.#progress.videos++;
      }
    }
    return changed;
  }

  /** Drops the videos beneath the given folders whose files are gone. */
  async #prune(paths: readonly string[]): Promise<void> {
    const { store, root } = this.#run;
    // Read anew: what was moved is stored under its new path by now.
    const videos = [...(await store.videos()).values()];
    const folders: string[] = [];
    for (const path of paths) {
      const folder = realPath(path);
      if (await holdsFiles(path)) folders.push(folder);
      else if (videos.some((video) => isBeneath(root.toFile(video.path), folder))) {
        // An unplugged drive leaves such a folder: it says nothing about its files.
        this.#emit({
          kind: "notice",
          message:
            `Dropping nothing below ${path}: it is empty or not there; is its drive missing?`,
        });
      }
    }
    const gone: string[] = [];
    let beneath = 0;
    for (const { video, path } of videos) {
      const file = root.toFile(path);
      if (!folders.some((folder) => isBeneath(file, folder))) continue;
      beneath++;
      if (await isGone(file)) gone.push(video);
    }
    if (gone.length === 0 || !this.#run.confirmPrune!(gone.length, beneath)) return;
    await store.removeVideos(gone);
    await store.compact();
    this.#count.pruned = gone.length;
  }

  async #bringUpToDate(
    file: VideoFile,
    stored: Stored,
    writer: ClipWriter,
    committed: Promise<void>[],
  ): Promise<void> {
    const { store, root } = this.#run;
    const path = root.toStored(file.path);
    let step: Step;
    try {
      step = await stored.step(file, path, async (other) => !await isGone(root.toFile(other)));
    } catch (error) {
      return this.#fail(file.path, reason(error));
    }
    if (step.kind === "encode") {
      return await this.#encode(file, path, step, writer, committed);
    }
    const { size, modified } = file;
    const { video, fingerprint } = step.from;
    const clips = await store.adopt({
      from: video,
      to: videoId(path),
      fingerprint,
      path,
      size,
      modified,
      keep: !step.moved,
    });
    if (clips === 0) {
      // What was stored under the other path is something else by now.
      const anew = { kind: "encode", fingerprint, stored: [] } as const;
      return await this.#encode(file, path, anew, writer, committed);
    }
    this.#count.moved++;
    this.#emit({ kind: "moved", video: file.path });
    this.#advance(size, 0);
  }

  async #encode(
    file: VideoFile,
    path: string,
    { fingerprint, stored }: Extract<Step, { kind: "encode" }>,
    writer: ClipWriter,
    committed: Promise<void>[],
  ): Promise<void> {
    const { frames, fps, segment, keepPatches, signal } = this.#run;
    const stages =
      await (this.#stages ??= this.#run.openStages((message) =>
        this.#emit({ kind: "notice", message })
      ));
    const started = performance.now();
    const commits: Promise<void>[] = [];
    let video: VideoFacts | undefined;
    let encoding = Promise.resolve();
    const request = { frames, fps, segment, skip: new Set(stored) };
    const events = stages.decode.decode(file.path, request, signal);
    try {
      while (true) {
        const event = await events.next().catch((error: unknown) => new DecodeFailure(error));
        // A clip is encoded while the next is decoded.
        await encoding;
        if (event instanceof DecodeFailure) {
          return signal.aborted ? undefined : this.#fail(file.path, event.message, file.size);
        }
        if (event.done) break;
        if (this.#failed) return;
        if (event.value.kind === "video") {
          const { info, clips } = event.value;
          video = { ...file, path, fingerprint, ...info, clips: clips.length };
          if (info.problem) {
            this.#emit({ kind: "notice", message: `${file.path}: ${info.problem}` });
          }
          continue;
        }
        // Clips are encoded no faster than they are stored.
        await writer.ready;
        encoding = this.#encodeClip(event.value, video!, stages, keepPatches).then((record) => {
          commits.push(writer.add(record));
          commits.at(-1)!.catch(() => this.#failed = true);
          this.#advance(file.size / video!.clips, 1);
        });
        // Awaited in the next turn of the loop.
        encoding.catch(() => {});
      }
    } finally {
      await events.return(undefined);
    }
    const { clips } = video!;
    const seconds = (performance.now() - started) / 1000;
    const reported = Promise.all(commits).then(() => {
      this.#count.indexed++;
      this.#emit({ kind: "indexed", video: file.path, clips, seconds });
    });
    // Awaited at the end of the run; the writer reports it before.
    reported.catch(() => {});
    committed.push(reported);
  }

  async #encodeClip(
    clip: DecodedClip,
    video: VideoFacts,
    { encode, reduce }: Stages,
    keepPatches: boolean,
  ): Promise<ClipRecord> {
    const tokens = await encode.encode(clip.pixels);
    const frames = new Float16Array(tokens.frames);
    const patches = keepPatches ? new Float16Array(tokens.patches) : null;
    return clipRecord(video, clip, { frames, patches }, await reduce.reduce(tokens));
  }

  #advance(bytes: number, clips: number): void {
    this.#progress.bytes += bytes;
    this.#count.clips += clips;
    this.#emit({ kind: "progress", clips, ...this.#progress });
  }

  #fail(video: string, error: string, bytes = 0): void {
    this.#count.failed++;
    this.#emit({ kind: "failed", video, error });
    if (bytes > 0) this.#advance(bytes, 0);
  }
}

/** What a decoder said of a file: it ends that file, not the run. */
class DecodeFailure {
  readonly message: string;

  constructor(error: unknown) {
    this.message = reason(error);
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether a file is surely not there: an error of another kind says nothing. */
async function isGone(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

/** Whether a folder holds anything but what systems hide in an empty one, or leave where a drive was. */
async function holdsFiles(folder: string): Promise<boolean> {
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (!name.startsWith(".") && name !== "lost+found") return true;
    }
  } catch {
    // Missing, a file, or unreadable.
  }
  return false;
}
