/**
 * Learning to see before learning to read: the vision tower tells what is in the regions of
 * pictures, by number. Captions say little of a picture and much in other words, so a tower that
 * learns from them alone knows places and colours long before it knows a thing.
 *
 * @module
 */
import { numpy as np } from "@jax-js/jax";
import type { ClipConfig } from "../models/clip/config.ts";
import { normalisingWeights } from "../models/clip/trainable.ts";
import { attributeLoss, type AttributeShape } from "./attribute_loss.ts";
import type { Arrays } from "./parameters.ts";
import type { Objective } from "./step.ts";
import { trainableVision } from "./towers.ts";

/** What a step is fed with. */
export type SightBatch = {
  /** Normalised patches as rows, channel by channel, [B·P, 3·patchSize²]. */
  readonly cut: Float32Array;
  /** How much of a region lies in each patch; each region's sum is 1 or 0, [B, R, P]. */
  readonly regions: Float32Array;
  /** 1 where a value of an attribute is true of a region, else 0, [B, R, K]. */
  readonly labels: Float32Array;
};

/** The sizes of a batch. */
export interface SightShape {
  /** B */
  readonly batch: number;
  /** R, regions a picture. */
  readonly regions: number;
  /** What is told apart, K values together. */
  readonly attributes: readonly AttributeShape[];
}

/**
 * A row a value, [K, D]: how far a region's mean patch token speaks for it. Not part of the tower.
 */
export const READOUT = "readout.weight";

/** The objective over batches of pictures. */
export function sightObjective(
  config: ClipConfig,
  { batch: B, regions: R, attributes }: SightShape,
): Objective {
  const vision = trainableVision(config, normalisingWeights());
  const { dim, vision: { patches, patchSize } } = config;
  const K = attributes.reduce((sum, { values }) => sum + values, 0);
  return {
    parameters: {
      ...vision.specs,
      [READOUT]: { shape: [K, dim], init: { normal: 0.02 }, decay: false },
    },
    batch: {
      cut: { shape: [B * patches, 3 * patchSize ** 2], type: "float32" },
      regions: { shape: [B, R, patches], type: "float32" },
      labels: { shape: [B, R, K], type: "float32" },
    },
    terms: ["region_label"],
    loss(parameters, { cut, regions, labels }) {
      const own: Arrays = Object.fromEntries(
        Object.keys(vision.specs).map((name) => [name, parameters[name].ref]),
      );
      const seen = vision.encode(own, cut);
      seen.frames.dispose();
      const tokens = seen.patches.reshape([B, patches, dim]);
      const means = np.einsum("brp,bpd->brd", regions, tokens).reshape([B * R, dim]);
      const logits = np.matmul(means, parameters[READOUT].transpose()).reshape([B, R, K]);
      return [attributeLoss(logits, labels, attributes, np.array(1))];
    },
  };
}
