import type { Query as PreparedText } from "../../models/hvd/scorer.ts";

/** A text of a query, and how its similarities count in the sum. */
export interface TextPart {
  readonly text: PreparedText;
  readonly weight: number;
}

/** An image of a query: its normalised frame vector [D]. */
export interface ImagePart {
  readonly image: Float32Array;
  readonly weight: number;
}

/** A query as the model sees it. What it should not find weighs less than 0. */
export interface EncodedQuery {
  readonly texts: readonly TextPart[];
  readonly images: readonly ImagePart[];
}

/** A vector and how it counts in a sum. */
export interface Weighted {
  /** [D] */
  readonly vector: Float32Array;
  readonly weight: number;
}

/** The sentences of some texts. */
export function sentencesOf(texts: readonly TextPart[]): Weighted[] {
  return texts.map(({ text, weight }) => ({ vector: text.sentence, weight }));
}

/** The vectors of some images. */
export function vectorsOf(images: readonly ImagePart[]): Weighted[] {
  return images.map(({ image, weight }) => ({ vector: image, weight }));
}

/** The direction of what a query wants, of any length: [D]. */
export function wantedOf({ texts, images }: EncodedQuery, dim: number): Float32Array {
  const wanted = texts.filter(({ weight }) => weight > 0);
  return weightedSum([...sentencesOf(wanted), ...vectorsOf(images)], dim);
}

/** Σ weight · vector: [D]. */
export function weightedSum(parts: readonly Weighted[], dim: number): Float32Array {
  const total = new Float32Array(dim);
  for (const { vector, weight } of parts) {
    for (let c = 0; c < dim; c++) total[c] += weight * vector[c];
  }
  return total;
}

/** A vector of length 1 in the same direction: [D]. */
export function normalised(vector: Float32Array): Float32Array {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / norm);
}
