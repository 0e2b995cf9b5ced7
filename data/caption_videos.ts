import { DecodePool } from "../pipeline/decode/pool.ts";
import type { CaptionedVideo } from "./captioned_videos.ts";
import { Captioner, type CaptionerOptions, EndpointError } from "./captioner.ts";
import { type LoadOptions, openData } from "./open_data.ts";
import { RecoveredWriter } from "./recovered_writer.ts";

/** How to caption videos. */
export interface CaptionOptions extends CaptionerOptions {
  /** The folder of the data set. */
  readonly data: string;
  /** Which data set, where the folder holds several. */
  readonly dataset?: string;
  /** Which split. Defaults to all that the folder has. */
  readonly split?: string;
  /** Goes on without the videos whose files are missing. */
  readonly skipMissing?: boolean;
  /** Frames of a video, spread over it, that are sent. */
  readonly frames: number;
  /** Requests that are under way at a time. */
  readonly concurrency: number;
  /** What decodes. Defaults to `auto`. */
  readonly decoder?: "auto" | "native" | "wasm";
  /**
   * Asked before the first request is sent.
   *
   * @param requests How many there are to be: one a video.
   * @param done How many videos have captions already.
   */
  readonly confirm: (requests: number, done: number) => boolean;
  /** Told of every video that has its captions now, and how many of how many have. */
  readonly onCaptioned?: (video: string, done: number, total: number) => void;
  /** Told of every video that could not be captioned, and why, in one line. */
  readonly onFailed?: (video: string, error: string) => void;
  readonly onNotice?: LoadOptions["onNotice"];
  /** Ends the run; requests under way are given up. */
  readonly signal?: AbortSignal;
}

/** What {@linkcode captionVideos} did. */
export interface CaptionSummary {
  /** Videos that got captions. */
  readonly captioned: number;
  /** Videos that had captions already. */
  readonly unchanged: number;
  readonly failed: number;
  /** False if the user did not want the requests to be sent. */
  readonly confirmed: boolean;
}

/** The width of the pictures that are sent, in pixels. */
const PICTURE_WIDTH = 512;

/**
 * Asks a vision model for captions of the videos of a data set (SKRR's Recover-Path, eq. 4) and
 * appends them to `recovered.jsonl` in its folder. Videos that are in the file already are passed
 * over, so a run that was killed goes on.
 *
 * @throws {RangeError} If the endpoint is no address, or there is no such data set or split.
 * @throws {EndpointError} If the endpoint refuses every request; what it answered before is kept.
 * @throws {Error} If the data cannot be loaded, or the file not be written.
 */
export async function captionVideos(options: CaptionOptions): Promise<CaptionSummary> {
  const captioner = new Captioner(options);
  const { skipMissing, onNotice } = options;
  const opened = await openData(options.data, options.dataset);
  const splits = options.split === undefined ? opened.splits : [options.split];
  using writers = new DisposableStack();
  const byFolder = new Map<string, RecoveredWriter>();
  const work = new Map<string, { video: CaptionedVideo; writer: RecoveredWriter }>();
  let unchanged = 0;
  for (const split of splits) {
    const folder = opened.folder(split);
    let writer = byFolder.get(folder);
    if (!writer) {
      writer = writers.use(await RecoveredWriter.open(folder));
      byFolder.set(folder, writer);
    }
    const { videos } = await opened.load(split, { skipMissing, onNotice });
    for (const video of videos) {
      if (writer.videos.has(video.name)) unchanged++;
      // A video may be in two splits, as in MSR-VTT's, and needs its captions once.
      else work.set(video.path, { video, writer });
    }
  }
  const summary = { captioned: 0, unchanged, failed: 0, confirmed: true };
  if (work.size === 0) return summary;
  if (!options.confirm(work.size, unchanged)) return { ...summary, confirmed: false };

  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...options.signal ? [options.signal] : []]);
  using pool = await DecodePool.open({
    decoder: options.decoder ?? "auto",
    workers: Math.min(options.concurrency, navigator.hardwareConcurrency),
    // Nothing looks at the model's pictures here.
    imageSize: 32,
  });
  const todo = work.values();
  const runners = Array.from({ length: options.concurrency }, async () => {
    for (const { video, writer } of todo) {
      if (signal.aborted) return;
      let captions: string[];
      try {
        const frames = await framesOf(pool, video.path, options.frames, signal);
        captions = await captioner.caption(frames, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof EndpointError) throw error;
        summary.failed++;
        options.onFailed?.(video.name, (error as Error).message);
        continue;
      }
      await writer.write(video.name, captions);
      summary.captioned++;
      options.onCaptioned?.(video.name, summary.captioned, work.size);
    }
  }).map((runner) =>
    runner.catch((error) => {
      stop.abort(error);
      throw error;
    })
  );
  // All lines under way are written, whatever ended the run.
  for (const runner of await Promise.allSettled(runners)) {
    if (runner.status === "rejected") throw runner.reason;
  }
  return summary;
}

/** JPEG files of frames spread over a video. */
async function framesOf(
  pool: DecodePool,
  path: string,
  frames: number,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const request = { frames, segment: "whole", thumbnailWidth: PICTURE_WIDTH } as const;
  for await (const event of pool.decode(path, request, signal)) {
    if (event.kind === "clip") return event.thumbnails;
  }
  throw new Error(`Cannot decode ${path}: it has no frames`);
}
