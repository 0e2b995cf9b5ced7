/**
 * Every value of every attribute that a picture can have, in a few words, so that its parts can be
 * told apart by text.
 *
 * @module
 */
import { COLOUR_NAMES } from "./colours.ts";
import {
  actionPhrase,
  countPhrase,
  type Facts,
  nightPhrase,
  placePhrase,
  thingPhrase,
} from "./facts.ts";
import { PLACES } from "./places.ts";
import type { Random } from "./random.ts";
import { ACTIONS } from "./scene.ts";
import { THINGS } from "./things.ts";

interface Attribute {
  readonly name: string;
  /** How many values it has. */
  readonly values: number;
  /** Words for all of them. */
  phrases(random: Random): string[];
  /** The number of the value in facts; −1 where they have none. */
  valueIn(facts: Partial<Facts>): number;
}

const COUNTS = [1, 2, 3, 4];

/** What is told apart. */
export const ATTRIBUTES: readonly Attribute[] = [
  {
    name: "thing",
    values: THINGS.length,
    phrases: (random) => THINGS.map((thing) => thingPhrase(thing, random)),
    valueIn: ({ thing }) => THINGS.findIndex(({ name }) => name === thing),
  },
  {
    name: "action",
    values: ACTIONS.length,
    phrases: (random) => ACTIONS.map((action) => actionPhrase(action, random)),
    valueIn: ({ action }) => action === undefined ? -1 : ACTIONS.indexOf(action),
  },
  {
    name: "colour",
    values: COLOUR_NAMES.length,
    phrases: () => [...COLOUR_NAMES],
    valueIn: ({ colour }) => colour === undefined ? -1 : COLOUR_NAMES.indexOf(colour),
  },
  {
    name: "count",
    values: COUNTS.length,
    phrases: () => COUNTS.map(countPhrase),
    valueIn: ({ count }) => count === undefined ? -1 : COUNTS.indexOf(count),
  },
  {
    name: "place",
    values: PLACES.length,
    phrases: (random) => PLACES.map((place) => placePhrase(place, random)),
    valueIn: ({ place }) => PLACES.findIndex(({ name }) => name === place),
  },
  {
    name: "night",
    values: 2,
    phrases: (random) => [false, true].map((night) => nightPhrase(night, random)),
    valueIn: ({ night }) => night === undefined ? -1 : Number(night),
  },
];

/** How many phrases there are in all. */
export const PHRASE_COUNT = ATTRIBUTES.reduce((sum, { values }) => sum + values, 0);

/** All phrases, attribute by attribute, in one of their wordings each. */
export function phrases(random: Random): string[] {
  return ATTRIBUTES.flatMap((attribute) => attribute.phrases(random));
}

/** The numbers of the phrases that are true of facts. */
export function phrasesOf(facts: Partial<Facts>): number[] {
  let first = 0;
  return ATTRIBUTES.flatMap(({ values, valueIn }) => {
    const value = valueIn(facts);
    const found = value < 0 ? [] : [first + value];
    first += values;
    return found;
  });
}
