/**
 * Whether a model looks at the right place at the right time: measured on generated videos, whose
 * labels say which thing is where in which frame.
 *
 * @module
 */
import type { Features } from "../../features/features.ts";
import { uniformPositions } from "../../pipeline/decode/sampling.ts";
import { boxesAt, describedTrack, type LabelledVideo } from "../../world/labels.ts";

/** Figures over all captions of a split. */
export interface Grounding {
  /** The share of the sampled frames in which the described thing is in view. */
  readonly visibleFrames: number;
  /** R: of the frames that FFSM keeps, as many as could show the thing, the share that does. */
  readonly spotRecall: number;
  /** The same of frames kept at random. */
  readonly spotRecallByChance: number;
  /** The share of captions whose word for the thing has its best patch in a box of the thing. */
  readonly pointing: number;
  /** The same of a patch at random. */
  readonly pointingByChance: number;
  /** Seconds between the best frame and the time that the thing is on screen, on average. */
  readonly timeError: number;
  /** The same of the middle of the video. */
  readonly timeErrorOfMiddle: number;
  /** Captions that were measured. */
  readonly captions: number;
}

/**
 * Measures.
 *
 * @param wordOf The place of the described thing's name among a caption's tokens; null where the
 * caption calls it otherwise.
 * @param spotRatio ħ
 */
export function grounding(
  features: Features,
  labels: readonly LabelledVideo[],
  wordOf: (text: string, thing: string) => number | null,
  spotRatio: number,
): Grounding {
  const { dim, patches: P } = features;
  const side = Math.sqrt(P);
  const sums = {
    visibleFrames: 0,
    spotRecall: 0,
    spotRecallByChance: 0,
    timeError: 0,
    timeErrorOfMiddle: 0,
  };
  let [pointed, byChance, named] = [0, 0, 0];
  features.captions.forEach(({ text, video }, c) => {
    const { frames, patches, frameCount: F } = features.video(video);
    const { labels: facts } = labels[video];
    const track = describedTrack(facts);
    const times = uniformPositions(Math.round(facts.seconds * facts.rate), F)
      .map((position) => position / facts.rate);
    const boxes = times.map((time) => boxesAt(track, facts.rate, time));
    const visible = boxes.map((found) => found.length > 0);
    const count = visible.filter(Boolean).length;
    sums.visibleFrames += count / F;

    const { sentence, words } = features.caption(c);
    const cosines = Array.from({ length: F }, (_, f) => cosine(sentence, 0, frames, f, dim));
    const order = [...cosines.keys()].sort((a, b) => cosines[b] - cosines[a]);
    const kept = Math.ceil(spotRatio * F);
    const possible = Math.min(kept, count);
    if (possible > 0) {
      sums.spotRecall += order.slice(0, kept).filter((f) => visible[f]).length / possible;
      sums.spotRecallByChance += kept * count / F / possible;
    } else {
      sums.spotRecall++;
      sums.spotRecallByChance++;
    }
    const away = (time: number) => Math.max(0, track.start - time, time - track.end);
    sums.timeError += away(times[order[0]]);
    sums.timeErrorOfMiddle += away(facts.seconds / 2);

    const word = wordOf(text, track.thing);
    if (word === null) return;
    named++;
    let best = -Infinity, at = 0, inside = 0;
    const isInside = (patch: number) => {
      const [f, p] = [Math.floor(patch / P), patch % P];
      const [x, y] = [(p % side + 0.5) / side, (Math.floor(p / side) + 0.5) / side];
      return boxes[f].some(([left, top, right, bottom]) =>
        x >= left && x <= right && y >= top && y <= bottom
      );
    };
    for (let patch = 0; patch < F * P; patch++) {
      if (isInside(patch)) inside++;
      const similarity = cosine(words, word, patches, patch, dim);
      if (similarity > best) [best, at] = [similarity, patch];
    }
    if (isInside(at)) pointed++;
    byChance += inside / (F * P);
  });
  const n = features.captions.length;
  return {
    visibleFrames: sums.visibleFrames / n,
    spotRecall: sums.spotRecall / n,
    spotRecallByChance: sums.spotRecallByChance / n,
    pointing: pointed / named,
    pointingByChance: byChance / named,
    timeError: sums.timeError / n,
    timeErrorOfMiddle: sums.timeErrorOfMiddle / n,
    captions: n,
  };
}

function cosine(a: Float32Array, i: number, b: Float32Array, j: number, dim: number): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let c = 0; c < dim; c++) {
    const [x, y] = [a[i * dim + c], b[j * dim + c]];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb || 1);
}
