/**
 * Single pictures with captions of what they show, to train the towers from.
 *
 * @module
 */
import { COLOUR_NAMES } from "./colours.ts";
import { drawFrame } from "./draw.ts";
import { type Facts, factsOf, type Odds, sentence, someOf } from "./facts.ts";
import { type Box, boxOf } from "./labels.ts";
import { placementsAt, shotAt } from "./motion.ts";
import { PLACES } from "./places.ts";
import { Random } from "./random.ts";
import {
  type Action,
  ACTIONS,
  type Actor,
  type ActorWishes,
  allowed,
  type Restyling,
  sampleActor,
  sampleTitle,
  sampleVariant,
  type Scene,
  type SceneWishes,
  type Split,
  spread,
  thingsOf,
} from "./scene.ts";
import { thingNamed } from "./things.ts";

/** A picture and what is said of it. */
export interface Picture {
  /** RGB, [size, size, 3]. */
  readonly pixels: Uint8Array;
  readonly caption: string;
  /** Everything that is true of the described thing, said or not. */
  readonly attributes: Facts;
  /** What is where: the things of which at least half is in view. */
  readonly regions: readonly Region[];
}

/** One to four of a thing in a picture. */
export interface Region {
  /** Everything that is true of it. */
  readonly facts: Facts;
  /** Around each that is in view. */
  readonly boxes: readonly Box[];
}

/** The most things in a picture, all copies of one counted once. */
export const MOST_THINGS = 8;

/**
 * The share of pictures that are full of things, since each of them teaches as much as one alone.
 */
const CROWDED = 0.5;

/** The least and the most side of a thing among so many, as a share of the picture's. */
const SMALL = [0.18, 0.33] as const;

/** A thing is in view while no more of it than this lies behind others. */
const MOST_HIDDEN = 0.5;

/** What look-alikes differ in; what is hard to tell apart comes up more often. */
const DIFFERENCES = [
  "thing",
  "thing",
  "thing",
  "colour",
  "count",
  "count",
  "place",
  "place",
  "action",
  "night",
] as const;

const SIMPLE = ["plain", "dots", "stripes", "checks", "brick wall"];

const ODDS: Odds = {
  colour: 0.9,
  size: 0.3,
  action: 0.6,
  pace: 0,
  place: 0.75,
  night: 0.7,
  title: 0.7,
  companion: 0.5,
};

/**
 * Makes up a picture.
 *
 * @param difficulty From 0, one large thing on a simple ground, to 1, like a video's frame.
 * @param size Side in pixels.
 */
export function samplePicture(
  random: Random,
  split: Split,
  difficulty: number,
  size: number,
): Picture {
  const crowded = split !== "test" && random.chance(CROWDED);
  const { scene, actor } = sampleStill(random, split, difficulty, {}, crowded);
  const attributes = factsOf(scene.shots[0], actor);
  const time = random.between(0.3, scene.seconds - 0.3);
  const caption = sentence(someOf(attributes, ODDS, random), random);
  return still(scene, time, size, caption, attributes);
}

function still(
  scene: Scene,
  time: number,
  size: number,
  caption: string,
  attributes: Facts,
): Picture {
  const shot = shotAt(scene, time);
  const placements = placementsAt(shot, time);
  const boxes = placements.map(boxOf);
  const inView = placements.flatMap(({ actor }, i) => {
    const box = boxes[i];
    const inFront = boxes.slice(i + 1).filter((other) => other !== null);
    return box && hiddenShare(box, inFront) <= MOST_HIDDEN ? [{ actor, box }] : [];
  });
  const regions = shot.actors.map((actor): Region => ({
    facts: factsOf(shot, actor),
    boxes: inView.filter((seen) => seen.actor === actor).map(({ box }) => box),
  }));
  return {
    pixels: drawFrame(scene, time, size),
    caption,
    attributes,
    regions: regions.filter(({ boxes }) => boxes.length > 0),
  };
}

