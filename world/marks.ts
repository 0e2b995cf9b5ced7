/**
 * What the world draws itself in front of its places: plain shapes, the marks by which a cartoon
 * shows motion in a still picture, and words.
 *
 * @module
 */
import { type Sprite, svgSprite } from "./icons.ts";
import type { Action } from "./scene.ts";

const SHAPES: Readonly<Record<string, string>> = {
  circle: '<circle cx="50" cy="50" r="48"/>',
  square: '<path d="M2 2H98V98H2Z"/>',
  triangle: '<path d="M50 4L98 94H2Z"/>',
  star: '<path d="M50 2L62 38H98L69 60L80 96L50 74L20 96L31 60L2 38H38Z"/>',
  heart: '<path d="M50 94C20 66 2 50 2 30C2 14 14 6 26 6C37 6 46 13 50 24C54 13 63 6 74 6' +
    'C86 6 98 14 98 30C98 50 80 66 50 94Z"/>',
  cross: '<path d="M35 2H65V35H98V65H65V98H35V65H2V35H35Z"/>',
  arrow: '<path d="M2 36H55V12L98 50L55 88V64H2Z"/>',
};

// The thing itself fills the square from 25 to 75.
const MARKS: Readonly<Partial<Record<Action, string>>> = {
  "move left": "M80 34H97M82 50H100M80 66H97",
  "move right": "M20 34H3M18 50H0M20 66H3",
  "rise": "M34 80V97M50 82V100M66 80V97",
  "fall": "M34 20V3M50 18V0M66 20V3",
  "spin": "M84 34A38 38 0 0 1 66 86L74 90M16 66A38 38 0 0 1 34 14L26 10",
  "grow": "M78 78L92 92M92 82V92H82M22 22L8 8M8 18V8H18",
  "shrink": "M78 78L92 92M78 88V78H88M22 22L8 8M22 12V22H12",
  "shake": "M82 32Q90 41 82 50T82 68M18 32Q10 41 18 50T18 68",
};

// Five columns a letter, a row after the other from the top, as bits.
const LETTERS: Readonly<Record<string, readonly number[]>> = {
  a: [14, 17, 17, 31, 17, 17, 17],
  e: [31, 16, 16, 30, 16, 16, 31],
  g: [14, 17, 16, 23, 17, 17, 14],
  h: [17, 17, 17, 31, 17, 17, 17],
  i: [14, 4, 4, 4, 4, 4, 14],
  l: [16, 16, 16, 16, 16, 16, 31],
  n: [17, 25, 21, 19, 17, 17, 17],
  o: [14, 17, 17, 17, 17, 17, 14],
  p: [30, 17, 17, 30, 16, 16, 16],
  s: [15, 16, 16, 14, 1, 1, 30],
  t: [31, 4, 4, 4, 4, 4, 4],
  v: [17, 17, 17, 17, 17, 10, 4],
  w: [17, 17, 17, 21, 21, 27, 17],
  y: [17, 17, 10, 4, 4, 4, 4],
  z: [31, 1, 2, 4, 8, 16, 31],
};

const sprites = new Map<string, Sprite>();

function made(key: string, body: () => string, side = 100): Sprite {
  let sprite = sprites.get(key);
  if (!sprite) {
    const box = `viewBox="0 0 ${side} ${side}"`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${box}>${body()}</svg>`;
    sprites.set(key, sprite = svgSprite(svg));
  }
  return sprite;
}

/**
 * A plain shape in light grey, to be painted.
 *
 * @throws {RangeError} If no shape is called so.
 */
export function shapeSprite(name: string): Sprite {
  const shape = SHAPES[name];
  if (!shape) throw new RangeError(`Cannot draw "${name}": no shape is called so`);
  return made(
    `shape/${name}`,
    () =>
      `<g fill="#d8d8d8" stroke="#909090" stroke-width="4" stroke-linejoin="round">${shape}</g>`,
  );
}

/** The mark of an action around a thing that is half as wide, if it has one. */
export function markSprite(action: Action): Sprite | undefined {
  const mark = MARKS[action];
  if (!mark) return undefined;
  const stroke = (colour: string, width: number) =>
    `<path d="${mark}" fill="none" stroke="${colour}" stroke-width="${width}" ` +
    'stroke-linecap="round" stroke-linejoin="round"/>';
  return made(`mark/${action}`, () => stroke("#303030", 6) + stroke("#ffffff", 3.5));
}

/** The shadow of a thing in the air: a flat dark ellipse in a square. */
export function shadowSprite(): Sprite {
  return made(
    "shadow",
    () => '<ellipse cx="50" cy="50" rx="42" ry="10" fill="#000000" opacity="0.55"/>',
  );
}

/**
 * A word in capitals on a dark strip, as wide as the sprite.
 *
 * @param text Small letters.
 * @throws {RangeError} If a letter has no drawing.
 */
export function titleSprite(text: string): Sprite {
  const side = text.length * 6 + 3;
  return made(`title/${text}`, () => {
    const top = side / 2 - 3.5;
    let body = `<rect x="0" y="${top - 1.5}" width="${side}" height="10" rx="1" fill="#202028"/>`;
    for (const [i, letter] of [...text].entries()) {
      const rows = LETTERS[letter];
      if (!rows) throw new RangeError(`Cannot write "${text}": "${letter}" has no drawing`);
      for (const [y, row] of rows.entries()) {
        for (let x = 0; x < 5; x++) {
          if (row & (16 >> x)) {
            const at = `x="${2 + i * 6 + x}" y="${top + y}"`;
            body += `<rect ${at} width="1.04" height="1.04" fill="#ffffff"/>`;
          }
        }
      }
    }
    return body;
  }, side);
}
