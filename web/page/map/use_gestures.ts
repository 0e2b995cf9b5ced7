import { useRef } from "preact/hooks";
import type { Point } from "./camera.ts";

/** Pixels that a finger or a mouse moves before that is no click. */
const SLACK = 5;

/** What a wheel's pixels, and a touchpad's pinch, enlarge by. */
const WHEEL = 0.0018, PINCH = 0.01;

/** Pixels of a line, where a wheel counts in lines. */
const LINE = 20;

/** What gestures do, in CSS pixels of the element. */
interface Moves {
  pan(way: Point): void;
  zoom(at: Point, factor: number): void;
}

/** Handlers that let one drag an element's content, and enlarge it by wheel and by pinching. */
export function useGestures({ pan, zoom }: Moves) {
  const pointers = useRef(new Map<number, Point>()).current;
  const travelled = useRef(0);

  const leave = ({ pointerId }: PointerEvent) => void pointers.delete(pointerId);
  return {
    onPointerDown(event: PointerEvent) {
      if (event.pointerType === "mouse" && event.button !== 0) return;
      if (pointers.size === 0) travelled.current = 0;
      pointers.set(event.pointerId, pointOf(event));
    },
    onPointerMove(event: PointerEvent) {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const now = pointOf(event);
      const way = { x: now.x - before.x, y: now.y - before.y };
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId);
      travelled.current = Math.max(travelled.current, Math.hypot(way.x, way.y));
      if (!other && travelled.current < SLACK) return;
      pointers.set(event.pointerId, now);
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      if (!other) return pan(way);
      travelled.current = Math.max(travelled.current, SLACK);
      const [, still] = other;
      pan({ x: way.x / 2, y: way.y / 2 });
      const factor = apart(now, still) / Math.max(1, apart(before, still));
      zoom({ x: (now.x + still.x) / 2, y: (now.y + still.y) / 2 }, factor);
    },
    onPointerUp: leave,
    onPointerCancel: leave,
    onWheel(event: WheelEvent) {
      event.preventDefault();
      const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1);
      zoom(pointOf(event), Math.exp(-pixels * (event.ctrlKey ? PINCH : WHEEL)));
    },
    /** What ends a drag is no click. */
    onClickCapture(event: MouseEvent) {
      if (event.detail === 0 || travelled.current < SLACK) return;
      event.preventDefault();
      event.stopPropagation();
    },
    // Links and pictures would be dragged themselves.
    onDragStart: (event: DragEvent) => event.preventDefault(),
  };
}

/** Where something happened, in pixels of the element that handles it. */
export function pointOf({ currentTarget, clientX, clientY }: MouseEvent): Point {
  const { left, top } = (currentTarget as Element).getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
}

function apart(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
