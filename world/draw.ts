/**
 * Draws the frames of a scene.
 *
 * @module
 */
import { COLOURS } from "./colours.ts";
import { iconSprite, rasterise, type Sprite } from "./icons.ts";
import { markSprite, shadowSprite, shapeSprite, titleSprite } from "./marks.ts";
import { type Placement, placementsAt, shotAt, viewAt } from "./motion.ts";
import { placeNamed, placeSvg } from "./places.ts";
import type { Actor, Scene, Shot, View } from "./scene.ts";
import { thingNamed } from "./things.ts";

/** Drawn places are kept until they take up so many bytes. */
const MOST_GROUND_BYTES = 256 * 2 ** 20;

/** A linear map of premultiplied colours: rgb = base · alpha + gain · luminance + keep · rgb. */
interface Paint {
  readonly base: readonly [number, number, number];
  readonly gain: readonly [number, number, number];
  readonly keep: readonly [number, number, number];
}

const grounds = new Map<string, Uint8Array>();
let groundBytes = 0;

/** What was drawn last: half of the cameras stand still. */
let last: { readonly seen: string; readonly picture: Uint8Array } | undefined;

/**
 * Draws one frame.
 *
 * @param time In seconds from the start.
 * @param size Side of the picture in pixels.
 * @returns RGB, [size, size, 3].
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { drawFrame } from "./draw.ts";
 * import { Random } from "./random.ts";
 * import { sampleScene } from "./scene.ts";
 *
 * const scene = sampleScene(new Random("a seed"), "train");
 * strictEqual(drawFrame(scene, 1.5, 72).length, 72 * 72 * 3);
 * ```
 */
export function drawFrame(scene: Scene, time: number, size: number): Uint8Array {
  const shot = shotAt(scene, time);
  const picture = drawGround(shot, viewAt(shot, time), size);
  const dark = shot.night && placeNamed(shot.place).outdoors;
  for (const placement of placementsAt(shot, time)) {
    drawPlacement(picture, size, placement, dark);
  }
  if (shot.title) {
    const { text, x, y } = shot.title;
    const width = 0.13 * text.length + 0.06;
    drawSprite(picture, size, titleSprite(text), x, y, width, 0, false, undefined);
  }
  return picture;
}

/** Draws one thing with its shadow and the mark of its motion. */
export function drawPlacement(
  picture: Uint8Array,
  size: number,
  { actor, x, y, size: side, angle, height }: Placement,
  dark: boolean,
): void {
  const sprite = spriteOf(actor);
  if (height !== undefined) {
    const foot = y + height + side * sprite.height / 2;
    drawSprite(picture, size, shadowSprite(), x, foot, side * 1.1, 0, false, undefined);
  }
  const mark = markSprite(actor.action);
  if (mark) drawSprite(picture, size, mark, x, y, side * 2, 0, false, undefined);
  const paint = paintOf(sprite, actor, dark);
  const stretch = actor.restyling?.stretch;
  drawSprite(picture, size, sprite, x, y, side, angle, actor.mirrored, paint, stretch);
}

/** An actor's drawing. */
export function spriteOf({ thing: name, artist, icon }: Actor): Sprite {
  const thing = thingNamed(name);
  return thing.shape ? shapeSprite(name) : iconSprite(artist, thing.icons[icon]);
}

function paintOf(
  sprite: Sprite,
  { colour, restyling }: Actor,
  dark: boolean,
): Paint | undefined {
  const light = dark ? [0.78, 0.8, 0.95] : [1, 1, 1];
  if (colour === undefined) {
    if (!dark && !restyling) return undefined;
    const { tint, fade } = restyling ?? { tint: [1, 1, 1], fade: 0 };
    const scaled = (by: number): [number, number, number] => [
      light[0] * tint[0] * by,
      light[1] * tint[1] * by,
      light[2] * tint[2] * by,
    ];
    return { base: [0, 0, 0], gain: scaled(fade), keep: scaled(1 - fade) };
  }
  const rgb = COLOURS[colour];
  // Shades lie around the colour itself: a drawing's mean lightness becomes it.
  const mean = 0.9 - 0.65 * sprite.luminance;
  const map = (scale: number): [number, number, number] => [
    rgb[0] / 255 * light[0] * scale,
    rgb[1] / 255 * light[1] * scale,
    rgb[2] / 255 * light[2] * scale,
  ];
  return { base: map(mean), gain: map(0.65), keep: [0.06, 0.06, 0.06] };
}

