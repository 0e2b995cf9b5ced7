/**
 * What can be truly said of an actor, and how it is said.
 *
 * @module
 */
import type { Colour } from "./colours.ts";
import { type Place, placeNamed } from "./places.ts";
import type { Random } from "./random.ts";
import type { Action, Actor, Shot } from "./scene.ts";
import { type Kind, type Thing, thingNamed } from "./things.ts";

/** What is said of an actor: what is left out is not said. */
export interface Facts {
  /** A name in `THINGS`. */
  readonly thing: string;
  readonly count: number;
  readonly colour?: Colour;
  readonly size?: "big" | "small";
  readonly action?: Action;
  readonly pace?: "quickly" | "slowly";
  /** A name in `PLACES`. */
  readonly place?: string;
  readonly night?: boolean;
  /** A word on the screen. */
  readonly title?: string;
  /** What else is there. */
  readonly companion?: { readonly thing: string; readonly colour?: Colour };
  /** Says "animal" for "fox". */
  readonly vague?: boolean;
}

/** Things are called small up to this share of the picture's side, and big from the other on. */
const SMALL = 0.24, BIG = 0.5;

const WORDS = ["no", "a", "two", "three", "four"];

const NIGHT = ["at night", "at night", "in the dark"], DAY = ["by day", "in daylight"];

type Verb = readonly [base: string, third: string, participle: string];

const verb = (base: string, third = `${base}s`, participle = `${base}ing`): Verb => [
  base,
  third,
  participle,
];

const MOVE: Readonly<Record<Kind, readonly Verb[]>> = {
  animal: [verb("run", "runs", "running"), verb("walk"), verb("move", "moves", "moving")],
  swimmer: [verb("swim", "swims", "swimming"), verb("move", "moves", "moving")],
  flyer: [verb("fly", "flies", "flying"), verb("move", "moves", "moving")],
  vehicle: [verb("drive", "drives", "driving"), verb("move", "moves", "moving")],
  boat: [verb("sail"), verb("move", "moves", "moving")],
  object: [verb("slide", "slides", "sliding"), verb("move", "moves", "moving")],
};

const VERBS: Readonly<Record<Exclude<Action, "move left" | "move right">, readonly Verb[]>> = {
  stand: [
    verb("stand still", "stands still", "standing still"),
    verb("rest"),
    verb("stay still", "stays still", "staying still"),
  ],
  rise: [verb("rise", "rises", "rising"), verb("go up", "goes up", "going up")],
  fall: [
    verb("fall"),
    verb("go down", "goes down", "going down"),
    verb("drop", "drops", "dropping"),
  ],
  bounce: [verb("bounce", "bounces", "bouncing"), verb("jump"), verb("hop", "hops", "hopping")],
  spin: [verb("spin", "spins", "spinning"), verb("turn"), verb("rotate", "rotates", "rotating")],
  grow: [verb("grow"), verb("get bigger", "gets bigger", "getting bigger")],
  shrink: [verb("shrink"), verb("get smaller", "gets smaller", "getting smaller")],
  shake: [verb("shake", "shakes", "shaking"), verb("tremble", "trembles", "trembling")],
};

/** Everything that is true of an actor in its shot. */
export function factsOf(shot: Shot, actor: Actor): Facts {
  const companion = shot.actors.find((other) => other.role === "companion");
  return {
    thing: actor.thing,
    count: actor.count,
    colour: actor.colour,
    size: actor.size <= SMALL ? "small" : actor.size >= BIG ? "big" : undefined,
    action: actor.action,
    pace: actor.action === "stand" || actor.speed === 1
      ? undefined
      : actor.speed > 1
      ? "quickly"
      : "slowly",
    place: shot.place,
    night: placeNamed(shot.place).outdoors ? shot.night : undefined,
    title: shot.title?.text,
    companion: companion && companion !== actor
      ? { thing: companion.thing, colour: companion.colour }
      : undefined,
  };
}

/** How often each part is said; the thing, its count and a shape's colour always are. */
export interface Odds {
  readonly colour: number;
  readonly size: number;
  readonly action: number;
  readonly pace: number;
  readonly place: number;
  readonly night: number;
  readonly title: number;
  readonly companion: number;
}

/** A part of the facts. */
export function someOf(facts: Facts, odds: Odds, random: Random): Facts {
  const keep = <T>(odds: number, value: T): T | undefined =>
    random.chance(odds) ? value : undefined;
  const action = keep(facts.action === "stand" ? odds.action * 0.3 : odds.action, facts.action);
  return {
    thing: facts.thing,
    count: facts.count,
    colour: keep(thingNamed(facts.thing).shape ? 1 : odds.colour, facts.colour),
    size: keep(odds.size, facts.size),
    action,
    pace: action && keep(odds.pace, facts.pace),
    place: keep(odds.place, facts.place),
    night: keep(facts.night ? odds.night : odds.night * 0.15, facts.night),
    title: keep(odds.title, facts.title),
    companion: keep(odds.companion, facts.companion),
    vague: facts.vague,
  };
}

