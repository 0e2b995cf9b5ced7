import { COLOUR_NAMES } from "./colours.ts";
import { PLACES } from "./places.ts";
import type { Random } from "./random.ts";
import {
  ACTIONS,
  type Actor,
  allowed,
  described,
  drawingOf,
  type Scene,
  type Shot,
  spread,
  thingsOf,
} from "./scene.ts";
import { thingNamed } from "./things.ts";

/** What a twin differs in. */
export type Difference = "thing" | "colour" | "count" | "place" | "action";

/**
 * A hard negative: the same video but for one word about what is described. The twin's combination
 * of thing, action and place is of the same split.
 */
export function twinOf(scene: Scene, random: Random): { scene: Scene; difference: Difference } {
  const { shot, actor } = described(scene);
  for (
    const difference of random.shuffle<Difference>(["thing", "colour", "count", "place", "action"])
  ) {
    const changed = change(scene, shot, actor, difference, random);
    if (!changed) continue;
    const shots = scene.shots.map((other) => other === shot ? changed : other);
    return { scene: { ...scene, shots }, difference };
  }
  throw new RangeError(
    `Cannot change a scene in one word: the ${scene.split} split allows nothing else`,
  );
}

function change(
  { split, shots }: Scene,
  shot: Shot,
  actor: Actor,
  difference: Difference,
  random: Random,
): Shot | undefined {
  const thing = thingNamed(actor.thing);
  const seen = new Set(shots.flatMap(({ actors }) => actors.map((other) => other.thing)));
  const other = <T>(items: readonly T[], make: (item: T) => Partial<Actor>): Shot | undefined =>
    items.length === 0 ? undefined : {
      ...shot,
      actors: shot.actors.map((it) => it === actor ? { ...it, ...make(random.pick(items)) } : it),
    };
  switch (difference) {
    case "thing": {
      const possible = thingsOf(split).filter((it) =>
        !seen.has(it.name) && it.shape === thing.shape &&
        allowed(it, actor.action, shot.place, split)
      );
      const alike = possible.filter((it) => it.group.name === thing.group.name);
      return other(
        alike.length > 0 ? alike : possible,
        (it) => ({ thing: it.name, ...drawingOf(random, split, it) }),
      );
    }
    case "colour":
      return actor.colour === undefined
        ? undefined
        : other(COLOUR_NAMES.filter((name) => name !== actor.colour), (colour) => ({ colour }));
    case "count": {
      const changed = other(
        [1, 2, 3, 4].filter((it) => it !== actor.count),
        (count) => ({ count }),
      );
      return changed && { ...changed, actors: spread(random, changed.actors) };
    }
    case "action":
      return other(
        ACTIONS.filter((it) => it !== actor.action && allowed(thing, it, shot.place, split)),
        (action) => ({ action }),
      );
    case "place": {
      // Everything else in the shot has to be possible there too.
      const places = PLACES.filter(({ name }) =>
        shots.every((it) => it.place !== name) &&
        shot.actors.every((it) => allowed(thingNamed(it.thing), it.action, name, split))
      );
      return places.length === 0 ? undefined : { ...shot, place: random.pick(places).name };
    }
  }
}
