import type { FrameTokens } from "../models/clip/tokens.ts";
import type { ReducedClip } from "../models/hvd/reducer.ts";
import type { ExplainableClip } from "../pipeline/search/explanation.ts";

/**
 * A clip as an index would store it: its vectors are rounded to float16.
 *
 * @param times Seconds of the video: [F].
 * @param tokens V_f [F, D] and V_p [F·P, D], not normalised.
 */
export function explainableClip(
  id: string,
  times: Float64Array,
  tokens: Pick<FrameTokens, "frames" | "patches">,
  reduced: ReducedClip,
): ExplainableClip {
  return {
    ...reduced,
    id,
    times,
    frames: new Float16Array(tokens.frames),
    entities: new Float16Array(reduced.entities),
    patches: new Float16Array(tokens.patches),
  };
}
