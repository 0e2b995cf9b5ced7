/**
 * A training step as one traced function: forward, backward, clipping and the optimiser's update.
 *
 * @module
 */
import { numpy as np, valueAndGrad } from "@jax-js/jax";
import type { ArraySpec } from "../autodiff/to_onnx.ts";
import { type OptimiserSettings, update } from "./optimiser.ts";
import type { Arrays, ParameterSpecs } from "./parameters.ts";

/** A loss to be minimised. */
export interface Objective {
  readonly parameters: ParameterSpecs;
  /** What a batch is made of, by name. */
  readonly batch: Readonly<Record<string, ArraySpec>>;
  /** What the terms of the loss are called. */
  readonly terms: readonly string[];
  /**
   * The terms of the loss in the order of {@linkcode terms}, scalars: their sum is to be
   * minimised. Everything is consumed.
   *
   * @param parameters Every tensor of `parameters`.
   * @param batch Every array of `batch`.
   */
  loss(parameters: Arrays, batch: Arrays): np.Array[];
  /** Which parameters learn at the towers' rate. None where it is left out. */
  isTower?(name: string): boolean;
}

/** A step to be traced: what goes in and the function. */
export interface TracedStep {
  /**
   * The batch under its own names ([A, ...] where A batches are accumulated), `hyper` [4], and the
   * state as `parameters.NAME`, `first.NAME` and `second.NAME`.
   */
  readonly inputs: Readonly<Record<string, ArraySpec>>;
  /** Gives `terms` [T + 1], the loss and its terms, and the state under `next.`. */
  run(arrays: Arrays): Arrays;
}

/** The three kinds of state, in the order that they are stored. */
export const STATE_KINDS = ["parameters", "first", "second"] as const;

/** What changes from step to step but is no data. */
export interface StepRates {
  /** The learning rate of the heads. */
  readonly heads: number;
  /** The learning rate of the towers. */
  readonly towers: number;
  /** 1 − β₁ᵗ and 1 − β₂ᵗ, or ones where the optimiser corrects nothing. */
  readonly corrections: readonly [number, number];
}

/** The `hyper` input of a step. */
export function hyperInput({ heads, towers, corrections }: StepRates): Float32Array {
  return Float32Array.of(heads, towers, ...corrections);
}

/**
 * Makes a step of an objective.
 *
 * @param accumulate A: how many batches a step's gradient is the mean of.
 */
export function tracedStep(
  objective: Objective,
  settings: OptimiserSettings,
  accumulate = 1,
): TracedStep {
  const { parameters: specs } = objective;
  const names = Object.keys(specs);
  const inputs: Record<string, ArraySpec> = { hyper: { shape: [4], type: "float32" } };
  for (const [name, { shape, type }] of Object.entries(objective.batch)) {
    inputs[name] = { shape: accumulate > 1 ? [accumulate, ...shape] : shape, type };
  }
  for (const kind of STATE_KINDS) {
    for (const name of names) {
      inputs[`${kind}.${name}`] = { shape: specs[name].shape, type: "float32" };
    }
  }
  const differentiate = valueAndGrad(
    (parameters: Arrays, batch: Arrays) => {
      const terms = np.stack(objective.loss(parameters, batch));
      const loss = terms.ref.sum();
      return [loss.ref, np.concatenate([loss.reshape([1]), terms])];
    },
    { hasAux: true },
  );

  return {
    inputs,
    run(arrays) {
      const under = (kind: string): Arrays =>
        Object.fromEntries(names.map((name) => [name, arrays[`${kind}.${name}`]]));
      const parameters = under("parameters");
      let terms: np.Array | null = null;
      let gradients: Arrays = {};
      for (let a = 0; a < accumulate; a++) {
        const batch = Object.fromEntries(
          Object.keys(objective.batch).map((name) => [
            name,
            accumulate > 1 ? arrays[name].ref.slice(a) : arrays[name],
          ]),
        );
        const [[, ofBatch], own] = differentiate(retained(parameters), batch) as unknown as [
          [np.Array, np.Array],
          Arrays,
        ];
        const share = (x: np.Array) => accumulate > 1 ? x.mul(1 / accumulate) : x;
        const values = share(ofBatch);
        terms = terms === null ? values : terms.add(values);
        gradients = Object.fromEntries(
          names.map((name) => {
            const gradient = share(own[name]);
            return [name, a === 0 ? gradient : gradients[name].add(gradient)];
          }),
        );
      }
      const [heads, towers, ...corrections] = [0, 1, 2, 3].map((i) => arrays.hyper.ref.slice(i));
      const next = update(
        { parameters, first: under("first"), second: under("second") },
        gradients,
        specs,
        settings,
        (name) => (objective.isTower?.(name) ? towers : heads).ref,
        [corrections[0], corrections[1]],
      );
      const outputs: Arrays = { terms: terms! };
      for (const kind of STATE_KINDS) {
        for (const name of names) outputs[`next.${kind}.${name}`] = next[kind][name];
      }
      return outputs;
    },
  };
}

function retained(arrays: Arrays): Arrays {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.ref]));
}
