/**
 * The optimisers, as traced updates of all parameters at once.
 *
 * @module
 */
import { numpy as np } from "@jax-js/jax";
import type { Arrays, ParameterSpecs } from "./parameters.ts";

/** What an optimiser needs beside the gradient. */
export interface OptimiserSettings {
  /**
   * `adamw` clips all gradients together; `bert-adam` each tensor's alone, as CLIP4Clip does;
   * `muon` is AdamW that moves matrices by their orthogonalised momentum, for towers that learn
   * from nothing: they need about half of the steps.
   */
  readonly optimiser: "adamw" | "bert-adam" | "muon";
  /** β₁ and β₂. */
  readonly betas: readonly [number, number];
  /** ε */
  readonly epsilon: number;
  /** Decoupled decay, on matrices only. */
  readonly weightDecay: number;
  /** The norm that gradients are clipped to. */
  readonly clipNorm: number;
}

/** The papers' settings (reference: CLIP4Clip's BertAdam). */
export const PAPER_OPTIMISER: OptimiserSettings = {
  optimiser: "bert-adam",
  betas: [0.9, 0.98],
  epsilon: 1e-6,
  weightDecay: 0.2,
  clipNorm: 1,
};

/** Parameters with the two moments of each, of which Muon leaves the second of matrices at zero. */
export interface OptimiserState {
  parameters: Arrays;
  first: Arrays;
  second: Arrays;
}

/**
 * One update. Everything is consumed.
 *
 * @param rates The learning rate of each parameter at this step, scalars by name.
 * @param corrections 1 − β₁ᵗ and 1 − β₂ᵗ, scalars; BertAdam has none, so pass ones.
 */
export function update(
  { parameters, first, second }: OptimiserState,
  gradients: Arrays,
  specs: ParameterSpecs,
  settings: OptimiserSettings,
  rates: (name: string) => np.Array,
  corrections: readonly [np.Array, np.Array],
): OptimiserState {
  const { betas: [beta1, beta2], epsilon, weightDecay, clipNorm, optimiser } = settings;
  const clips = optimiser === "bert-adam"
    ? clipEach(gradients, clipNorm)
    : clipTogether(gradients, clipNorm);
  const next: OptimiserState = { parameters: {}, first: {}, second: {} };
  for (const name of Object.keys(parameters)) {
    const gradient = gradients[name].mul(clips[name]);
    const m = first[name].mul(beta1).add(gradient.ref.mul(1 - beta1));
    const { shape, decay, most } = specs[name];
    if (optimiser === "muon" && decay && shape.length === 2) {
      const ahead = m.ref.mul(beta1).add(gradient.mul(1 - beta1));
      const decayed = parameters[name].ref.mul(weightDecay);
      const step = orthogonalised(ahead, shape).add(decayed);
      next.parameters[name] = parameters[name].sub(step.mul(rates(name)));
      next.first[name] = m;
      next.second[name] = second[name];
      continue;
    }
    const v = second[name].mul(beta2).add(np.square(gradient).mul(1 - beta2));
    const scale = np.sqrt(v.ref.div(corrections[1].ref)).add(epsilon);
    let step = m.ref.div(corrections[0].ref).div(scale);
    if (decay) step = step.add(parameters[name].ref.mul(weightDecay));
    const moved = parameters[name].sub(step.mul(rates(name)));
    next.parameters[name] = most === undefined ? moved : np.minimum(moved, most);
    next.first[name] = m;
    next.second[name] = v;
  }
  return next;
}

/** The coefficients of an iteration, each of which pulls singular values towards 1. */
const [A, B, C] = [3.4445, -4.775, 2.0315];

/**
 * The matrix with its singular values near 1, scaled so that its elements are as large as the steps
 * of AdamW (Jordan et al., "Muon", 2024; Liu et al., arXiv 2502.16982, eq. 4). Consumed.
 */
function orthogonalised(matrix: np.Array, [rows, columns]: readonly number[]): np.Array {
  const upright = rows > columns;
  let x = upright ? matrix.transpose() : matrix;
  x = x.ref.div(np.sqrt(np.square(x).sum()).add(1e-7));
  for (let iteration = 0; iteration < 5; iteration++) {
    const gram = np.matmul(x.ref, x.ref.transpose());
    const square = np.matmul(gram.ref, gram.ref);
    const change = gram.mul(B).add(square.mul(C));
    x = x.ref.mul(A).add(np.matmul(change, x));
  }
  return (upright ? x.transpose() : x).mul(0.2 * Math.sqrt(Math.max(rows, columns)));
}

function clipTogether(gradients: Arrays, norm: number): Arrays {
  const squares = Object.values(gradients).map((g) => np.square(g.ref).sum());
  const total = np.sqrt(squares.reduce((a, b) => a.add(b)));
  const clip = np.minimum(np.array(norm).div(total.add(1e-6)), 1);
  return Object.fromEntries(Object.keys(gradients).map((name) => [name, clip.ref]));
}

function clipEach(gradients: Arrays, norm: number): Arrays {
  return Object.fromEntries(
    Object.entries(gradients).map(([name, g]) => {
      const own = np.sqrt(np.square(g.ref).sum());
      return [name, np.minimum(np.array(norm).div(own.add(1e-6)), 1)];
    }),
  );
}

/**
 * Linear warm-up, then a cosine down to 0, as BertAdam's `warmup_cosine` has it.
 *
 * @param step From 0.
 * @param steps All of the run.
 * @param warmUp The share of the steps that the warm-up takes.
 * @returns The share of the full rate, in [0, 1].
 */
export function schedule(step: number, steps: number, warmUp: number): number {
  const progress = step / steps;
  if (progress < warmUp) return progress / warmUp;
  return 0.5 * (1 + Math.cos(Math.PI * progress));
}
