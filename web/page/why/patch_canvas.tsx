import { useLayoutEffect, useRef } from "preact/hooks";

/** Pixels of a canvas across. */
const SIDE = 672;

/**
 * A frame with a colour over each of its patches. The model sees the square in the middle of a
 * frame; what is outside has no patches.
 */
export function PatchCanvas({ clip, frame, colors, opacity, edges, label }: {
  clip: string;
  frame: number;
  /** A CSS colour a patch, row by row: [P], a square grid. */
  colors: readonly string[] | null;
  /** From 0 to 1, over what the colours say themselves. */
  opacity: number;
  /** What patches lie between which an edge is drawn, where it differs: [P]. */
  edges: readonly number[] | null;
  label: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const { current } = canvas;
    if (!current || !colors) return;
    draw(current, colors, opacity, edges);
  }, [colors, opacity, edges]);
  return (
    <span class="patches">
      <img
        src={`/api/clips/${clip}/thumbnails/${frame}`}
        alt={label}
        onLoad={({ currentTarget: { naturalWidth, naturalHeight, parentElement } }) =>
          parentElement!.classList.toggle("tall", naturalHeight > naturalWidth)}
      />
      {colors && <canvas ref={canvas} width={SIDE} height={SIDE} aria-hidden="true" />}
    </span>
  );
}

function draw(
  canvas: HTMLCanvasElement,
  colors: readonly string[],
  opacity: number,
  edges: readonly number[] | null,
): void {
  const context = canvas.getContext("2d")!;
  const across = Math.sqrt(colors.length), size = SIDE / across;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.globalAlpha = opacity;
  colors.forEach((color, patch) => {
    context.fillStyle = color;
    context.fillRect((patch % across) * size, Math.floor(patch / across) * size, size, size);
  });
  if (!edges) return;
  context.globalAlpha = 0.9;
  context.fillStyle = "white";
  edges.forEach((label, patch) => {
    const column = patch % across, row = Math.floor(patch / across);
    const x = column * size, y = row * size;
    if (column > 0 && edges[patch - 1] !== label) context.fillRect(x - 1, y, 2, size);
    if (row > 0 && edges[patch - across] !== label) context.fillRect(x, y - 1, size, 2);
  });
}
