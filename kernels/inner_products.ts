/**
 * The inner product of one vector with every row of a matrix in host memory, by ONNX Runtime: ND
 * multiply-adds, one pass over the matrix, as fast as memory is read. It has no GPU form, since
 * bringing the matrix to a device takes longer than reading it.
 *
 * @module
 */
import { Product } from "./cpu/products.ts";

/** An opened product. */
export class InnerProducts {
  readonly #product: Product;

  private constructor(product: Product) {
    this.#product = product;
  }

  /** @param threads Defaults to every core. */
  static async open(threads: number = navigator.hardwareConcurrency): Promise<InnerProducts> {
    return new InnerProducts(
      await Product.open("inner products", threads, (g) => {
        const rows = g.input("rows", "float32", ["rows", "dim"]);
        return g.op("MatMul", [rows, g.input("vector", "float32", ["dim", 1])]);
      }),
    );
  }

  /** vector [D], matrix [N, D] → [N]. */
  async of(vector: Float32Array, matrix: Float32Array): Promise<Float32Array> {
    const dim = vector.length;
    if (matrix.length % dim !== 0) {
      throw new RangeError(
        `Cannot score clips: expected rows of ${dim} but found ${matrix.length} numbers`,
      );
    }
    if (matrix.length === 0) return new Float32Array();
    return await this.#product.run({
      rows: [matrix, matrix.length / dim, dim],
      vector: [vector, dim, 1],
    });
  }
}
