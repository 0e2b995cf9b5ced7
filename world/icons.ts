/**
 * Icons of several artists as small pictures.
 *
 * @module
 */
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { createRequire } from "node:module";
import { THINGS } from "./things.ts";

/** The artists, by the names of their icon sets. */
export const ARTISTS = [
  "noto",
  "noto-v1",
  "twemoji",
  "emojione",
  "fxemoji",
  "streamline-emojis",
  "fluent-emoji-flat",
] as const;

/** An artist. */
export type Artist = typeof ARTISTS[number];

/** The artist whose drawings are never trained on. */
export const UNSEEN_ARTIST: Artist = "fluent-emoji-flat";

/** Side of a sprite's largest level in pixels. */
const SIDE = 128;

/** A small picture with a transparent ground, at several sizes. */
export interface Sprite {
  /**
   * Premultiplied RGBA, [side, side, 4] each; the side halves from one to the next, down to 4. What
   * is drawn reaches two opposite edges.
   */
  readonly levels: readonly { readonly side: number; readonly pixels: Uint8Array }[];
  /** Mean luminance of what is opaque, from 0 to 1. */
  readonly luminance: number;
  /** Width and height of what is drawn, as shares of the side: one of them is 1. */
  readonly width: number;
  readonly height: number;
}

// Firefox OS's set names its icons in words of its own.
const FXEMOJI: Readonly<Record<string, string>> = {
  "rabbit": "bunnyside",
  "rabbit-face": "bunny",
  "panda": "pandaface",
  "wolf": "wolfface",
  "dragon": "dragonside",
  "dragon-face": "dragonhead",
  "camel": "dromedarycamel",
  "two-hump-camel": "bactriancamel",
  "spouting-whale": "spurtingwhale",
  "dove": "doveofpeace",
  "eggplant": "aubergine",
  "ear-of-corn": "earofmaize",
  "hot-pepper": "chilipepper",
  "pizza": "sliceofpizza",
  "locomotive": "steamlocomotive",
  "house": "housebuilding",
  "castle": "europeancastle",
  "wrapped-gift": "present",
  "telephone": "blacktelephone",
  "hourglass-not-done": "hourglassflowingsand",
  "hourglass-done": "hourglass",
  "magnifying-glass-tilted-left": "leftmagnifyingglass",
  "kitchen-knife": "hocho",
  "t-shirt": "mansshirt",
  "high-heeled-shoe": "heels",
  "running-shoe": "mensrunner",
  "gem-stone": "gem",
  "globe-showing-europe-africa": "europeafricaglobe",
};

// Streamline numbers its drawings of one icon, and calls some faces what the others call animals.
const STREAMLINE: Readonly<Record<string, string>> = {
  "bear": "bear-face",
  "bird": "bird-1",
  "cactus": "cactus-1",
  "doughnut": "doughnut-1",
  "fox": "fox-face-1",
  "frog": "frog-face",
  "glasses": "glasses-1",
  "hot-beverage": "hot-beverage-1",
  "lion": "lion-face",
  "panda": "panda-face",
  "penguin": "penguin-1",
  "pizza": "pizza-1",
  "robot": "robot-face-1",
  "snowman-without-snow": "snowman",
  "soft-ice-cream": "soft-ice-cream-1",
  "strawberry": "strawberry-1",
  "sunflower": "sunflower-1",
  "unicorn": "unicorn-face",
  "watermelon": "watermelon-1",
  "wolf": "wolf-face",
  "wrapped-gift": "wrapped-gift-1",
};

/** What an artist calls an icon. */
function nameBy(artist: Artist, icon: string): string {
  if (artist === "fxemoji") return FXEMOJI[icon] ?? icon.replaceAll("-", "");
  return artist === "streamline-emojis" ? STREAMLINE[icon] ?? icon : icon;
}

// The rasteriser panics on the first three; the others show a flag and a single earphone.
const LEFT_OUT = new Set([
  "noto-v1/lady-beetle",
  "noto-v1/hot-beverage",
  "noto-v1/ambulance",
  "streamline-emojis/turkey",
  "streamline-emojis/headphone",
]);

const require = createRequire(import.meta.url);
await initWasm(Deno.readFileSync(require.resolve("@resvg/resvg-wasm/index_bg.wasm")));

interface Icon {
  readonly body: string;
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
}

interface IconSet {
  readonly width?: number;
  readonly height?: number;
  readonly icons: Record<string, Icon>;
  readonly aliases?: Record<string, { parent: string }>;
}

const drawings = new Map<Artist, ReadonlyMap<string, string>>();
const sprites = new Map<string, Sprite>();

