import assert from "node:assert/strict";
import { worldVideo } from "../../world/collection.ts";
import { COLOUR_NAMES } from "../../world/colours.ts";
import { sentence } from "../../world/facts.ts";
import { PLACES } from "../../world/places.ts";
import { Random } from "../../world/random.ts";
import type { Actor, Scene, Shot } from "../../world/scene.ts";
import { THINGS } from "../../world/things.ts";

/** Every name of every thing, the longest first, so that "hot dog" is no dog. */
const NAMES = THINGS.flatMap((thing) =>
  [thing, ...thing.synonyms].flatMap(({ name, plural }) =>
    [[name, thing], [plural, thing]] as const
  )
).toSorted(([a], [b]) => b.length - a.length);

const PHRASES = PLACES.flatMap((place) =>
  place.phrases.map((phrase) => [phrase, place.name] as const)
).toSorted(([a], [b]) => b.length - a.length);

/** What a caption says there is. */
function mentioned(caption: string) {
  let rest = ` ${caption.replace(/ with the word \w+$/, "")} `;
  const place = PHRASES.find(([phrase]) => rest.includes(` ${phrase} `));
  if (place) rest = rest.replace(` ${place[0]} `, " ");
  const things: string[] = [];
  for (const [name, thing] of NAMES) {
    if (!rest.includes(` ${name} `)) continue;
    things.push(thing.name);
    rest = rest.replace(` ${name} `, " ");
  }
  const words = rest.trim().split(/ +/);
  return {
    place: place?.[1],
    things,
    colours: words.filter((word) => (COLOUR_NAMES as readonly string[]).includes(word)),
    count: ["two", "three", "four"].findIndex((word) => words.includes(word)) + 2,
    night: words.join(" ").includes("at night") || words.join(" ").includes("in the dark"),
  };
}

/** Whether a shot has all that a caption says. */
function isTrueOf(caption: string, { actors, place, night, title }: Shot): boolean {
  const said = mentioned(caption);
  const present = (name: string) => actors.find(({ thing }) => thing === name);
  const colours = actors.map(({ colour }) => colour as string | undefined);
  const [word] = /(?<= with the word )\w+$/.exec(caption) ?? [];
  return said.things.every(present) && said.colours.every((colour) => colours.includes(colour)) &&
    (said.place === undefined || said.place === place) && (!said.night || night) &&
    (word === undefined || word === title?.text) &&
    (said.count === 1 || actors.some(({ count }: Actor) => count === said.count));
}

function describedShot({ shots }: Scene): Shot {
  return shots.find(({ actors }) => actors.some(({ role }) => role === "described"))!;
}

const videos = Array.from({ length: 250 }, (_, i) => worldVideo("tests", "test", i));

Deno.test("captions say nothing that is not in the described shot", () => {
  for (const { scene, captions: { captions } } of videos) {
    const shot = describedShot(scene);
    for (const caption of captions) {
      assert(mentioned(caption).things.length > 0, caption);
      assert(isTrueOf(caption, shot), `${caption}: ${JSON.stringify(shot)}`);
    }
  }
});

Deno.test("a video has several wordings, which say more or less", () => {
  for (const { captions: { captions } } of videos) {
    assert(captions.length >= 3);
    assert.equal(new Set(captions).size, captions.length);
  }
  const says = videos.flatMap(({ captions: { captions } }) => captions)
    .filter((caption) => mentioned(caption).place !== undefined);
  const share = says.length / videos.flatMap(({ captions: { captions } }) => captions).length;
  assert(share > 0.4 && share < 0.9, `${share} of the captions name the place`);
});

Deno.test("six recovered captions a video: a quarter is wrong, a third incomplete", () => {
  const recovered = videos.flatMap(({ captions }) => captions.recovered);
  assert.equal(recovered.length, 6 * videos.length);
  const share = (quality: string) =>
    recovered.filter((caption) => caption.quality === quality).length / recovered.length;
  assert(Math.abs(share("wrong") - 0.25) < 0.04, String(share("wrong")));
  assert(Math.abs(share("incomplete") - 0.35) < 0.04, String(share("incomplete")));
});

Deno.test("right, incomplete and clean captions are true of a shot, and wrong ones of none", () => {
  let lies = 0, wrong = 0;
  for (const { scene, captions: { recovered, recoveredClean } } of videos) {
    assert.equal(recoveredClean.length, 6);
    const anywhere = (caption: string) => scene.shots.some((shot) => isTrueOf(caption, shot));
    for (const clean of recoveredClean) assert(anywhere(clean), clean);
    for (const { text, quality } of recovered) {
      if (quality === "wrong") {
        wrong++;
        if (!anywhere(text)) lies++;
      } else assert(anywhere(text), text);
    }
  }
  // "one" is not said, so that a wrong count of one is not told from no count here.
  assert(lies > 0.85 * wrong, `${lies} of ${wrong}`);
});

Deno.test("a sentence says all of its facts, in grammatical order", () => {
  const random = new Random("wording");
  const facts = {
    thing: "fox",
    count: 2,
    colour: "red",
    size: "small",
    action: "move left",
    place: "beach",
    night: true,
  } as const;
  for (let i = 0; i < 50; i++) {
    const text = sentence(facts, random);
    assert.match(text, /two small red foxes/);
    assert.match(text, /(?:run|walk|mov).*(?:to the )?left/);
    assert.match(text, /on a beach|on the sand|at the seaside/);
    assert.match(text, /at night|in the dark/);
    assert.doesNotMatch(text, /\b(?:runs|walks|moves|is)\b/);
  }
});
