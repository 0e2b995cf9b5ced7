import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

const STEPS: Readonly<Record<string, readonly [across: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * Lets the arrow keys walk over cards, as they lie on the screen; where nothing has the focus, the
 * first of them in sight takes it.
 *
 * @param isShown Whether the cards can be seen at all.
 */
export function useGridKeys(grid: RefObject<HTMLElement | null>, isShown: boolean): void {
  useEffect(() => {
    if (!isShown) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const step = STEPS[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      const cards = [...grid.current?.querySelectorAll<HTMLElement>(".moment a.open") ?? []];
      const at = cards.findIndex((card) => card === document.activeElement);
      const isNowhere = document.activeElement?.matches("body, main");
      if (cards.length === 0 || (at < 0 && !isNowhere)) return;
      event.preventDefault();
      if (at < 0) return (cards.find(isInSight) ?? cards[0]).focus();
      const [across, down] = step;
      if (across) return cards[at + across]?.focus();
      const next = below(cards, at, down);
      if (next) next.focus();
      else if (down < 0) document.querySelector<HTMLElement>("#search-text")?.focus();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [isShown]);
}

function isInSight(card: HTMLElement): boolean {
  return card.getBoundingClientRect().top >= 0;
}

/** The card of the next row up or down that is nearest across. */
function below(cards: readonly HTMLElement[], at: number, down: number): HTMLElement | undefined {
  const boxes = cards.map((card) => card.getBoundingClientRect());
  const { top, left } = boxes[at];
  const rows = boxes.map((box) => box.top).filter((it) => down * (it - top) > 1);
  const row = down > 0 ? Math.min(...rows) : Math.max(...rows);
  const inRow = cards.map((_, i) => i).filter((i) => Math.abs(boxes[i].top - row) <= 1);
  inRow.sort((a, b) => Math.abs(boxes[a].left - left) - Math.abs(boxes[b].left - left));
  return cards[inRow[0]];
}
