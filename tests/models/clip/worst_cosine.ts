/**
 * How far one form of a tower is from another: the smallest cosine of any token.
 *
 * @param a [N, D].
 * @param b [N, D].
 * @param dim D.
 */
export function worstCosine(a: Float32Array, b: Float32Array, dim: number): number {
  let worst = 1;
  for (let i = 0; i < a.length; i += dim) {
    let product = 0, squareA = 0, squareB = 0;
    for (let d = i; d < i + dim; d++) {
      product += a[d] * b[d];
      squareA += a[d] ** 2;
      squareB += b[d] ** 2;
    }
    worst = Math.min(worst, product / Math.sqrt(squareA * squareB));
  }
  return worst;
}
