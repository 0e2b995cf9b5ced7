import type { Stage } from "./camera.ts";
import type { PlacedClip } from "./placed_clips.ts";

/** Points that are drawn round; more are small enough to be squares. */
const MOST_ROUND = 3000;

/**
 * Draws a point where each clip is, in the colour of the canvas.
 *
 * @param places Where the clips are on the stage: x and y of each.
 * @param rem CSS pixels.
 * @param video Whose points stand out; null for none's.
 */
export function drawPoints(
  canvas: HTMLCanvasElement,
  clips: readonly PlacedClip[],
  places: Float32Array,
  { width, height }: Stage,
  rem: number,
  video: number | null,
): void {
  const scale = devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d")!;
  context.scale(scale, scale);
  context.fillStyle = getComputedStyle(canvas).color;
  const seen: number[] = [];
  for (let i = 0; i < clips.length; i++) {
    const x = places[2 * i], y = places[2 * i + 1];
    if (x > -rem && x < width + rem && y > -rem && y < height + rem) seen.push(i);
  }
  const isRound = seen.length <= MOST_ROUND;
  const radius = rem * (isRound ? 0.26 : seen.length <= 20_000 ? 0.12 : 0.08);
  const draw = (i: number) => {
    const x = places[2 * i], y = places[2 * i + 1];
    if (!isRound) return context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  };
  context.globalAlpha = video === null ? 0.5 : 0.25;
  for (const i of seen) if (clips[i].video !== video) draw(i);
  context.globalAlpha = 1;
  for (const i of seen) if (clips[i].video === video) draw(i);
}
