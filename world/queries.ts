/**
 * Forty plain queries over a gallery of 200 videos that nothing is trained on.
 *
 * @module
 */
import { type Facts, factsOf } from "./facts.ts";
import { type WorldVideo, worldVideo } from "./collection.ts";

/**
 * The gallery: the first videos of the test split of a seed that is used for nothing else. Their
 * files come from `deno task world --videos 200 --validation 0 --test 200 --seed gallery --out DIR`.
 */
export const GALLERY = { seed: "gallery", split: "test", videos: 200 } as const;

/** A query with its one right video. */
export interface Query {
  readonly text: string;
  /** The right video's file name. */
  readonly video: string;
  /** What the text says. */
  readonly says: Facts;
}

/** The videos of the gallery. */
export function galleryVideos(): WorldVideo[] {
  return Array.from(
    { length: GALLERY.videos },
    (_, number) => worldVideo(GALLERY.seed, GALLERY.split, number),
  );
}

/**
 * The videos in which something is all that is said, in whatever shot. A thing that is not painted
 * may be of any colour.
 */
export function videosWith<V extends Pick<WorldVideo, "name" | "scene">>(
  says: Facts,
  videos: readonly V[],
): V[] {
  return videos.filter(({ scene }) =>
    scene.shots.some((shot) =>
      shot.actors.some((actor) => {
        const facts = factsOf(shot, actor);
        return facts.thing === says.thing && facts.count === says.count &&
          (!says.colour || !facts.colour || facts.colour === says.colour) &&
          (says.action === undefined || facts.action === says.action) &&
          (says.place === undefined || facts.place === says.place) &&
          (says.night === undefined || facts.night === says.night);
      })
    )
  );
}

