import assert from "node:assert/strict";
import { worldVideo } from "../../world/collection.ts";
import { factsOf } from "../../world/facts.ts";
import { UNSEEN_ARTIST } from "../../world/icons.ts";
import { Random } from "../../world/random.ts";
import { described, sampleScene, type Scene, type Split } from "../../world/scene.ts";
import { thingNamed } from "../../world/things.ts";
import { twinOf } from "../../world/twin.ts";

const SPLITS: readonly Split[] = ["train", "validation", "test"];

function scenes(split: Split, count: number): Scene[] {
  return Array.from({ length: count }, (_, i) => worldVideo("tests", split, i).scene);
}

Deno.test("a number of a collection always gives the same video", () => {
  for (const number of [0, 3, 17]) {
    assert.deepEqual(worldVideo("tests", "test", number), worldVideo("tests", "test", number));
  }
  assert.notDeepEqual(worldVideo("tests", "test", 0), worldVideo("other", "test", 0));
});

Deno.test("splits share no artist with test, and no thing doing the same at the same place", () => {
  const seen = new Map<string, Split>();
  for (const split of SPLITS) {
    for (const scene of scenes(split, 300)) {
      for (const { place, actors } of scene.shots) {
        for (const { thing, artist, action } of actors) {
          assert.equal(artist === UNSEEN_ARTIST, split === "test");
          const combination = `${thing}, ${action}, ${place}`;
          assert.equal(seen.get(combination) ?? split, split, combination);
          seen.set(combination, split);
        }
      }
    }
  }
});

Deno.test("places are drawn anew for each split", () => {
  const drawings = SPLITS.map((split) =>
    new Set(
      scenes(split, 200).flatMap(({ shots }) => shots.map((it) => `${it.place} ${it.variant}`)),
    )
  );
  for (const [i, some] of drawings.entries()) {
    for (const others of drawings.slice(i + 1)) assert(some.isDisjointFrom(others));
  }
});

Deno.test("shots follow one another without a gap, and one of them has the described thing", () => {
  for (const scene of scenes("train", 100)) {
    let time = 0;
    for (const { start, end } of scene.shots) {
      assert.equal(start, time);
      assert(end > start);
      time = end;
    }
    assert.equal(time, scene.seconds);
    const { actor } = described(scene);
    const shots = scene.shots.filter(({ actors }) =>
      actors.some(({ thing }) => thing === actor.thing)
    );
    assert.equal(shots.length, 1);
  }
});

Deno.test("a twin differs from its video in one fact of the described thing", () => {
  const random = new Random("twins");
  const differences = new Set<string>();
  for (const scene of scenes("test", 150)) {
    const { scene: twin, difference } = twinOf(scene, random);
    differences.add(difference);
    const [before, after] = [scene, twin].map((it) => {
      const { shot, actor } = described(it);
      const { thing, colour, count, action, place } = factsOf(shot, actor);
      return { thing, colour, count, action, place };
    });
    const changed = (["thing", "colour", "count", "action", "place"] as const)
      .filter((key) => before[key] !== after[key]);
    assert.deepEqual(changed, [difference]);
  }
  assert.equal(differences.size, 5);
});

Deno.test("the test split has its share of hard negatives", () => {
  const videos = Array.from({ length: 40 }, (_, i) => worldVideo("tests", "test", i));
  assert.equal(videos.filter(({ twin }) => twin).length, 10);
});

Deno.test("what is wished for is what the scene is about, if the split allows it", () => {
  const wishes = { thing: "dog", action: "move right", place: "beach", night: true } as const;
  const { shot, actor } = described(sampleScene(new Random("wish"), "test", wishes));
  assert.equal(actor.thing, "dog");
  assert.equal(actor.action, "move right");
  assert.equal(shot.place, "beach");
  assert.equal(shot.night, true);
  assert.throws(
    () => sampleScene(new Random("wish"), "train", wishes),
    /^RangeError: Cannot make an actor: the train split has no "dog" that may "move right"/,
  );
  assert.throws(() => thingNamed("nothing"), RangeError);
});