/** How much of a box lies behind others, by a grid of points in it. */
function hiddenShare([left, top, right, bottom]: Box, inFront: readonly Box[]): number {
  const points = 8;
  let hidden = 0;
  for (let i = 0; i < points ** 2; i++) {
    const x = left + (right - left) * (i % points + 0.5) / points;
    const y = top + (bottom - top) * (Math.floor(i / points) + 0.5) / points;
    if (inFront.some(([l, t, r, b]) => x > l && x < r && y > t && y < b)) hidden++;
  }
  return hidden / points ** 2;
}

/**
 * Makes up pictures whose captions are worded alike and differ in one attribute: the thing, its
 * colour, how many there are, the place, the action, or day and night. Where an attribute has fewer
 * values than pictures are asked for, they come in groups about different things.
 *
 * @param difficulty As for `samplePicture`.
 * @param size Side in pixels.
 * @param n How many; no two captions are the same.
 */
export function lookAlikes(
  random: Random,
  split: Split,
  difficulty: number,
  size: number,
  n: number,
): Picture[] {
  const attribute = random.pick(DIFFERENCES);
  // How many there are is told where there is room for them.
  const crowded = attribute !== "count" && split !== "test" && random.chance(CROWDED);
  const base = sampleStill(random, split, difficulty, {
    place: attribute === "night"
      ? random.pick(PLACES.filter((place) => place.outdoors)).name
      : undefined,
  }, crowded);
  const { place, night } = base.scene.shots[0];
  const action = base.actor.action;
  // One wording, and in half of the cases one layout too.
  const wording = `${random.next()}`;
  const layout = random.chance(0.5) ? `${random.next()}` : undefined;
  const said = someOf({ ...factsOf(base.scene.shots[0], base.actor), size: undefined }, {
    ...ODDS,
    title: 0,
    companion: 0,
  }, random);

  const pictures: Picture[] = [];
  const captions = new Set<string>();
  const things = random.shuffle(
    thingsOf(split).filter((thing) =>
      allowed(thing, action, place, split) && (attribute !== "night" || !thing.shape)
    ),
  );
  things.sort((a, b) => Number(b.name === base.actor.thing) - Number(a.name === base.actor.thing));
  const colour = base.actor.colour ?? null;
  for (let group = 0; pictures.length < n; group++) {
    const thing = things[group % things.length];
    const fixed: SceneWishes = {
      thing: thing.name,
      place,
      action,
      night,
      colour,
      count: base.actor.count,
    };
    const variations: SceneWishes[] = attribute === "thing"
      ? [fixed]
      : attribute === "colour"
      ? COLOUR_NAMES.map((colour) => ({ ...fixed, colour }))
      : attribute === "count"
      ? [1, 2, 3, 4].map((count) => ({ ...fixed, count }))
      : attribute === "night"
      ? [true, false].map((night) => ({ ...fixed, night }))
      : attribute === "place"
      ? PLACES.filter((place) => allowed(thing, action, place.name, split))
        .map((place) => ({ ...fixed, place: place.name }))
      : ACTIONS.filter((action) => allowed(thing, action, place, split))
        .map((action) => ({ ...fixed, action }));
    for (const wishes of random.shuffle(variations)) {
      if (pictures.length === n) break;
      const own = layout === undefined ? random : new Random(layout);
      const { scene, actor } = sampleStill(own, split, difficulty, wishes, crowded);
      const attributes = factsOf(scene.shots[0], actor);
      const facts: Facts = {
        thing: attributes.thing,
        count: attributes.count,
        colour: said.colour || attribute === "colour" || thing.shape
          ? attributes.colour
          : undefined,
        place: said.place || attribute === "place" ? attributes.place : undefined,
        action: said.action || attribute === "action" ? attributes.action : undefined,
        night: said.night !== undefined || attribute === "night" ? attributes.night : undefined,
      };
      const caption = sentence(facts, new Random(wording));
      if (captions.has(caption)) continue;
      captions.add(caption);
      const time = own.between(0.3, scene.seconds - 0.3);
      pictures.push(still(scene, time, size, caption, attributes));
    }
    if (group > 4 * things.length) {
      throw new RangeError(
        `Cannot make ${n} look-alikes: the ${split} split has only ${pictures.length} that differ ` +
          `in the ${attribute}`,
      );
    }
  }
  return pictures;
}

