/**
 * A dozen videos to show what searching is like, drawn in the style that nothing is trained on.
 *
 * @module
 */
import { Random } from "./random.ts";
import { sampleScene, type Scene, type SceneWishes } from "./scene.ts";
import type { Facts } from "./facts.ts";

/** A video of the demonstration. */
export interface DemoVideo {
  /** Its file's name. */
  readonly name: string;
  readonly scene: Scene;
}

const ABOUT: readonly SceneWishes[] = [
  { thing: "dog", action: "move right", place: "beach", night: false, colour: null, count: 1 },
  { thing: "penguin", action: "bounce", place: "snow", night: false, colour: null, count: 2 },
  { thing: "car", action: "move right", place: "road", night: true, colour: "red", count: 1 },
  { thing: "tractor", action: "move left", place: "wheat field", night: false, count: 1 },
  { thing: "shark", action: "stand", place: "under water", colour: null, count: 1 },
  { thing: "butterfly", action: "rise", place: "meadow", night: false, colour: "purple", count: 1 },
  { thing: "dragon", action: "stand", place: "volcano", colour: null, count: 1 },
  { thing: "unicorn", action: "stand", place: "space", colour: null, count: 1 },
  { thing: "balloon", action: "rise", place: "beach", night: true, colour: "red", count: 3 },
  { thing: "camel", action: "move left", place: "desert", night: false, colour: null, count: 1 },
  { thing: "trumpet", action: "stand", place: "stage", colour: null, count: 1 },
  { thing: "helicopter", action: "move left", place: "mountains", night: false, count: 1 },
];

/** The videos of the demonstration, always the same. */
export function demoScenes(): DemoVideo[] {
  return ABOUT.map((wishes, i) => ({
    name: `demo-${String(i + 1).padStart(2, "0")}.mp4`,
    scene: sampleScene(new Random(`demo/${i}`), "test", { ...wishes, size: 0.4 }),
  }));
}

/** Queries for them, each with its one right video. */
export const DEMO_QUERIES: readonly {
  readonly text: string;
  readonly video: string;
  readonly says: Facts;
}[] = [
  {
    text: "a dog runs on a beach",
    video: "demo-01.mp4",
    says: { thing: "dog", count: 1, place: "beach" },
  },
  {
    text: "two penguins jump in the snow",
    video: "demo-02.mp4",
    says: { thing: "penguin", count: 2, action: "bounce", place: "snow" },
  },
  {
    text: "a red car on a road at night",
    video: "demo-03.mp4",
    says: { thing: "car", count: 1, colour: "red", place: "road", night: true },
  },
  {
    text: "a purple butterfly in a meadow",
    video: "demo-06.mp4",
    says: { thing: "butterfly", count: 1, colour: "purple", place: "meadow" },
  },
  {
    text: "a shark under water",
    video: "demo-05.mp4",
    says: { thing: "shark", count: 1, place: "under water" },
  },
  {
    text: "three red balloons on a beach at night",
    video: "demo-09.mp4",
    says: { thing: "balloon", count: 3, colour: "red", place: "beach", night: true },
  },
];
