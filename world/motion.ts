/**
 * Where everything is at a moment.
 *
 * @module
 */
import type { Actor, Scene, Shot, View } from "./scene.ts";

/** One of an actor's things at a moment, as shares of the picture's sides. */
export interface Placement {
  readonly actor: Actor;
  /** Its centre. */
  readonly x: number;
  readonly y: number;
  /** Its side. */
  readonly size: number;
  /** Clockwise, in radians. */
  readonly angle: number;
  /** How high it is above its shadow, if it has one. */
  readonly height?: number;
}

/** How far a thing at the usual speed moves in a shot, as a share of the picture's side. */
export const TRAVEL = 0.3;

// Offsets of one to four of a thing, as multiples of its size.
const GROUPS: readonly (readonly (readonly [number, number])[])[] = [
  [[0, 0]],
  [[-0.55, 0.08], [0.55, -0.08]],
  [[0, -0.52], [-0.56, 0.48], [0.56, 0.48]],
  [[-0.55, -0.5], [0.55, -0.56], [-0.55, 0.56], [0.55, 0.5]],
];

/**
 * The shot that is on screen.
 *
 * @param time In seconds; before the start the first shot, after the end the last one.
 */
export function shotAt(scene: Scene, time: number): Shot {
  return scene.shots.find((shot) => time < shot.end) ?? scene.shots.at(-1)!;
}

/** What the camera sees. */
export function viewAt({ start, end, camera: [from, to] }: Shot, time: number): View {
  const t = Math.max(0, Math.min(1, (time - start) / (end - start)));
  const between = (a: number, b: number) => a + (b - a) * t;
  return {
    x: between(from.x, to.x),
    y: between(from.y, to.y),
    zoom: between(from.zoom, to.zoom),
  };
}

/** Every thing of a shot at a moment as the camera sees it, from the back to the front. */
export function placementsAt(shot: Shot, time: number): Placement[] {
  const view = viewAt(shot, time);
  return shot.actors.flatMap((actor) =>
    GROUPS[actor.count - 1].map(([dx, dy], copy) => {
      const { x, y, scale, angle, height } = moved(actor, shot, time, copy);
      return {
        actor,
        x: (x + dx * actor.size - view.x) * view.zoom + 0.5,
        y: (y + dy * actor.size - view.y) * view.zoom + 0.5,
        size: actor.size * scale * view.zoom,
        angle,
        height: height && height * view.zoom,
      };
    })
  );
}

function moved(actor: Actor, { start, end }: Shot, time: number, copy: number) {
  const { x, y, action, speed } = actor;
  const t = (time - (start + end) / 2) * speed;
  const share = Math.max(0, Math.min(1, (time - start) / (end - start)));
  const way = TRAVEL * speed * (share - 0.5);
  const phase = actor.phase + copy * 0.3;
  const still = { x, y, scale: 1, angle: 0, height: undefined };
  switch (action) {
    case "stand":
      return still;
    case "move left":
      return { ...still, x: x - way };
    case "move right":
      return { ...still, x: x + way };
    case "rise":
      return { ...still, y: y - way };
    case "fall":
      return { ...still, y: y + way };
    case "bounce": {
      const height = 0.15 * Math.abs(Math.sin(Math.PI * (t * 1.2 + phase)));
      return { ...still, y: y + 0.05 - height, height };
    }
    case "spin":
      return { ...still, angle: 2 * Math.PI * (0.5 * t + phase) };
    case "grow":
      return { ...still, scale: 0.75 + 0.5 * share };
    case "shrink":
      return { ...still, scale: 1.25 - 0.5 * share };
    case "shake": {
      const swing = Math.sin(2 * Math.PI * (3.3 * t + phase));
      return { ...still, x: x + 0.015 * swing, angle: 0.2 * swing };
    }
  }
}
