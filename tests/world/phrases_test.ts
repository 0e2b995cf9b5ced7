import assert from "node:assert/strict";
import { ATTRIBUTES, PHRASE_COUNT, phrases, phrasesOf } from "../../world/phrases.ts";
import { Random } from "../../world/random.ts";

Deno.test("phrases are in the order of their numbers, and no two of an attribute are alike", () => {
  const random = new Random("phrases");
  for (let i = 0; i < 20; i++) {
    const all = phrases(random);
    assert.equal(all.length, PHRASE_COUNT);
    let first = 0;
    for (const { name, values } of ATTRIBUTES) {
      const own = all.slice(first, first + values);
      assert.equal(new Set(own).size, values, `${name}: ${own}`);
      first += values;
    }
  }
});

Deno.test("facts have the phrases of what is known of them", () => {
  const said = (facts: Parameters<typeof phrasesOf>[0]) => {
    const all = phrases(new Random("a wording"));
    return phrasesOf(facts).map((k) => all[k]);
  };
  assert.deepEqual(said({ count: 3, colour: "green" }), ["green", "three"]);
  assert.deepEqual(said({}), []);
  const [action, place, night] = said({ action: "spin", place: "cave", night: true });
  assert.match(action, /spin|turn|rotat/);
  assert.match(place, /cave/);
  assert.match(night, /night|dark/);
});
