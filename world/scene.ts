/**
 * The grammar of scenes: who is where and when, doing what, before which background.
 *
 * @module
 */
import { type Colour, COLOUR_NAMES } from "./colours.ts";
import { type Artist, ARTISTS, drew, UNSEEN_ARTIST } from "./icons.ts";
import { TRAVEL } from "./motion.ts";
import { PLACES } from "./places.ts";
import type { Random } from "./random.ts";
import { type Thing, thingNamed, THINGS } from "./things.ts";

/** A part of the world's data. Artists and combinations of the test split occur in no other. */
export type Split = "train" | "validation" | "test";

/** What a thing does. */
export const ACTIONS = [
  "stand",
  "move left",
  "move right",
  "rise",
  "fall",
  "bounce",
  "spin",
  "grow",
  "shrink",
  "shake",
] as const;

/** What a thing does. */
export type Action = typeof ACTIONS[number];

/** One to four of a thing, doing something. */
export interface Actor {
  /** A name in `THINGS`. */
  readonly thing: string;
  readonly artist: Artist;
  /** The number of the thing's icon. */
  readonly icon: number;
  /** A name in `COLOURS` where it is painted in one. */
  readonly colour?: Colour;
  readonly count: number;
  /** Side of each, as a share of the picture's. */
  readonly size: number;
  /** Centre of the first one at the middle of its shot, as shares of the picture's sides. */
  readonly x: number;
  readonly y: number;
  readonly action: Action;
  /** Multiplies the usual speed. */
  readonly speed: number;
  /** Where in its cycle a repeating action begins, from 0 to 1. */
  readonly phase: number;
  /** Whether it is drawn as in a mirror. */
  readonly mirrored: boolean;
  /** How its drawing is changed, so that a few artists stand for many. */
  readonly restyling?: Restyling;
  readonly role: "described" | "companion" | "distractor";
}

/** A change to a drawing that leaves it what it shows. */
export interface Restyling {
  /** How much wider it is than it was drawn, at the same height. */
  readonly stretch: number;
  /** What red, green and blue are multiplied with; one that is painted keeps its colour. */
  readonly tint: readonly [number, number, number];
  /** How far its colours are taken to grey, from 0 to 1. */
  readonly fade: number;
}

/** What is seen between two cuts. */
export interface Shot {
  /** In seconds. */
  readonly start: number;
  readonly end: number;
  /** A name in `PLACES`. */
  readonly place: string;
  /** Which drawing of the place. */
  readonly variant: number;
  readonly night: boolean;
  /** What the camera sees at the start and at the end: centre, and how many times enlarged. */
  readonly camera: readonly [View, View];
  /** From the back to the front. */
  readonly actors: readonly Actor[];
  /** A word on the screen, and where its centre is. */
  readonly title?: { readonly text: string; readonly x: number; readonly y: number };
}

/** A part of the picture. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

/** A video to be drawn. */
export interface Scene {
  readonly split: Split;
  /** In seconds. */
  readonly seconds: number;
  readonly shots: readonly Shot[];
}

/** The described actor, and the shot that it is in. */
export function described(scene: Scene): { shot: Shot; actor: Actor } {
  for (const shot of scene.shots) {
    const actor = shot.actors.find((actor) => actor.role === "described");
    if (actor) return { shot, actor };
  }
  throw new RangeError("Cannot tell what a scene is about: no actor in it is the described one");
}

/** Words that appear on the screen. */
export const TITLES: readonly string[] = [
  "hello",
  "news",
  "sale",
  "stop",
  "love",
  "play",
  "open",
  "live",
  "wow",
  "yes",
  "no",
  "go",
  "win",
  "hot",
  "new",
  "zoo",
];

/** Variations of each place; the last few are in the test split only. */
const VARIANTS: Readonly<Record<Split, readonly [number, number]>> = {
  train: [0, 20],
  validation: [20, 24],
  test: [24, 30],
};

/** The artists of a split. */
export function artistsOf(split: Split): readonly Artist[] {
  return split === "test" ? [UNSEEN_ARTIST] : ARTISTS.filter((artist) => artist !== UNSEEN_ARTIST);
}

/**
 * The split that a combination of thing, action and place belongs to: a tenth of all to validation,
 * a fifth to test.
 */
