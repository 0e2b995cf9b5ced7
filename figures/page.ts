/**
 * A picture as one HTML file that needs nothing else: no other file, no network.
 *
 * @module
 */
import type { Figure } from "./figure.ts";
import css from "./page.css" with { type: "text" };
import { escapeXml } from "./svg.ts";

/** Neither the page nor what a file name may have smuggled into it can fetch or send anything. */
const POLICY =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/**
 * Puts a picture into a page.
 *
 * @param data What the script finds in the element `data`, as JSON.
 * @param script Makes the picture answer to the pointer and the keyboard.
 */
export function toPage(
  { svg, width }: Figure,
  title: string,
  data: unknown,
  script: string,
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width">
<title>${escapeXml(title)}</title>
<style>${css}</style>
</head>
<body>
<main style="--width: ${width}px">${svg}</main>
<output id="tip" hidden></output>
<script type="application/json" id="data">${embedded(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** JSON that cannot end the element it stands in. */
function embedded(data: unknown): string {
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}
