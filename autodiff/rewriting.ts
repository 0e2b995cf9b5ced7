/**
 * Cheaper ways to compute what the rules of differentiation ask for, tensor by tensor.
 *
 * @module
 */
import { equal, product } from "./layout.ts";
import type { Tensor, Tensors } from "./tensors.ts";

/** An operand this much smaller than the result is rescaled or rearranged at no cost to speak of. */
export const SMALL = 8;

/** Only factors below this, and above its inverse, are moved: nothing overflows by it. */
const LARGEST = 2 ** 64;

/** How many products within each other are looked through. */
const DEPTH = 3;

/** The tensor times a number. */
export function rescaled(tensors: Tensors, tensor: Tensor, factor: number): Tensor {
  const within = rescaledWithin(tensors, tensor, factor);
  if (within) return within;
  if (factor !== -1) {
    return tensors.op("Mul", [tensor, tensors.scalar("float32", factor)], tensor.shape);
  }
  return tensor.op === "Neg" ? tensor.inputs[0] : tensors.op("Neg", [tensor], tensor.shape);
}

/** The same without another pass: a product in which one factor is cheap to rescale, or is so. */
function rescaledWithin(
  tensors: Tensors,
  tensor: Tensor,
  factor: number,
  depth = DEPTH,
): Tensor | undefined {
  if (tensor.op !== "Mul" || depth === 0 || !isModest(factor)) return undefined;
  for (const [part, rest] of eitherWay(tensor)) {
    const scaled = part.value !== undefined && isModest(part.value)
      ? tensors.scalar("float32", part.value * factor)
      : product(part.shape) * SMALL <= product(tensor.shape)
      ? rescaled(tensors, part, factor)
      : tensors.known("Mul", [part, tensors.scalar("float32", factor)]) ??
        rescaledWithin(tensors, part, factor, depth - 1);
    if (scaled) return tensors.op("Mul", [scaled, rest], tensor.shape);
  }
  return undefined;
}

/** A sum with fewer passes, if there is such: a + t + t is a + 2t, and c·a + c·b is c·(a + b). */
export function sum(tensors: Tensors, tensor: Tensor): Tensor {
  if (tensor.op !== "Add") return tensor;
  for (const [inner, term] of eitherWay(tensor)) {
    if (inner.op !== "Add" || !inner.inputs.includes(term)) continue;
    const rest = other(inner, term);
    const twice = rescaledWithin(tensors, term, 2);
    if (twice && sameShape(tensor, rest, twice)) {
      return tensors.op("Add", [rest, twice], tensor.shape);
    }
  }
  const [a, b] = tensor.inputs;
  const common = sameShape(a, b) ? factors(a).find((factor) => factors(b).includes(factor)) : null;
  if (!common) return tensor;
  const [p, q] = [a, b].map((term) => without(tensors, term, common));
  return p && q
    ? tensors.op("Mul", [common, tensors.op("Add", [p, q], tensor.shape)], tensor.shape)
    : tensor;
}

/** The factors of a product that are as large as it is. */
function factors(tensor: Tensor, depth = DEPTH): Tensor[] {
  if (tensor.op !== "Mul" || depth === 0) return [];
  return tensor.inputs.flatMap((input) =>
    sameShape(input, tensor) ? [input, ...factors(input, depth - 1)] : []
  );
}

/** The product without one of its factors, unless nothing as large is left. */
function without(tensors: Tensors, tensor: Tensor, factor: Tensor): Tensor | undefined {
  for (const [part, rest] of eitherWay(tensor)) {
    if (part === factor) return sameShape(rest, tensor) ? rest : undefined;
    if (!factors(part).includes(factor)) continue;
    const left = without(tensors, part, factor);
    return left && tensors.op("Mul", [left, rest], tensor.shape);
  }
  return undefined;
}

/** 1/x, or the sigmoid if that is what it is: σ(−v) = 1/(1 + eᵛ). */
export function reciprocal(tensors: Tensors, x: Tensor): Tensor {
  for (const [exponential, one] of x.op === "Add" ? eitherWay(x) : []) {
    if (exponential.op === "Exp" && one.value === 1) return sigmoid(tensors, exponential);
  }
  return tensors.op("Reciprocal", [x], x.shape);
}

function sigmoid(tensors: Tensors, exponential: Tensor): Tensor {
  const [v] = exponential.inputs;
  return tensors.op("Sigmoid", [rescaled(tensors, v, -1)], v.shape);
}

/**
 * A product as the derivative of the sigmoid σ(−v) has it, a·σ²·eᵛ, without the exponential:
 * σ·eᵛ is 1 − σ.
 */
export function timesSlope(tensors: Tensors, tensor: Tensor): Tensor {
  for (const [rest, exponential] of tensor.op === "Mul" ? eitherWay(tensor) : []) {
    if (exponential.op !== "Exp" || rest.op !== "Mul") continue;
    const s = sigmoid(tensors, exponential);
    const squared = tensors.op("Mul", [s, s], s.shape);
    if (!rest.inputs.includes(squared)) continue;
    const slope = tensors.op("Sub", [s, squared], s.shape);
    return tensors.op("Mul", [other(rest, squared), slope], tensor.shape);
  }
  return tensor;
}

function isModest(factor: number): boolean {
  const size = Math.abs(factor);
  return size > 1 / LARGEST && size < LARGEST;
}

/** Both orders of two inputs. */
function eitherWay({ inputs: [a, b] }: Tensor): [Tensor, Tensor][] {
  return [[a, b], [b, a]];
}

function other({ inputs: [a, b] }: Tensor, one: Tensor): Tensor {
  return a === one ? b : a;
}

function sameShape(...tensors: Tensor[]): boolean {
  return tensors.every(({ shape }) => equal(shape, tensors[0].shape));
}
