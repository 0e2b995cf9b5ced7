/**
 * What an index was made with. It is written once, with the table, and never changed: vectors of
 * two models or of two ways to sample do not compare.
 *
 * @module
 */

/** The version of the index's format that this code reads and writes. */
export const FORMAT = 2;

/** The model, heads and parameters of an index. */
export interface Manifest {
  /** The version of the index's format: {@linkcode FORMAT} for a new one. */
  readonly format: number;
  readonly model: {
    readonly name: string;
    readonly revision: string | null;
    readonly fingerprint: string;
    /** The number format of the towers' matrix products. */
    readonly precision: "f32" | "int8";
  };
  /** The trained heads, or null where the index was made without. */
  readonly heads: { readonly name: string; readonly fingerprint: string } | null;
  readonly parameters: {
    /** Frames a clip, at most. */
    readonly frames: number;
    /** Candidates a second, or null where frames are spread over the clip. */
    readonly fps: number | null;
    /** How long videos are cut: a number is seconds. */
    readonly segment: "auto" | "whole" | number;
    readonly keepPatches: boolean;
    /** How often the patches are merged. */
    readonly rounds: number;
    /** λ: the share of tokens that a merge keeps. */
    readonly keepRatio: number;
    /** k: the neighbours of DPC-KNN. */
    readonly neighbours: number;
    /** ħ: the share of frames that FFSM keeps. */
    readonly spotRatio: number;
  };
  /** D: the width of every vector. */
  readonly dim: number;
  /** P: the patches of a frame. */
  readonly patchesPerFrame: number;
}

/**
 * Says in words what keeps two manifests from sharing an index: options as the user writes them. A
 * model is what its fingerprint says, whatever name it was asked for by.
 *
 * @example
 * ```ts
 * import { difference, type Manifest } from "./manifest.ts";
 * import assert from "node:assert/strict";
 *
 * const stored: Manifest = {
 *   format: 2,
 *   model: { name: "clip-vit-b-32", revision: null, fingerprint: "a1", precision: "f32" },
 *   heads: null,
 *   parameters: {
 *     frames: 12,
 *     fps: null,
 *     segment: "auto",
 *     keepPatches: false,
 *     rounds: 3,
 *     keepRatio: 0.5,
 *     neighbours: 3,
 *     spotRatio: 0.5,
 *   },
 *   dim: 512,
 *   patchesPerFrame: 49,
 * };
 * assert.equal(difference(stored, structuredClone(stored)), null);
 * assert.equal(
 *   difference(stored, { ...stored, parameters: { ...stored.parameters, frames: 16 } }),
 *   "it was made with --frames 12, not 16",
 * );
 * ```
 *
 * @param stored What the index was made with.
 * @param wanted What it is to be used with.
 * @returns The first difference that matters, naming both sides, or null.
 */
export function difference(stored: Manifest, wanted: Manifest): string | null {
  const differ = (what: string, a: unknown, b: unknown) =>
    a === b ? null : `it was made with ${what} ${a}, not ${b}`;
  const { model, heads, parameters } = stored;
  if (model.fingerprint !== wanted.model.fingerprint) {
    const same = model.name === wanted.model.name;
    const name = (m: Manifest["model"]) =>
      same ? `${m.name} (${m.fingerprint.slice(0, 12)})` : m.name;
    return differ("the model", name(model), name(wanted.model));
  }
  if (heads?.fingerprint !== wanted.heads?.fingerprint) {
    return differ("the heads", heads?.name ?? "none", wanted.heads?.name ?? "none") ??
      `it was made with other heads of the name ${heads?.name}`;
  }
  const other = wanted.parameters;
  if (parameters.keepPatches !== other.keepPatches) {
    return `it was made ${parameters.keepPatches ? "with" : "without"} --keep-patches`;
  }
  return differ("--precision", model.precision, wanted.model.precision) ??
    differ("--frames", parameters.frames, other.frames) ??
    differ("--fps", parameters.fps ?? "none", other.fps ?? "none") ??
    differ("--segment", parameters.segment, other.segment) ??
    differ("rounds of merging:", parameters.rounds, other.rounds) ??
    differ("a share of tokens kept of", parameters.keepRatio, other.keepRatio) ??
    differ("a number of neighbours of", parameters.neighbours, other.neighbours) ??
    differ("a share of frames kept of", parameters.spotRatio, other.spotRatio) ??
    differ("vectors of width", stored.dim, wanted.dim) ??
    differ("patches a frame", stored.patchesPerFrame, wanted.patchesPerFrame);
}
