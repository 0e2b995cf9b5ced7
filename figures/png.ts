/**
 * Pictures as PNG, the same on every machine: drawn by resvg with the font Inter.
 *
 * @module
 */
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { createRequire } from "node:module";
import type { Figure } from "./figure.ts";

/** The letters that are drawn, as the font's files are cut. */
const SUBSETS = [
  ...["latin", "latin-ext", "greek", "greek-ext", "cyrillic", "cyrillic-ext", "vietnamese"],
];
const WEIGHTS = [400, 600];

const require = createRequire(import.meta.url);

let loaded: Promise<Uint8Array[]> | undefined;

/** Loads the rasteriser and its fonts, once. */
async function load(): Promise<Uint8Array[]> {
  await initWasm(await Deno.readFile(require.resolve("@resvg/resvg-wasm/index_bg.wasm")));
  const files = SUBSETS.flatMap((subset) =>
    WEIGHTS.map((weight) => `@fontsource/inter/files/inter-${subset}-${weight}-normal.woff2`)
  );
  return await Promise.all(files.map((file) => Deno.readFile(require.resolve(file))));
}

/**
 * Draws a picture as PNG.
 *
 * @param zoom Pixels of the PNG to a pixel of the picture.
 */
export async function toPng({ svg }: Figure, zoom = 1): Promise<Uint8Array<ArrayBuffer>> {
  const fontBuffers = await (loaded ??= load());
  const resvg = new Resvg(svg, {
    font: { fontBuffers, defaultFontFamily: "Inter", sansSerifFamily: "Inter" },
    fitTo: { mode: "zoom", value: zoom },
  });
  const image = resvg.render();
  const png = new Uint8Array(image.asPng());
  image.free();
  resvg.free();
  return png;
}

/**
 * The characters of a text that the font of the PNGs has not got; they are drawn as boxes.
 *
 * @example
 * ```ts
 * import { undrawable } from "./png.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(undrawable("Grüße, Ωmega, Привет"), "");
 * assert.equal(undrawable("一只 dog"), "一只");
 * ```
 */
export function undrawable(text: string): string {
  const ranges: Record<string, string> = JSON.parse(
    Deno.readTextFileSync(require.resolve("@fontsource/inter/unicode.json")),
  );
  const drawn = SUBSETS.flatMap((subset) => ranges[subset].split(",")).map((range) =>
    range.slice("U+".length).split("-").map((code) => parseInt(code, 16))
  );
  return [...new Set(text)].filter((character) => {
    const code = character.codePointAt(0)!;
    return !drawn.some(([first, last = first]) => first <= code && code <= last);
  }).join("");
}
