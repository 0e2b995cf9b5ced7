/**
 * SVG as text.
 *
 * @module
 */
import { oneLine } from "../files/one_line.ts";

/** The attributes of an element; what is undefined is left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** What no XML may hold, even escaped. */
const FORBIDDEN = /[\ufffe\uffff]/g;

/**
 * Makes any text fit to stand in XML, between tags or as an attribute.
 *
 * @example
 * ```ts
 * import { escapeXml } from "./svg.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(escapeXml('a < b & "c"\n'), "a &lt; b &amp; &quot;c&quot;\\n");
 * ```
 */
export function escapeXml(text: string): string {
  return oneLine(text.toWellFormed()).replace(FORBIDDEN, "\ufffd")
    .replace(/[&<>"]/g, (character) => ENTITIES[character]);
}

/**
 * One element.
 *
 * @param children Elements, or text that {@linkcode escapeXml} has been through.
 *
 * @example
 * ```ts
 * import { element } from "./svg.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(element("rect", { x: 1 / 3, fill: "red" }), '<rect x="0.333" fill="red"/>');
 * ```
 */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined
      ? []
      : [` ${key}="${typeof value === "number" ? short(value) : escapeXml(value)}"`]
  ).join("");
  return children.length === 0
    ? `<${name}${written}/>`
    : `<${name}${written}>${children.join("")}</${name}>`;
}

/** A number as it stands in a path: a thousandth of a pixel is never seen. */
export function short(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
