import { toPng, undrawable } from "../figures/png.ts";
import { basename } from "node:path";
import { comparisonFigure } from "./comparison_figure.ts";
import { comparisonPage } from "./comparison_page.ts";
import { explanationFigure } from "./explanation_figure.ts";
import { explanationPage } from "./explanation_page.ts";
import type { ExplainedVideo } from "./explain_video.ts";

/**
 * Draws an explanation, or its methods beside each other where they were asked for.
 *
 * @param onNotice Told what the format cannot show.
 * @returns The bytes of the file.
 */
export async function drawExplanation(
  explained: ExplainedVideo,
  format: "svg" | "png" | "html",
  onNotice: (message: string) => void = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { explanation, methods, text } = explained;
  const drawn = methods
    ? comparisonFigure({ ...explained, methods })
    : explanationFigure(explained);
  if (format === "png") {
    const boxes = undrawable(text + basename(explained.video));
    if (boxes) {
      onNotice(
        `The PNG shows ${boxes} as boxes, which its font has not got; SVG and HTML show them`,
      );
    }
    return await toPng(drawn);
  }
  const title = `“${text}”`;
  return new TextEncoder().encode(
    format === "svg"
      ? drawn.svg
      : methods
      ? comparisonPage(drawn, title, methods)
      : explanationPage(drawn, title, explanation),
  );
}