/** The queries. */
export const QUERIES: readonly Query[] = [
  {
    text: "a green square shakes on a stage",
    video: "test-00031.mp4",
    says: { thing: "square", count: 1, colour: "green", place: "stage", action: "shake" },
  },
  {
    text: "a pink triangle shakes on a checkered background",
    video: "test-00160.mp4",
    says: { thing: "triangle", count: 1, colour: "pink", place: "checks", action: "shake" },
  },
  {
    text: "a knife in the snow",
    video: "test-00156.mp4",
    says: { thing: "knife", count: 1, place: "snow" },
  },
  {
    text: "a yellow ladybug in a cave",
    video: "test-00077.mp4",
    says: { thing: "ladybug", count: 1, colour: "yellow", place: "cave" },
  },
  {
    text: "a purple saxophone on a lake",
    video: "test-00053.mp4",
    says: { thing: "saxophone", count: 1, colour: "purple", place: "lake" },
  },
  {
    text: "three blue eggplants spin near a volcano",
    video: "test-00132.mp4",
    says: { thing: "eggplant", count: 3, colour: "blue", place: "volcano", action: "spin" },
  },
  {
    text: "a green tennis racket moves to the right in a desert",
    video: "test-00097.mp4",
    says: {
      thing: "tennis racket",
      count: 1,
      colour: "green",
      place: "desert",
      action: "move right",
    },
  },
  {
    text: "an orange bear shakes in front of a brick wall",
    video: "test-00130.mp4",
    says: { thing: "bear", count: 1, colour: "orange", place: "brick wall", action: "shake" },
  },
  {
    text: "four cherry blossoms near a volcano",
    video: "test-00119.mp4",
    says: { thing: "cherry blossom", count: 4, place: "volcano" },
  },
  {
    text: "two green pieces of cheese in a cave",
    video: "test-00146.mp4",
    says: { thing: "piece of cheese", count: 2, colour: "green", place: "cave" },
  },
  {
    text: "a blue trophy in a meadow",
    video: "test-00067.mp4",
    says: { thing: "trophy", count: 1, colour: "blue", place: "meadow" },
  },
  {
    text: "two black pieces of cheese in a cave",
    video: "test-00147.mp4",
    says: { thing: "piece of cheese", count: 2, colour: "black", place: "cave" },
  },
  {
    text: "four helicopters on a beach",
    video: "test-00181.mp4",
    says: { thing: "helicopter", count: 4, place: "beach" },
  },
  {
    text: "two tropical fish jump in front of a brick wall",
    video: "test-00089.mp4",
    says: { thing: "tropical fish", count: 2, place: "brick wall", action: "bounce" },
  },
  {
    text: "four yellow buckets of popcorn in front of a brick wall",
    video: "test-00091.mp4",
    says: { thing: "bucket of popcorn", count: 4, colour: "yellow", place: "brick wall" },
  },
  {
    text: "a blue truck in a wheat field",
    video: "test-00010.mp4",
    says: { thing: "truck", count: 1, colour: "blue", place: "wheat field" },
  },
  {
    text: "a bunch of grapes in a city",
    video: "test-00112.mp4",
    says: { thing: "bunch of grapes", count: 1, place: "city" },
  },
  {
    text: "an orange trophy in a meadow",
    video: "test-00066.mp4",
    says: { thing: "trophy", count: 1, colour: "orange", place: "meadow" },
  },
  {
    text: "two deer in a wheat field",
    video: "test-00193.mp4",
    says: { thing: "deer", count: 2, place: "wheat field" },
  },
  {
    text: "a green piano spins near a volcano",
    video: "test-00054.mp4",
    says: { thing: "piano", count: 1, colour: "green", place: "volcano", action: "spin" },
  },
  {
    text: "a hamburger shakes in space",
    video: "test-00133.mp4",
    says: { thing: "hamburger", count: 1, place: "space", action: "shake" },
  },
  {
    text: "a wrench gets bigger",
    video: "test-00037.mp4",
    says: { thing: "wrench", count: 1, action: "grow" },
  },
  {
    text: "three roosters spin on a beach",
    video: "test-00083.mp4",
    says: { thing: "rooster", count: 3, place: "beach", action: "spin" },
  },
  {
    text: "a yellow rooster on a beach at night",
    video: "test-00061.mp4",
    says: { thing: "rooster", count: 1, colour: "yellow", place: "beach", night: true },
  },
  {
    text: "an orange monkey jumps under water",
    video: "test-00027.mp4",
    says: { thing: "monkey", count: 1, colour: "orange", place: "under water", action: "bounce" },
  },
  {
    text: "two microphones get bigger on a striped background",
    video: "test-00162.mp4",
    says: { thing: "microphone", count: 2, place: "stripes", action: "grow" },
  },
  {
    text: "two skulls rise in space",
    video: "test-00144.mp4",
    says: { thing: "skull", count: 2, place: "space", action: "rise" },
  },
  {
    text: "four green televisions on a dotted background",
    video: "test-00148.mp4",
    says: { thing: "television", count: 4, colour: "green", place: "dots" },
  },
  {
    text: "three orange stars",
    video: "test-00057.mp4",
    says: { thing: "star", count: 3, colour: "orange" },
  },
  {
    text: "two blue circles on a checkered background",
    video: "test-00084.mp4",
    says: { thing: "circle", count: 2, colour: "blue", place: "checks" },
  },
  {
    text: "a blue circle goes up on a lake at night",
    video: "test-00022.mp4",
    says: { thing: "circle", count: 1, colour: "blue", place: "lake", night: true, action: "rise" },
  },
  {
    text: "an owl in a kitchen",
    video: "test-00042.mp4",
    says: { thing: "owl", count: 1, place: "kitchen" },
  },
  {
    text: "an orange lion shakes in a cave",
    video: "test-00086.mp4",
    says: { thing: "lion", count: 1, colour: "orange", place: "cave", action: "shake" },
  },
  {
    text: "a taco moves to the left in a meadow",
    video: "test-00195.mp4",
    says: { thing: "taco", count: 1, place: "meadow", action: "move left" },
  },
  {
    text: "a cookie moves to the left in a kitchen",
    video: "test-00020.mp4",
    says: { thing: "cookie", count: 1, place: "kitchen", action: "move left" },
  },
  {
    text: "a lion in a forest at night",
    video: "test-00152.mp4",
    says: { thing: "lion", count: 1, place: "forest", night: true },
  },
  {
    text: "a globe on a lake at night",
    video: "test-00159.mp4",
    says: { thing: "globe", count: 1, place: "lake", night: true },
  },
  {
    text: "a pink plate of spaghetti bounces in a cave",
    video: "test-00174.mp4",
    says: {
      thing: "plate of spaghetti",
      count: 1,
      colour: "pink",
      place: "cave",
      action: "bounce",
    },
  },
  {
    text: "four blue trucks in a wheat field",
    video: "test-00011.mp4",
    says: { thing: "truck", count: 4, colour: "blue", place: "wheat field" },
  },
  {
    text: "a money bag moves to the right on a checkered background",
    video: "test-00039.mp4",
    says: { thing: "money bag", count: 1, place: "checks", action: "move right" },
  },
];