export function splitOf(thing: string, action: Action, place: string): Split {
  let hash = 0x811c9dc5;
  for (const char of `${thing}|${action}|${place}`) {
    hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  const share = ((hash ^ (hash >>> 13)) >>> 0) % 10;
  return share < 2 ? "test" : share < 3 ? "validation" : "train";
}

/** Whether a thing may do something at a place in a split. */
export function allowed(thing: Thing, action: Action, place: string, split: Split): boolean {
  // The forest is made of trees.
  if (thing.name === "tree" && place === "forest") return false;
  return splitOf(thing.name, action, place) === split;
}

/** Things that some artist of a split drew. */
export function thingsOf(split: Split): readonly Thing[] {
  return split === "test" ? DRAWN_BY_UNSEEN : THINGS;
}

const DRAWN_BY_UNSEEN = THINGS.filter((thing) =>
  thing.shape || thing.icons.some((icon) => drew(UNSEEN_ARTIST, icon))
);

/** An artist of the split and the number of an icon that they drew of a thing. */
export function drawingOf(
  random: Random,
  split: Split,
  thing: Thing,
): { artist: Artist; icon: number } {
  const artists = artistsOf(split);
  if (thing.shape) return { artist: random.pick(artists), icon: 0 };
  for (const artist of random.shuffle(artists)) {
    const icons = thing.icons.flatMap((icon, i) => drew(artist, icon) ? [i] : []);
    if (icons.length > 0) return { artist, icon: random.pick(icons) };
  }
  throw new RangeError(`Cannot draw "${thing.name}": no artist of the ${split} split did`);
}

/** What to make an actor of; what is left out is chosen at random. */
export interface ActorWishes {
  readonly thing?: string;
  readonly action?: Action;
  /** `null` for its own colours. */
  readonly colour?: Colour | null;
  readonly count?: number;
  readonly size?: number;
  /** Names that it may not be. */
  readonly but?: ReadonlySet<string>;
}

/** Makes an actor that the split allows at a place, in the middle of the picture. */
export function sampleActor(
  random: Random,
  split: Split,
  place: string,
  role: Actor["role"],
  wishes: ActorWishes = {},
): Actor {
  const things = wishes.thing ? [thingNamed(wishes.thing)] : thingsOf(split);
  let thing: Thing, action: Action, tries = 0;
  do {
    if (++tries > 10_000) {
      throw new RangeError(
        `Cannot make an actor: the ${split} split has no "${wishes.thing ?? "thing"}" ` +
          `that may "${wishes.action ?? "act"}" at the place "${place}"`,
      );
    }
    thing = random.pick(things);
    action = wishes.action ?? (random.chance(0.3) ? "stand" : random.pick(ACTIONS));
  } while (wishes.but?.has(thing.name) || !allowed(thing, action, place, split));

  const painted = thing.shape || random.chance(role === "described" ? 0.4 : 0.3);
  const colour = wishes.colour !== undefined
    ? wishes.colour ?? undefined
    : painted
    ? random.pick(COLOUR_NAMES)
    : undefined;
  const count = wishes.count ??
    (role === "described" && random.chance(0.35) ? 2 + random.below(3) : 1);
  const size = wishes.size ?? random.between(0.2, 0.4);
  return {
    thing: thing.name,
    ...drawingOf(random, split, thing),
    colour: thing.shape && colour === undefined ? random.pick(COLOUR_NAMES) : colour,
    count,
    size: count > 2 ? size * 0.8 : size,
    x: 0.5,
    y: 0.5,
    action,
    speed: random.pick([0.7, 1, 1, 1.5]),
    phase: random.next(),
    mirrored: random.chance(0.5),
    role,
  };
}

/** What to make a scene about; what is left out is chosen at random. */
export interface SceneWishes extends ActorWishes {
  /** A name in `PLACES`. */
  readonly place?: string;
  readonly night?: boolean;
}

/** The drawing of a place that the split allows. */
export function sampleVariant(random: Random, split: Split): number {
  const [first, end] = VARIANTS[split];
  return first + random.below(end - first);
}

/**
 * Makes up a scene: the described thing is small and on screen in one shot of several, among things
 * that have nothing to do with it; the other shots show other things at other places.
 *
 * @param random The same state gives the same scene.
 * @throws {RangeError} If the split does not allow what is wished for.
 */
export function sampleScene(random: Random, split: Split, wishes: SceneWishes = {}): Scene {
  const shotCount = random.pick([2, 3, 3, 4]);
  const seconds = random.pick([4, 5, 6]);
  const about = random.below(shotCount);
  const places = random.shuffle(PLACES.map(({ name }) => name))
    .filter((name) => name !== wishes.place).slice(0, shotCount);
  if (wishes.place) places[about] = wishes.place;

  // The described shot takes a fifth to nearly half of the video.
  const share = random.between(0.22, 0.45);
  const lengths = places.map((_, i) => i === about ? 0 : random.between(0.7, 1.3));
  const rest = lengths.reduce((sum, length) => sum + length, 0);
  const shares = lengths.map((length, i) => i === about ? share : (1 - share) * length / rest);

  const names = new Set<string>();
  const taken = (actor: Actor) => {
    names.add(actor.thing);
    return actor;
  };
  const main = taken(sampleActor(random, split, places[about], "described", wishes));
  let start = 0;
  const shots = places.map((place, i): Shot => {
    const actors: Actor[] = [];
    for (let n = i === about ? random.below(3) : 1 + random.below(3); n > 0; n--) {
      actors.push(taken(sampleActor(random, split, place, "distractor", { but: names })));
    }
    if (i === about) {
      if (random.chance(0.3)) {
        const wishes = { but: names, count: 1, size: main.size };
        actors.push(taken(sampleActor(random, split, place, "companion", wishes)));
      }
      actors.push(main);
    }
    const end = i === shotCount - 1 ? seconds : start + shares[i] * seconds;
    const placed = spread(random, actors);
    const variant = sampleVariant(random, split);
    const night = random.chance(0.35);
    const shot: Shot = {
      start,
      end,
      place,
      variant,
      night: (i === about ? wishes.night : undefined) ?? night,
      camera: sampleCamera(random),
      actors: placed,
      title: random.chance(0.12) ? sampleTitle(random, placed) : undefined,
    };
    start = end;
    return shot;
  });
  return { split, seconds, shots };
}

/** A word on the screen, above or below the most important actor. */
export function sampleTitle(random: Random, actors: readonly Actor[]): Shot["title"] {
  return { text: random.pick(TITLES), x: 0.5, y: actors.at(-1)!.y > 0.5 ? 0.1 : 0.9 };
}

function sampleCamera(random: Random): readonly [View, View] {
  const view = (): View => {
    const zoom = random.between(1, 1.15);
    const reach = 0.5 - 0.5 / zoom;
    return {
      x: 0.5 + random.between(-reach, reach),
      y: 0.5 + random.between(-reach, reach),
      zoom,
    };
  };
  const first = view();
  return [first, random.chance(0.5) ? view() : first];
}

/** Moves actors apart, so that none hides another, and off the edges that they move towards. */
export function spread(random: Random, actors: readonly Actor[]): readonly Actor[] {
  const placed: Actor[] = [];
  // The most important ones choose first.
  for (const actor of [...actors].reverse()) {
    const width = widthOf(actor);
    const way = actor.speed * TRAVEL / 2;
    const sideways = actor.action === "move left" || actor.action === "move right";
    const upright = ["rise", "fall", "bounce"].includes(actor.action);
    const marginX = Math.min(0.5, width / 2 + 0.02 + (sideways ? way : 0));
    const marginY = Math.min(0.5, width / 2 + 0.02 + (upright ? way : 0));
    let best = actor, bestGap = -Infinity;
    for (let i = 0; i < 12; i++) {
      const x = random.between(marginX, 1 - marginX), y = random.between(marginY, 1 - marginY);
      const gap = Math.min(
        1,
        ...placed.map((other) =>
          Math.hypot(other.x - x, other.y - y) - 0.5 * (width + widthOf(other))
        ),
      );
      if (gap > bestGap) [best, bestGap] = [{ ...actor, x, y }, gap];
      if (gap > 0.02) break;
    }
    placed.push(best);
  }
  return placed.reverse();
}

/** How wide all of an actor's things are together. */
function widthOf({ size, count }: Actor): number {
  return size * (count > 1 ? 2.1 : 1);
}
