import assert from "node:assert/strict";
import { ARTISTS, drew, UNSEEN_ARTIST } from "../../world/icons.ts";
import { THINGS } from "../../world/things.ts";

Deno.test("no two things share a name, and none has the name of a colour", () => {
  const names = THINGS.flatMap((thing) => [thing, ...thing.synonyms]).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert(!names.includes("orange"));
});

Deno.test("the unseen artist and at least two of the others drew each thing", () => {
  for (const { name, icons, shape } of THINGS) {
    if (shape) continue;
    const artists = ARTISTS.filter((artist) => icons.some((icon) => drew(artist, icon)));
    assert(artists.includes(UNSEEN_ARTIST), name);
    assert(artists.length >= 3, `${name}: ${artists}`);
  }
});
