/**
 * Frames of many clips, row after row: what is compared with a query where no one vector stands for
 * a clip. ΣF is how many frames they have in all, D the width of a vector.
 *
 * @module
 */

/** A clip's frames as they are stored. */
export interface WeighedFrames {
  /** V_f: [F, D], not normalised. */
  readonly frames: Float32Array | Float16Array;
  /** θ_f, how much each frame weighs: [F]. */
  readonly frameWeights: Float32Array;
}

/** The frames of consecutive clips. */
export interface FrameRows {
  /** f̂, L2-normalised: [ΣF, D]. */
  readonly units: Float32Array;
  /** θ_f of every frame: [ΣF]. */
  readonly weights: Float32Array;
  /** F of each clip. */
  readonly counts: Uint32Array;
}

/** Lays the frames of clips out one behind the other. */
export function frameRows(clips: readonly WeighedFrames[], dim: number): FrameRows {
  const counts = Uint32Array.from(clips, ({ frameWeights }) => frameWeights.length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const units = new Float32Array(total * dim), weights = new Float32Array(total);
  let row = 0;
  for (const { frames, frameWeights } of clips) {
    units.set(frames, row * dim);
    weights.set(frameWeights, row);
    row += frameWeights.length;
  }
  normaliseRows(units, dim);
  return { units, weights, counts };
}

/**
 * S_sf of each clip over the frames that FFSM spots in it (eq. 3, 5). The weights of the spotted
 * frames are those of all frames scaled to a sum of one, since a softmax over some of its logits is
 * just that; so nothing of it but the cosines depends on the query.
 *
 * @param cosines Of the sentence and every frame: [ΣF].
 * @param ratio ħ: the share of a clip's frames that are kept.
 * @returns One a clip; 0 for a clip without frames.
 */
export function spottedSimilarity(
  cosines: Float32Array,
  { counts, weights }: FrameRows,
  ratio: number,
): Float32Array {
  const similarities = new Float32Array(counts.length);
  const best = new Uint32Array(counts.reduce((most, count) => Math.max(most, count), 0));
  let start = 0;
  counts.forEach((count, clip) => {
    const kept = Math.ceil(ratio * count); // N_f⁺
    let found = 0;
    for (let frame = start; frame < start + count; frame++) {
      let at = found;
      while (at > 0 && cosines[best[at - 1]] < cosines[frame]) at--;
      if (at === kept) continue;
      if (found < kept) found++;
      best.copyWithin(at + 1, at, found - 1);
      best[at] = frame;
    }
    let sum = 0, weight = 0;
    for (let i = 0; i < found; i++) {
      sum += weights[best[i]] * cosines[best[i]];
      weight += weights[best[i]];
    }
    similarities[clip] = weight > 0 ? sum / weight : 0;
    start += count;
  });
  return similarities;
}

/**
 * The cosine of each clip's nearest frame.
 *
 * @param cosines Of a vector and every frame: [ΣF].
 */
export function nearestSimilarity(cosines: Float32Array, { counts }: FrameRows): Float32Array {
  let start = 0;
  return Float32Array.from(counts, (count) => {
    const end = start + count;
    const own = cosines.subarray(start, end);
    start = end;
    return own.reduce((most, cosine) => Math.max(most, cosine), -Infinity);
  });
}

/** Brings every row of a matrix to length 1, in place; one that is nothing stays so. */
export function normaliseRows(rows: Float32Array, dim: number): void {
  for (let start = 0; start < rows.length; start += dim) {
    const row = rows.subarray(start, start + dim);
    let square = 0;
    for (let c = 0; c < dim; c++) square += row[c] ** 2;
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let c = 0; c < dim; c++) row[c] *= scale;
  }
}