/**
 * Puts facts into words; all of them are said.
 *
 * @param random The same state gives the same wording.
 */
export function sentence(facts: Facts, random: Random): string {
  const thing = thingNamed(facts.thing);
  let subject = counted(facts.count, [facts.size, facts.colour], nameOf(thing, facts, random));
  if (facts.companion) {
    const { thing: name, colour } = facts.companion;
    const other = counted(1, [colour], nameOf(thingNamed(name), { count: 1 }, random));
    subject += ` ${random.pick(["and", "and", "next to", "with"])} ${other}`;
    // Verbs would be the companion's too.
    if (subject.includes(" and ")) {
      return withPlace(
        facts,
        random,
        subject,
        undefined,
        facts.action && verbOf(facts, thing.kind, random)[2],
      );
    }
  }
  const verbs = facts.action && verbOf(facts, thing.kind, random);
  return withPlace(facts, random, subject, verbs?.[facts.count === 1 ? 1 : 0], verbs?.[2]);
}

function withPlace(
  facts: Facts,
  random: Random,
  subject: string,
  finite: string | undefined,
  participle: string | undefined,
): string {
  const where = facts.place === undefined ? undefined : saidOf(placeNamed(facts.place), random);
  const when = facts.night === undefined ? undefined : nightPhrase(facts.night, random);
  const title = facts.title && `with the word ${facts.title}`;
  const form = random.next();
  const paired = finite === undefined && participle !== undefined;
  // "a running fox and a cat"
  const doing = paired ? undefined : participle;
  const named = paired ? inFront(subject, participle, facts) : subject;
  const parts = (finite === undefined && doing === undefined) || form < 0.5
    ? form < 0.12 && finite === undefined
      ? ["there", facts.count > 1 ? "are" : "is", named, doing, where, when, title]
      : form < 0.2 && (where || when)
      ? [where, when, named, finite, title]
      : [named, finite, where, when, title]
    : form < 0.8
    ? [named, doing, where, when, title]
    : form < 0.9
    ? [when, named, finite, where, title]
    : ["there", facts.count > 1 ? "are" : "is", named, doing, where, when, title];
  return parts.filter((part) => part).join(" ");
}

/** A few words for one thing alone, by one of its names. */
export function thingPhrase(thing: Thing, random: Random): string {
  return nameOf(thing, { count: random.chance(0.75) ? 1 : 2 }, random);
}

/** A few words for an action alone. */
export function actionPhrase(action: Action, random: Random): string {
  const kind = random.pick(["animal", "swimmer", "flyer", "vehicle", "boat", "object"] as const);
  return verbOf({ action }, kind, random)[random.below(3)];
}

/** A few words for how many there are. */
export function countPhrase(count: number): string {
  return count === 1 ? "one" : WORDS[count];
}

/** A few words for a place alone. */
export function placePhrase(place: Place, random: Random): string {
  return saidOf(place, random);
}

/** A few words for day or night alone. */
export function nightPhrase(night: boolean, random: Random): string {
  return random.pick(night ? NIGHT : DAY);
}

/** Puts a participle before a noun phrase's adjectives: "a fox" becomes "a running fox". */
function inFront(subject: string, participle: string, facts: Facts): string {
  const words = subject.split(" ");
  // "moving to the left" cannot stand before a noun.
  const short = participle.split(" ")[0];
  if (participle !== short && facts.action !== "move left" && facts.action !== "move right") {
    return subject;
  }
  const article = /^(?:a|an)$/.test(words[0]) ? articleOf(short) : words[0];
  return [article, short, ...words.slice(1)].join(" ");
}

function verbOf(
  { action, pace }: Pick<Facts, "action" | "pace">,
  kind: Kind,
  random: Random,
): Verb {
  const directed = action === "move left" || action === "move right";
  const verbs = directed ? MOVE[kind] : VERBS[action!];
  const chosen = random.pick(verbs);
  const direction = directed
    ? random.pick([
      ` to the ${action!.slice(5)}`,
      ` to the ${action!.slice(5)}`,
      ` ${action!.slice(5)}`,
    ])
    : "";
  const tail = direction + (pace ? ` ${pace}` : "");
  return [chosen[0] + tail, chosen[1] + tail, chosen[2] + tail];
}

function nameOf(
  thing: Thing,
  { count, vague }: { count: number; vague?: boolean },
  random: Random,
): string {
  const named = vague
    ? thing.group
    : random.chance(0.65) || thing.synonyms.length === 0
    ? thing
    : random.pick(thing.synonyms);
  return count === 1 ? named.name : named.plural;
}

function counted(count: number, adjectives: readonly (string | undefined)[], noun: string): string {
  const rest = [...adjectives.filter((word) => word), noun].join(" ");
  return `${count === 1 ? articleOf(rest) : WORDS[count]} ${rest}`;
}

function articleOf(word: string): string {
  return /^(?:[aeio]|u(?!ni)|hour)/.test(word) ? "an" : "a";
}

function saidOf(place: { phrases: readonly string[] }, random: Random): string {
  return random.chance(0.6) ? place.phrases[0] : random.pick(place.phrases);
}
