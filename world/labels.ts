/**
 * What is true of a generated video: which thing is where, when, and doing what.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { readJsonLines } from "../data/annotation_files.ts";
import { COLOUR_NAMES } from "./colours.ts";
import { factsOf } from "./facts.ts";
import type { WorldVideo } from "./collection.ts";
import { spriteOf } from "./draw.ts";
import { type Placement, placementsAt, shotAt } from "./motion.ts";
import { ACTIONS } from "./scene.ts";

const Box = z.tuple([z.number(), z.number(), z.number(), z.number()]);

/** Left, top, right and bottom as shares of the picture's sides, in [0, 1]. */
export type Box = z.infer<typeof Box>;

const Thing = z.object({ thing: z.string(), colour: z.enum(COLOUR_NAMES).optional() });

const Facts = Thing.extend({
  count: z.number().int().min(1).max(4),
  size: z.enum(["big", "small"]).optional(),
  action: z.enum(ACTIONS),
  pace: z.enum(["quickly", "slowly"]).optional(),
  place: z.string(),
  night: z.boolean().optional(),
  title: z.string().optional(),
  companion: Thing.optional(),
});

const Track = Facts.extend({
  role: z.enum(["described", "companion", "distractor"]),
  artist: z.string(),
  /** When it is on screen, in seconds. */
  start: z.number(),
  end: z.number(),
  /** The number of the first frame that `boxes` is of. */
  firstFrame: z.number().int(),
  /** A frame after the other, a box for each of the thing; `null` for one out of view. */
  boxes: z.array(z.array(Box.nullable())),
});

const Labels = z.object({
  seconds: z.number(),
  /** Frames a second: frame i is shown from i / rate on. */
  rate: z.number(),
  shots: z.array(
    z.object({ start: z.number(), end: z.number(), place: z.string(), night: z.boolean() }),
  ),
  tracks: z.array(Track),
});

const Quality = z.enum(["right", "incomplete", "wrong"]);

const Line = z.object({
  video: z.string(),
  captions: z.array(z.string()),
  /** Six captions as of a vision-language model, and what each of them is. */
  recovered: z.array(z.string()),
  recoveredQuality: z.array(Quality),
  /** The same with nothing left out and nothing wrong. */
  recoveredClean: z.array(z.string()),
  /** The video that it differs from in one word. */
  twin: z.object({
    video: z.string(),
    difference: z.enum(["thing", "colour", "count", "place", "action"]),
  }).optional(),
  labels: Labels,
});

/** One to four of a thing in one shot. */
export type Track = z.infer<typeof Track>;
/** What is true of a video. */
export type VideoLabels = z.infer<typeof Labels>;
/** A line of a split's `captions.jsonl`. */
export type LabelledVideo = z.infer<typeof Line>;

/**
 * Reads a split of a generated collection.
 *
 * @param dir The split's folder.
 * @throws {Error} If it is damaged or no generated collection.
 */
export async function readLabels(dir: string): Promise<LabelledVideo[]> {
  try {
    return await readJsonLines(join(dir, "captions.jsonl"), Line);
  } catch (error) {
    throw new Error(`Cannot load labels from ${dir}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The track of the described thing. */
export function describedTrack({ tracks }: VideoLabels): Track {
  return tracks.find(({ role }) => role === "described")!;
}

/**
 * Where a track's things are at a time; nothing where they are not on screen.
 *
 * @param time In seconds.
 */
export function boxesAt(track: Track, rate: number, time: number): Box[] {
  const frame = Math.floor(time * rate + 1e-6) - track.firstFrame;
  return (track.boxes[frame] ?? []).filter((box) => box !== null);
}

/**
 * Labels a video.
 *
 * @param rate Frames a second.
 */
export function labelsOf({ name, scene, captions, twin }: WorldVideo, rate: number): LabelledVideo {
  const tracks = scene.shots.flatMap((shot) =>
    shot.actors.map((actor): Track => ({
      ...factsOf(shot, actor),
      action: actor.action,
      place: shot.place,
      role: actor.role,
      artist: actor.artist,
      start: round(shot.start),
      end: round(shot.end),
      firstFrame: 0,
      boxes: [],
    }))
  );
  const frames = frameCount(scene.seconds, rate);
  for (let frame = 0; frame < frames; frame++) {
    const time = frame / rate;
    const shot = shotAt(scene, time);
    const first = scene.shots.slice(0, scene.shots.indexOf(shot))
      .reduce((sum, { actors }) => sum + actors.length, 0);
    const placements = placementsAt(shot, time);
    for (const [i, actor] of shot.actors.entries()) {
      const track = tracks[first + i];
      if (track.boxes.length === 0) track.firstFrame = frame;
      track.boxes.push(
        placements.filter((placement) => placement.actor === actor).map(boxOf),
      );
    }
  }
  return {
    video: name,
    captions: [...captions.captions],
    recovered: captions.recovered.map(({ text }) => text),
    recoveredQuality: captions.recovered.map(({ quality }) => quality),
    recoveredClean: [...captions.recoveredClean],
    twin,
    labels: {
      seconds: scene.seconds,
      rate,
      shots: scene.shots.map(({ start, end, place, night }) => ({
        start: round(start),
        end: round(end),
        place,
        night,
      })),
      tracks,
    },
  };
}

/** How many frames a video has. */
export function frameCount(seconds: number, rate: number): number {
  return Math.round(seconds * rate);
}

/** The box around a thing, cut at the picture's edges; `null` where none of it is in view. */
export function boxOf(placement: Placement): Box | null {
  const { x, y, size, angle } = placement;
  const sprite = spriteOf(placement.actor);
  const stretch = placement.actor.restyling?.stretch ?? 1;
  const [w, h] = [stretch * size * sprite.width / 2, size * sprite.height / 2];
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  const [dx, dy] = [w * cos + h * sin, w * sin + h * cos];
  const cut = (value: number) => round(Math.max(0, Math.min(1, value)));
  const box: Box = [cut(x - dx), cut(y - dy), cut(x + dx), cut(y + dy)];
  return box[2] > box[0] && box[3] > box[1] ? box : null;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
