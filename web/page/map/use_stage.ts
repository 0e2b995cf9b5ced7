import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { type Stage, stageOf } from "./camera.ts";

/** What the map is drawn on, how large a rem is in CSS pixels, and a number for the colours. */
interface Measured {
  /** Null until it is measured. */
  readonly stage: Stage | null;
  readonly rem: number;
  /** Another one after a change from light to dark or back. */
  readonly scheme: number;
}

/** Measures an element, and again when it changes. */
export function useStage(element: RefObject<HTMLElement | null>): Measured {
  const [measured, setMeasured] = useState<Measured>({ stage: null, rem: 16, scheme: 0 });
  useLayoutEffect(() => {
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element.current!;
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
      setMeasured(({ scheme }) => ({ stage: stageOf(width, height, rem), rem, scheme }));
    };
    measure();
    const resizing = new ResizeObserver(measure);
    resizing.observe(element.current!);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const recolour = () => setMeasured((it) => ({ ...it, scheme: it.scheme + 1 }));
    dark.addEventListener("change", recolour);
    return () => {
      resizing.disconnect();
      dark.removeEventListener("change", recolour);
    };
  }, []);
  return measured;
}
