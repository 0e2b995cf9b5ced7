/**
 * Captions of scenes: people's, which say only a part of what is seen, and those that a
 * vision-language model might write of a video, some of which are incomplete or wrong.
 *
 * @module
 */
import { COLOUR_NAMES } from "./colours.ts";
import { type Facts, factsOf, type Odds, sentence, someOf } from "./facts.ts";
import { PLACES } from "./places.ts";
import type { Random } from "./random.ts";
import { described, type Scene } from "./scene.ts";
import { thingNamed, THINGS } from "./things.ts";

/** What is written about a video. */
export interface Captions {
  /** Several wordings about the described thing. */
  readonly captions: readonly string[];
  /** Captions as of a vision-language model. */
  readonly recovered: readonly RecoveredCaption[];
  /** The same captions with nothing left out and nothing wrong. */
  readonly recoveredClean: readonly string[];
}

/** A caption that plays a vision-language model's part. */
export interface RecoveredCaption {
  readonly text: string;
  readonly quality: "right" | "incomplete" | "wrong";
}

/** How many wordings a video has; no two alike. */
const WORDINGS = 5;

/** How many recovered captions a video has. */
const RECOVERED = 6;

/** Shares of the recovered captions. */
const WRONG = 0.25, INCOMPLETE = 0.35;

const USUAL: Odds = {
  colour: 0.85,
  size: 0.3,
  action: 0.7,
  pace: 0.15,
  place: 0.75,
  night: 0.7,
  title: 0.5,
  companion: 0.35,
};

const DETAILED: Odds = {
  colour: 1,
  size: 0.5,
  action: 1,
  pace: 0,
  place: 1,
  night: 1,
  title: 1,
  companion: 0.5,
};

const LITTLE: Odds = {
  colour: 0.3,
  size: 0,
  action: 0.3,
  pace: 0,
  place: 0.3,
  night: 0.2,
  title: 0,
  companion: 0,
};

/**
 * Writes a scene's captions.
 *
 * @param random The same state gives the same captions.
 */
export function captionsOf(scene: Scene, random: Random): Captions {
  const { shot, actor } = described(scene);
  const facts = factsOf(shot, actor);
  const captions = new Set<string>();
  for (let tries = 0; captions.size < WORDINGS && tries < 100; tries++) {
    captions.add(sentence(someOf(facts, USUAL, random), random));
  }

  const recovered: RecoveredCaption[] = [], recoveredClean: string[] = [];
  for (let i = 0; i < RECOVERED; i++) {
    // Half of them are of the described shot, the others of any.
    const seen = i < RECOVERED / 2 ? shot : random.pick(scene.shots);
    const of = seen === shot && i < RECOVERED / 2 ? actor : random.pick(seen.actors);
    const clean = someOf(factsOf(seen, of), DETAILED, random);
    recoveredClean.push(sentence(clean, random));
    const luck = random.next();
    recovered.push(
      luck < WRONG
        ? { text: sentence(mistaken(clean, random), random), quality: "wrong" }
        : luck < WRONG + INCOMPLETE
        ? {
          text: sentence({
            ...someOf(clean, LITTLE, random),
            vague: random.chance(0.4) && !thingNamed(clean.thing).shape,
          }, random),
          quality: "incomplete",
        }
        : { text: sentence(clean, random), quality: "right" },
    );
  }
  return { captions: [...captions], recovered, recoveredClean };
}

/** Changes one fact to a likely mistake. */
function mistaken(facts: Facts, random: Random): Facts {
  const other = <T>(items: readonly T[], item: T) => random.pick(items.filter((i) => i !== item));
  switch (random.pick(["thing", "thing", "colour", "count", "place"])) {
    case "colour":
      return { ...facts, colour: other(COLOUR_NAMES, facts.colour) };
    case "count":
      return { ...facts, count: other([1, 2, 3, 4], facts.count) };
    case "place":
      return {
        ...facts,
        place: other(PLACES.map((place) => place.name), facts.place ?? ""),
        night: undefined,
      };
    default: {
      const group = thingNamed(facts.thing).group.name;
      const alike = THINGS.filter((thing) => thing.group.name === group).map(({ name }) => name);
      return { ...facts, thing: other(alike, facts.thing) };
    }
  }
}
