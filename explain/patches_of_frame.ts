import type { Explanation } from "../pipeline/search/explanation.ts";

/**
 * The part of one frame in what holds a value a patch.
 *
 * @param values Of the patches of all clustered frames: [C·P].
 * @returns [P]; null of a frame that is not clustered.
 */
export function patchesOfFrame<T extends Uint16Array | Float32Array>(
  { clustered, patchesPerFrame }: Explanation,
  values: T,
  frame: number,
): T | null {
  const at = clustered.indexOf(frame);
  return at < 0 ? null : values.slice(at * patchesPerFrame, (at + 1) * patchesPerFrame) as T;
}