function drawGround(shot: Shot, view: View, size: number): Uint8Array {
  const side = size <= 96 ? 128 : size <= 200 ? 256 : 384;
  const key = `${shot.place}/${shot.variant}/${shot.night}/${side}`;
  let ground = grounds.get(key);
  if (!ground) {
    const rgba = rasterise(placeSvg(shot.place, shot.variant, shot.night), side);
    ground = new Uint8Array(side * side * 3);
    for (let i = 0; i < side * side; i++) {
      for (let c = 0; c < 3; c++) ground[i * 3 + c] = rgba[i * 4 + c];
    }
    if (groundBytes + ground.length > MOST_GROUND_BYTES) {
      grounds.clear();
      groundBytes = 0;
    }
    grounds.set(key, ground);
    groundBytes += ground.length;
  }

  const seen = `${key}/${size}/${view.x}/${view.y}/${view.zoom}`;
  if (last?.seen === seen) return last.picture.slice();
  const picture = new Uint8Array(size * size * 3);
  const step = side / (size * view.zoom);
  const left = (view.x - 0.5 / view.zoom) * side + step / 2 - 0.5;
  const top = (view.y - 0.5 / view.zoom) * side + step / 2 - 0.5;
  const columns = new Int32Array(size), weights = new Float32Array(size);
  for (let x = 0; x < size; x++) {
    const u = Math.max(0, Math.min(side - 1.001, left + x * step));
    columns[x] = Math.floor(u) * 3;
    weights[x] = u - Math.floor(u);
  }
  let to = 0;
  for (let y = 0; y < size; y++) {
    const v = Math.max(0, Math.min(side - 1.001, top + y * step));
    const row = Math.floor(v), b = v - row;
    const upper = row * side * 3, lower = upper + side * 3;
    for (let x = 0; x < size; x++) {
      const a = weights[x];
      const w00 = (1 - a) * (1 - b), w10 = a * (1 - b), w01 = (1 - a) * b, w11 = a * b;
      const p = upper + columns[x], q = lower + columns[x];
      for (let c = 0; c < 3; c++) {
        picture[to++] = ground[p + c] * w00 + ground[p + 3 + c] * w10 + ground[q + c] * w01 +
          ground[q + 3 + c] * w11 + 0.5;
      }
    }
  }
  last = { seen, picture: picture.slice() };
  return picture;
}

/**
 * Lays a sprite over a picture, scaled, turned and painted, with bilinear sampling.
 *
 * @param x Centre as a share of the picture's side, as is `side`.
 * @param stretch How much wider than high it is drawn.
 */
function drawSprite(
  picture: Uint8Array,
  size: number,
  sprite: Sprite,
  centreX: number,
  centreY: number,
  side: number,
  angle: number,
  mirrored: boolean,
  paint: Paint | undefined,
  stretch = 1,
): void {
  const [cx, cy, span] = [centreX * size, centreY * size, side * size];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const reach = span / 2 * Math.max(1, stretch) * (Math.abs(cos) + Math.abs(sin)) + 1;
  const x0 = Math.max(0, Math.floor(cx - reach)), x1 = Math.min(size, Math.ceil(cx + reach));
  const y0 = Math.max(0, Math.floor(cy - reach)), y1 = Math.min(size, Math.ceil(cy + reach));
  // The smallest level that is about as fine as the picture.
  const { side: texels, pixels } = sprite.levels.findLast((level) => level.side >= span * 0.75) ??
    sprite.levels[0];
  const scale = texels / span;
  const across = (mirrored ? -scale : scale) / stretch;
  for (let y = y0; y < y1; y++) {
    const dy = y + 0.5 - cy;
    for (let x = x0; x < x1; x++) {
      const dx = x + 0.5 - cx;
      const u = (dx * cos + dy * sin) * across + texels / 2 - 0.5;
      const v = (dy * cos - dx * sin) * scale + texels / 2 - 0.5;
      if (u <= -1 || v <= -1 || u >= texels || v >= texels) continue;
      const column = Math.floor(u), row = Math.floor(v);
      const a = u - column, b = v - row;
      let red = 0, green = 0, blue = 0, alpha = 0;
      for (let corner = 0; corner < 4; corner++) {
        const i = column + (corner & 1), j = row + (corner >> 1);
        if (i < 0 || j < 0 || i >= texels || j >= texels) continue;
        const weight = (corner & 1 ? a : 1 - a) * (corner >> 1 ? b : 1 - b);
        const p = (j * texels + i) * 4;
        red += weight * pixels[p];
        green += weight * pixels[p + 1];
        blue += weight * pixels[p + 2];
        alpha += weight * pixels[p + 3];
      }
      if (alpha < 0.5) continue;
      if (paint) {
        const { base, gain, keep } = paint;
        const light = 0.3 * red + 0.59 * green + 0.11 * blue;
        red = Math.min(alpha, base[0] * alpha + gain[0] * light + keep[0] * red);
        green = Math.min(alpha, base[1] * alpha + gain[1] * light + keep[1] * green);
        blue = Math.min(alpha, base[2] * alpha + gain[2] * light + keep[2] * blue);
      }
      const rest = 1 - alpha / 255;
      const to = (y * size + x) * 3;
      picture[to] = red + picture[to] * rest + 0.5;
      picture[to + 1] = green + picture[to + 1] * rest + 0.5;
      picture[to + 2] = blue + picture[to + 2] * rest + 0.5;
    }
  }
}