function sampleStill(
  random: Random,
  split: Split,
  difficulty: number,
  wishes: SceneWishes,
  crowded: boolean,
): { scene: Scene; actor: Actor } {
  const mix = (easy: number, hard: number) => easy + (hard - easy) * difficulty;
  const place = wishes.place ??
    (random.chance(mix(0.6, 0.2)) ? random.pick(SIMPLE) : random.pick(PLACES).name);
  const count = wishes.count ??
    (!crowded && random.chance(mix(0.15, 0.35)) ? 2 + random.below(3) : 1);
  const most = count === 1 ? 0.85 : count === 2 ? 0.42 : 0.38;
  const size = crowded
    ? random.between(...SMALL)
    : Math.min(most, random.between(mix(0.5, 0.2), mix(0.85, 0.42)));
  const action: Action = wishes.action ??
    (random.chance(mix(0.25, 0.7)) ? random.pick(ACTIONS) : "stand");
  const main = sampleStillActor(random, split, place, {
    ...wishes,
    action,
    count,
    size: count > 2 ? size / 0.8 : size,
  });
  const actors = [main];
  const names = new Set([main.thing]);
  const others = crowded ? MOST_THINGS - 1 : Math.floor(random.between(0, mix(0.3, 3)));
  for (let i = 0; i < others; i++) {
    const role = i === 0 && random.chance(0.4) ? "companion" : "distractor";
    const other = sampleActor(random, split, place, role, {
      but: names,
      count: 1,
      size: crowded
        ? random.between(...SMALL)
        : role === "companion"
        ? Math.min(main.size, 0.4)
        : random.between(0.15, 0.32),
    });
    names.add(other.thing);
    actors.unshift(other);
  }
  const placed = spread(random, actors);
  const reach = mix(0.02, 0.1);
  const zoom = 1 / (1 - 2 * reach);
  const view = {
    x: 0.5 + random.between(-reach, reach),
    y: 0.5 + random.between(-reach, reach),
    zoom,
  };
  const scene: Scene = {
    split,
    seconds: 2,
    shots: [{
      start: 0,
      end: 2,
      place,
      variant: sampleVariant(random, split),
      night: wishes.night ?? random.chance(0.35),
      camera: [view, view],
      actors: placed.map((actor) => ({ ...actor, restyling: sampleRestyling(random, split) })),
      title: random.chance(mix(0.03, 0.12)) ? sampleTitle(random, placed) : undefined,
    }],
  };
  return { scene, actor: scene.shots[0].actors.at(-1)! };
}

/** A new look for half of the drawings that are trained on; others stay as they were drawn. */
function sampleRestyling(random: Random, split: Split): Restyling | undefined {
  if (split !== "train" || random.chance(0.5)) return undefined;
  return {
    stretch: random.between(0.8, 1.25),
    tint: [random.between(0.7, 1.1), random.between(0.7, 1.1), random.between(0.7, 1.1)],
    fade: random.between(0, 0.6),
  };
}

/** An actor with the wished action if the split has any thing that does it there, else another. */
function sampleStillActor(
  random: Random,
  split: Split,
  place: string,
  wishes: ActorWishes,
): Actor {
  const things = wishes.thing ? [thingNamed(wishes.thing)] : thingsOf(split);
  const possible = things.some((thing) => allowed(thing, wishes.action!, place, split));
  return sampleActor(random, split, place, "described", {
    ...wishes,
    action: possible ? wishes.action : undefined,
  });
}
