/** A generator of normal numbers from a seed (mulberry32 and Box–Muller), for repeatable inputs. */
export function normals(seed: number): (count: number, scale?: number) => Float32Array {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return (count, scale = 1) =>
    Float32Array.from(
      { length: count },
      () => scale * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    );
}

/** Tokens near a few centres, as the patches of a video are: [count, dim]. */
export function clusteredTokens(seed: number, count: number, dim: number): Float32Array {
  const random = normals(seed);
  const centres = random(Math.ceil(count / 6) * dim);
  const tokens = random(count * dim, 0.5);
  for (let i = 0; i < count; i++) {
    const centre = (i * 7919) % Math.ceil(count / 6);
    for (let c = 0; c < dim; c++) tokens[i * dim + c] += centres[centre * dim + c];
  }
  return tokens;
}
