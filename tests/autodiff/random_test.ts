import { grad, nn, numpy as np } from "@jax-js/jax";
import { agree, type Arrays, floats, type Given, numbers } from "./agree.ts";

const PROGRAMS = 40;
const STATEMENTS = 16;

/** Puts arrays together at random, the same way for the same seed. */
class Program {
  readonly #random: () => number;
  readonly #arrays: np.Array[];
  readonly #masks: np.Array[];

  constructor(seed: number, given: Arrays) {
    this.#random = numbers(seed);
    this.#arrays = Object.values(given);
    this.#masks = this.#arrays.map((array) => array.ref.greater(0));
  }

  /** What the statements made, one after the other. */
  run(statements: number): np.Array[] {
    const first = this.#arrays.length;
    while (this.#arrays.length < first + statements) {
      const made = this.#statement(this.#take());
      if (made.size > 200) made.dispose();
      else this.#arrays.push(this.#bounded(made));
    }
    for (const unused of [...this.#arrays.slice(0, first), ...this.#masks]) unused.dispose();
    return this.#arrays.slice(first);
  }

  #index(size: number): number {
    return Math.floor(this.#random() * size);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#index(from.length)];
  }

  #take(): np.Array {
    return this.#pick(this.#arrays).ref;
  }

  /** The array with its elements kept from growing. */
  #bounded(x: np.Array): np.Array {
    switch (this.#index(4)) {
      case 0:
        return np.sin(x);
      case 1:
        return nn.sigmoid(x.ref.mul(this.#pick([1, 1.5]))).mul(x).mul(0.5);
      default:
        return x.mul(this.#pick([0.5, -1, 0.3]));
    }
  }

  /** The array repeated or cut so that it broadcasts with another. */
  #fitting(x: np.Array, shape: readonly number[]): np.Array {
    while (x.ndim > shape.length) x = x.sum(0);
    const lead = shape.length - x.ndim;
    for (let d = 0; d < x.ndim; d++) {
      const size = shape[lead + d];
      if (x.shape[d] !== size && x.shape[d] !== 1) x = x.sum(d, { keepdims: true });
    }
    return x;
  }

  #permutation(size: number): number[] {
    const order = [...Array(size).keys()];
    for (let i = size - 1; i > 0; i--) {
      const j = this.#index(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  #reshaped(x: np.Array): np.Array {
    const shape: number[] = [];
    let left = x.size;
    while (left > 1) {
      const size = this.#pick([1, 2, 3, 4, 6, left].filter((d) => left % d === 0));
      if (shape.length > 4) break;
      shape.push(size);
      left /= size;
    }
    if (left > 1) shape.push(left);
    return x.reshape(shape);
  }

  #statement(x: np.Array): np.Array {
    const other = () => this.#fitting(this.#take(), x.shape);
    const axis = this.#index(x.ndim);
    const size = x.ndim > 0 ? x.shape[axis] : 1;
    const along = (range: [number, number]) =>
      x.slice(...x.shape.map((_, d): [] | [number, number] => d === axis ? range : []));
    switch (x.ndim > 0 ? this.#index(17) : this.#index(4)) {
      case 0:
        return x.add(other());
      case 1:
        return x.sub(other().mul(this.#pick([1, -1, 2, 0.7])));
      case 2:
        return x.mul(other());
      case 3: {
        const mask = this.#fitting(this.#pick(this.#masks).ref.astype(np.float32), x.shape);
        const y = this.#pick([other, () => np.array(0), () => np.array(0.5)])();
        return np.where(mask.greater(0), x, y);
      }
      case 4:
      case 5:
        return x.transpose(this.#permutation(x.ndim));
      case 6:
      case 7:
        return this.#reshaped(x);
      case 8: {
        const wide = [...x.shape.slice(0, axis), this.#pick([2, 3]), ...x.shape.slice(axis)];
        return np.broadcastTo(np.expandDims(x, axis), wide);
      }
      case 9:
        return x.sum(this.#permutation(x.ndim).slice(0, 1 + axis));
      case 10:
        return x.max(axis, { keepdims: this.#random() < 0.5 });
      case 11: {
        const from = this.#index(size);
        return along([from, from + 1 + this.#index(size - from)]);
      }
      case 12:
        return np.pad(x, x.shape.map((_, d): [number, number] => d === axis ? [1, 2] : [0, 0]));
      case 13:
        return np.flip(x, axis);
      case 14:
        return np.concatenate([x.ref, this.#bounded(x)], axis);
      case 15: {
        // A product over one axis with others kept on either side, or on both.
        const letters = "abcdefgh".slice(0, x.ndim).split("");
        const summed = letters[axis];
        const both = letters.filter((l) => l !== summed && this.#random() < 0.5);
        const shape = [...both, summed].map((l) => x.shape[letters.indexOf(l)]);
        const y = np.broadcastTo(this.#fitting(this.#take(), shape), shape);
        const kept = letters.filter((l) => l !== summed);
        const order = this.#permutation(kept.length).map((i) => kept[i]).join("");
        return np.einsum(`${letters.join("")},${[...both, summed].join("")}->${order}`, x, y);
      }
      default: {
        const rows = x.transpose(this.#permutation(x.ndim)).reshape([-1, 1]).reshape([-1, size]);
        const y = this.#reshaped(this.#take()).reshape([1, -1]);
        const wide = np.matmul(rows.ref.transpose(), rows);
        return this.#random() < 0.5
          ? nn.softmax(wide, 0).mul(y.sum())
          : np.matmul(wide, np.broadcastTo(y.sum(), [size, 2]));
      }
    }
  }
}

const given: Record<string, Given> = {
  a: floats([2, 3], 1),
  b: floats([4, 1, 6], 2),
  c: floats([12], 3),
  d: floats([2, 2, 3, 2], 4),
};

Deno.test(`${PROGRAMS} random programs give what they give in jax-js`, async () => {
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    await agree(given, (arrays) => {
      const made = new Program(seed, arrays).run(STATEMENTS);
      return Object.fromEntries(made.map((array, i) => [`program ${seed}, ${i}`, array]));
    });
  }
});

Deno.test(`the gradients of ${PROGRAMS} random programs are those of jax-js`, async () => {
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const gradient = grad((arrays: Arrays) =>
      new Program(seed, arrays).run(STATEMENTS).map((array) => np.square(array).mean()).reduce((
        a,
        b,
      ) => a.add(b))
    );
    await agree(given, (arrays) => {
      const gradients = gradient(arrays) as Arrays;
      return Object.fromEntries(
        Object.entries(gradients).map(([name, array]) => [`program ${seed}, ${name}`, array]),
      );
    }, 1e-4);
  }
});
