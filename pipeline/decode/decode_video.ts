/**
 * A video from its file to clips that can be encoded, the same for both decoders.
 *
 * @module
 */
import type { Preprocessor } from "../../models/clip/preprocess.ts";
import { decodeFailure, REASONS, STILL } from "./failure.ts";
import { framesWithin } from "./frame_list.ts";
import { pictureFilters, shownSize } from "./picture_filters.ts";
import { samplePositions } from "./sampling.ts";
import { fixedCuts, needsShots, spansBetween, WHOLE_UP_TO } from "./segments.ts";
import { findCuts } from "./shots.ts";
import type { FrameList, StreamFacts, VideoSource } from "./source.ts";
import type { DecodedClip, DecodeEvent, DecodeRequest } from "./video.ts";

/** Frames tried in place of one that cannot be decoded. */
const STAND_INS = 3;

/** Seconds that may be missing at the end before a file counts as cut short. */
const END_SLACK = 2;

/**
 * Decodes a video.
 *
 * @param source The open video; stays open.
 * @param path Its name, for errors.
 * @returns The video, then its clips as they are asked for: nothing is decoded ahead.
 * @throws {Error} If no frame can be decoded; or, once the others are through, if some clips could
 * not be.
 */
export async function* decodeVideo(
  source: VideoSource,
  path: string,
  request: DecodeRequest,
  preprocessor: Preprocessor,
): AsyncGenerator<DecodeEvent> {
  const clock = new Clock(source.facts);
  const { end, list: whole, problem } = await findEnd(source, path, clock);
  const cuts = typeof request.segment === "number"
    ? fixedCuts(request.segment, end)
    : needsShots(request.segment, end)
    ? await findCuts(source, end)
    : [];
  const clips = spansBetween(cuts, end);
  const { codec, container, created, duration } = source.facts;
  const info = {
    ...shownSize(source.facts),
    duration: STILL.test(container) ? null : duration ?? end,
    codec,
    container,
    created,
    problem,
  };
  yield { kind: "video", info, clips };

  let undecodable = 0;
  for (const [index, span] of clips.entries()) {
    if (request.skip?.has(index)) continue;
    const last = index === clips.length - 1;
    // The last clip ends with the file, wherever the container says that is.
    const stop = last ? Infinity : clock.stamp(span.end);
    const list = whole ?? await source.list(clock.stamp(span.start), stop);
    const stamps = framesWithin(list, index === 0 ? -Infinity : clock.stamp(span.start), stop);
    const clip = await decodeClip(source, list, stamps, request, preprocessor, clock);
    if (clip) yield { kind: "clip", index, span, ...clip };
    else undecodable++;
  }
  if (undecodable === clips.length) throw decodeFailure(path, REASONS.nothingDecodes);
  if (undecodable > 0) {
    throw decodeFailure(
      path,
      `${undecodable} of its ${clips.length} clips are damaged, the others are in; copy it again`,
    );
  }
}

async function decodeClip(
  source: VideoSource,
  list: FrameList,
  stamps: readonly number[],
  request: DecodeRequest,
  preprocessor: Preprocessor,
  clock: Clock,
): Promise<Pick<DecodedClip, "times" | "pixels" | "thumbnails"> | null> {
  const times = Float64Array.from(stamps, (stamp) => clock.time(stamp));
  const positions = samplePositions(times, request.frames, request.fps);
  const filters = pictureFilters(source.facts, preprocessor.imageSize, request.thumbnailWidth);
  const { width, height } = filters;
  const crop = (rgb: Uint8Array) => preprocessor.crop({ width, height, rgb });
  const look = { ...filters, crop };
  const frames = new Map<number, { pixels: Uint8Array; thumbnail: Uint8Array<ArrayBuffer> }>();
  const tried = new Set<number>();
  let wanted = positions;
  for (let attempt = 0; attempt <= STAND_INS && wanted.length > 0; attempt++) {
    for (const position of wanted) tried.add(position);
    const pictures = source.pictures(list, wanted.map((position) => stamps[position]), look);
    for await (const { stamp, pixels, thumbnail } of pictures) {
      frames.set(stamp, { pixels, thumbnail });
    }
    wanted = standIns(wanted.filter((position) => !frames.has(stamps[position])), tried, stamps);
  }
  if (frames.size === 0) return null;
  const decoded = [...frames].sort(([a], [b]) => a - b);
  const bytes = 3 * preprocessor.imageSize ** 2;
  const pixels = new Uint8Array(decoded.length * bytes);
  decoded.forEach(([, frame], i) => pixels.set(frame.pixels, i * bytes));
  return {
    times: Float64Array.from(decoded, ([stamp]) => clock.time(stamp)),
    pixels,
    thumbnails: decoded.map(([, { thumbnail }]) => thumbnail),
  };
}

/** The next frame that has not been tried, for each that cannot be decoded. */
function standIns(
  missing: readonly number[],
  tried: ReadonlySet<number>,
  stamps: readonly number[],
): number[] {
  const taken = new Set(tried);
  const chosen: number[] = [];
  for (const position of missing) {
    let next = position + 1;
    while (taken.has(next)) next++;
    if (next >= stamps.length) continue;
    taken.add(next);
    chosen.push(next);
  }
  return chosen.sort((a, b) => a - b);
}

/** Where the pictures end: what a container says is not always so. */
async function findEnd(
  source: VideoSource,
  path: string,
  clock: Clock,
): Promise<{ end: number; list: FrameList | null; problem: string | null }> {
  const { duration, container } = source.facts;
  const short = duration === null || duration <= WHOLE_UP_TO;
  const list = await source.list(short ? -Infinity : clock.stamp(duration), Infinity);
  const times = framesWithin(list, -Infinity, Infinity).map((stamp) => clock.time(stamp));
  if (times.length === 0) throw decodeFailure(path, REASONS.nothingDecodes);
  const last = times[times.length - 1];
  const gaps = times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b);
  const gap = gaps[gaps.length >> 1] ?? 0;
  const whole = short ? list : null;
  if (STILL.test(container) && times.length === 1) return { end: 0, list: whole, problem: null };
  const seen = last + gap;
  if (duration === null || duration < seen) return { end: seen, list: whole, problem: null };
  if (duration - seen <= END_SLACK + gap || times.length === 1) {
    return { end: duration, list: whole, problem: null };
  }
  const problem = `its pictures end at ${seen.toFixed(1)} s of ${duration.toFixed(1)} s: ` +
    "cut short, or the sound is longer";
  return { end: seen, list: whole, problem };
}

/** Turns a stream's ticks into seconds from the container's own zero, and back. */
class Clock {
  readonly #tick: number;
  readonly #startTime: number;

  constructor({ tick, startTime }: StreamFacts) {
    this.#tick = tick;
    this.#startTime = startTime;
  }

  time(stamp: number): number {
    return stamp * this.#tick - this.#startTime;
  }

  /** The first tick that is not before a time; a rounding error is no difference. */
  stamp(time: number): number {
    return Math.ceil((time + this.#startTime) / this.#tick - 1e-6);
  }
}
