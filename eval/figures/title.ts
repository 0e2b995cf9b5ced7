import { MARGIN, remark } from "../../figures/figure.ts";
import { label, wrap } from "../../figures/text.ts";

/** What stands above a chart. */
export interface Titled {
  readonly title: string;
  /** What the data are and how they came about. */
  readonly note?: string;
}

/** Draws the title and the note of a chart. */
export function drawTitle({ title, note }: Titled, width: number): {
  parts: string[];
  /** Where the chart may begin. */
  bottom: number;
} {
  const lines = wrap(title, width - 2 * MARGIN, 20, 3);
  const parts = lines.map((line, i) =>
    label(MARGIN, MARGIN + 14 + 26 * i, line, { size: 20, bold: true })
  );
  const below = MARGIN + 14 + 26 * (lines.length - 1);
  if (note === undefined) return { parts, bottom: below + 24 };
  const notes = remark(note, MARGIN, below + 8, width - 2 * MARGIN);
  return { parts: [...parts, ...notes.parts], bottom: notes.bottom + 24 };
}
