import { discover, type DiscoverOptions } from "../../files/discover.ts";
import { oneLine } from "../../files/one_line.ts";
import { whyUnreadable } from "../../files/unreadable.ts";
import type { ClipStore } from "../../store/clip_store.ts";
import type { SubtitleStore, VideoSubtitles } from "../../store/subtitle_store.ts";
import type { DecodePool } from "../decode/pool.ts";
import type { IndexEvent } from "../indexer.ts";
import type { Root } from "../root.ts";
import type { SubtitleLine } from "./line.ts";
import { parseSubtitles } from "./parse.ts";
import { type Sidecar, Sidecars } from "./sidecars.ts";
import { wordsOf } from "./words.ts";

/** Grows when words come to be compared in another way: then all lines are read again. */
const FORM = 1;

/** Videos a commit. */
const VIDEOS_AT_ONCE = 100;

/** A file of subtitles larger than this is none, in bytes. */
const LARGEST = 64 << 20;

/** What one run of {@linkcode readSubtitles} is to do. */
export interface SubtitleRun extends DiscoverOptions {
  readonly clips: ClipStore;
  readonly subtitles: SubtitleStore;
  readonly root: Root;
  /** Opens a decoder; called when the first video has to be looked into. */
  readonly openDecoder: () => Promise<DecodePool>;
  readonly signal: AbortSignal;
}

/**
 * Reads the subtitles of indexed videos that are new or have changed: the files beside a video, or
 * where there are none, the text streams inside it. Pictures are not decoded again for it.
 *
 * @param paths Absolute paths of files and folders.
 * @returns A `subtitles` event for each video that has got lines, or lost them; a notice for files
 * that cannot be read, which are then left alone until they change.
 */
export async function* readSubtitles(
  paths: readonly string[],
  run: SubtitleRun,
): AsyncGenerator<IndexEvent> {
  const { clips, subtitles, root, signal } = run;
  const videos = await clips.videos();
  const byPath = new Map(videos.values().map((video) => [video.path, video]));
  const states = await subtitles.states();
  const sidecars = new Sidecars();
  const news: VideoSubtitles[] = [];
  for await (const found of discover(paths, run)) {
    if (signal.aborted) break;
    if ("problem" in found) continue;
    const stored = byPath.get(root.toStored(found.path));
    // What is not stored as it is now gets its turn when it is.
    if (stored?.size !== found.size || stored.modified !== found.modified) continue;
    const beside = await sidecars.of(found.path);
    const state = stateOf(stored.fingerprint, beside);
    const before = states.get(stored.video);
    if (before?.state === state) continue;
    let lines: SubtitleLine[] = [];
    try {
      lines = beside.length > 0
        ? await readFiles(beside)
        : await (await run.openDecoder()).subtitles(found.path, signal);
    } catch (error) {
      if (signal.aborted) break;
      yield { kind: "notice", message: (error as Error).message };
    }
    news.push(toStored(stored.video, state, lines));
    if (news.length === VIDEOS_AT_ONCE) await subtitles.put(news.splice(0));
    if (lines.length > 0 || (before?.lines ?? 0) > 0) {
      yield { kind: "subtitles", video: found.path, lines: lines.length };
    }
  }
  await subtitles.put(news);
  await subtitles.remove([...states.keys()].filter((video) => !videos.has(video)));
}

function stateOf(fingerprint: string, beside: readonly Sidecar[]): string {
  return JSON.stringify([
    FORM,
    fingerprint,
    ...beside.map(({ path, size, modified }) => [path.replace(/^.*[\\/]/, ""), size, modified]),
  ]);
}

async function readFiles(beside: readonly Sidecar[]): Promise<SubtitleLine[]> {
  const lines: SubtitleLine[] = [];
  for (const { path, type, size } of beside) {
    if (size > LARGEST) {
      throw new Error(`Cannot read ${oneLine(path)}: it is too large to be subtitles; move it`);
    }
    let bytes: Uint8Array;
    try {
      bytes = await Deno.readFile(path);
    } catch (error) {
      throw new Error(`Cannot read ${oneLine(path)}: ${whyUnreadable(error)}`, { cause: error });
    }
    lines.push(...await parseSubtitles(bytes, type));
  }
  return lines.sort((a, b) => a.start - b.start);
}

function toStored(video: string, state: string, lines: readonly SubtitleLine[]): VideoSubtitles {
  return {
    video,
    state,
    starts: Float64Array.from(lines, ({ start }) => start),
    ends: Float64Array.from(lines, ({ end }) => end),
    lines: lines.map(({ text }) => text),
    words: lines.map(({ text }) => wordsOf(text).join(" ")),
  };
}
