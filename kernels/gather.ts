/** The blocks of `length` numbers at `indices`, one behind the other. */
export function gather<T extends Float32Array | Float16Array>(
  x: T,
  indices: Uint32Array,
  length: number,
): T {
  const out = x.slice(0, indices.length * length) as T;
  indices.forEach((index, i) => {
    out.set(x.subarray(index * length, (index + 1) * length), i * length);
  });
  return out;
}