/** The artist's drawings of the world's things as SVG, by icon. */
function drawingsOf(artist: Artist): ReadonlyMap<string, string> {
  let svgs = drawings.get(artist);
  if (svgs) return svgs;
  const path = require.resolve(`@iconify-json/${artist}/icons.json`);
  const set: IconSet = JSON.parse(Deno.readTextFileSync(path));
  svgs = new Map(
    THINGS.flatMap((thing) => thing.icons).flatMap((icon) => {
      const own = nameBy(artist, icon);
      const found = set.icons[own] ?? set.icons[set.aliases?.[own]?.parent ?? ""];
      if (!found || LEFT_OUT.has(`${artist}/${icon}`)) return [];
      const width = found.width ?? set.width ?? 16;
      const height = found.height ?? set.height ?? 16;
      const side = Math.max(width, height);
      const left = (found.left ?? 0) - (side - width) / 2;
      const top = (found.top ?? 0) - (side - height) / 2;
      const box = `viewBox="${left} ${top} ${side} ${side}"`;
      return [[icon, `<svg xmlns="http://www.w3.org/2000/svg" ${box}>${found.body}</svg>`]];
    }),
  );
  drawings.set(artist, svgs);
  return svgs;
}

/** Whether an artist drew an icon. */
export function drew(artist: Artist, icon: string): boolean {
  return drawingsOf(artist).has(icon);
}

/**
 * An artist's drawing of an icon, cut to what is drawn.
 *
 * @throws {RangeError} If the artist did not draw it.
 */
export function iconSprite(artist: Artist, icon: string): Sprite {
  const key = `${artist}/${icon}`;
  let sprite = sprites.get(key);
  if (!sprite) {
    const svg = drawingsOf(artist).get(icon);
    if (!svg) throw new RangeError(`Cannot draw "${icon}": ${artist} has no such icon`);
    sprites.set(key, sprite = svgSprite(cut(svg)));
  }
  return sprite;
}

/**
 * Rasterises an SVG to a square picture.
 *
 * @param svg With a `viewBox`; must be as wide as high.
 * @returns Premultiplied RGBA, [side, side, 4].
 */
export function rasterise(svg: string, side: number): Uint8Array {
  const resvg = new Resvg(svg, { fitTo: { mode: "width", value: side } });
  const image = resvg.render();
  // A copy, because the memory is the rasteriser's.
  const pixels = image.pixels.slice();
  const { width, height } = image;
  image.free();
  resvg.free();
  if (width !== side || height !== side) {
    throw new RangeError(
      `Cannot rasterise: expected a square picture but found ${width}×${height}`,
    );
  }
  return pixels;
}

/** Makes a sprite of all of an SVG, which must be as wide as high. */
export function svgSprite(svg: string): Sprite {
  const levels = [{ side: SIDE, pixels: rasterise(svg, SIDE) }];
  while (levels.at(-1)!.side > 4) levels.push(half(levels.at(-1)!));
  const { width, height } = extent(levels[0].pixels);
  return {
    levels,
    luminance: luminanceOf(levels[2].pixels),
    width: width / SIDE,
    height: height / SIDE,
  };
}

/** Narrows an SVG's view to a square around what is drawn. */
function cut(svg: string): string {
  const [minX, minY, viewWidth] = /viewBox="(\S+) (\S+) (\S+) /.exec(svg)!.slice(1).map(Number);
  const { left, top, width, height } = extent(rasterise(svg, SIDE));
  const unit = viewWidth / SIDE;
  const span = Math.max(width, height);
  const x = minX + (left - (span - width) / 2) * unit;
  const y = minY + (top - (span - height) / 2) * unit;
  return svg.replace(/viewBox="[^"]*"/, `viewBox="${x} ${y} ${span * unit} ${span * unit}"`);
}

/** The box around what is not transparent, in pixels. */
function extent(pixels: Uint8Array) {
  let [left, top, right, bottom] = [SIDE, SIDE, 0, 0];
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      if (pixels[(y * SIDE + x) * 4 + 3] < 32) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  return { left, top, width: right - left, height: bottom - top };
}

function half({ side, pixels }: { side: number; pixels: Uint8Array }) {
  const next = side / 2;
  const smaller = new Uint8Array(next * next * 4);
  for (let y = 0; y < next; y++) {
    for (let x = 0; x < next; x++) {
      const from = (y * 2 * side + x * 2) * 4;
      for (let c = 0; c < 4; c++) {
        smaller[(y * next + x) * 4 + c] = (pixels[from + c] + pixels[from + 4 + c] +
          pixels[from + side * 4 + c] + pixels[from + side * 4 + 4 + c] + 2) >> 2;
      }
    }
  }
  return { side: next, pixels: smaller };
}

function luminanceOf(pixels: Uint8Array): number {
  let sum = 0, alpha = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    sum += 0.3 * pixels[i] + 0.59 * pixels[i + 1] + 0.11 * pixels[i + 2];
    alpha += pixels[i + 3];
  }
  return sum / alpha;
}
