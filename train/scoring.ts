/**
 * Scores every text against every video with a method's weights as they are in training: the same
 * traced functions as the loss is made of, without their gradients.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import { numpy as np } from "@jax-js/jax";
import { type ArraySpec, toOnnx } from "../autodiff/to_onnx.ts";
import type { SimilarityMatrix } from "../eval/similarity_matrix.ts";
import type { Features } from "../features/features.ts";
import { openSession } from "../onnx/session.ts";
import type { MethodSettings } from "./configuration.ts";
import { textArrays, videoArrays } from "./feature_batch.ts";
import {
  type BatchShape,
  batchSpecs,
  compare,
  methodParameters,
  split,
  type TextSide,
  textSide,
  type VideoSide,
  videoSide,
  wholeVideo,
} from "./method_objective.ts";
import type { Arrays, ParameterValues } from "./parameters.ts";
import { sentenceSimilarity, unit } from "./similarity.ts";

/** Texts and videos that are scored at a time. */
const BLOCK = 32;

/** Scores with weights that are given each time. */
export interface MethodScorer {
  /**
   * Without a full path, each text partitions each of the K videos that are nearest to it by the
   * mean of their frames; the others follow behind, in that order.
   */
  score(weights: ParameterValues): Promise<SimilarityMatrix>;
  close(): Promise<void>;
}

/**
 * Opens a scorer over a split.
 *
 * @param candidates K, for methods without a full path.
 */
export async function openScorer(
  features: Features,
  settings: MethodSettings,
  candidates: number,
): Promise<MethodScorer> {
  const shape: BatchShape = {
    batch: BLOCK,
    frames: features.frames,
    patches: features.patches,
    words: features.words,
    recovered: 0,
    dim: features.dim,
  };
  const whole: MethodSettings = { ...settings, recoverPath: false, captionsAsPositives: false };
  const specs = batchSpecs(shape, whole);
  const parameters = methodParameters(shape.dim, 0, settings);
  const weightSpecs: Record<string, ArraySpec> = Object.fromEntries(
    Object.entries(parameters).map((
      [name, { shape }],
    ) => [`weights.${name}`, { shape, type: "float32" }]),
  );
  const own = (arrays: Arrays): Arrays =>
    Object.fromEntries(Object.keys(parameters).map((name) => [name, arrays[`weights.${name}`]]));
  const pick = (...names: string[]) => Object.fromEntries(names.map((name) => [name, specs[name]]));
  const [texts, videos] = [
    pick("sentences", "words", "wordMask"),
    pick("frames", "frameMask", "patches"),
  ];
  const total = (text: TextSide, video: VideoSide): np.Array =>
    settings.similarities.map((similarity) => compare(similarity, text, video))
      .reduce((sum, matrix) => sum.add(matrix));

  const open = async (
    name: string,
    inputs: Record<string, ArraySpec>,
    run: (weights: Arrays, arrays: Arrays) => np.Array,
  ) => {
    const model = toOnnx(
      name,
      { ...inputs, ...weightSpecs },
      (arrays) => ({ scores: run(own(arrays), arrays) }),
    );
    return await openSession(model);
  };
  const coarse = await open("coarse", { ...texts, ...videos }, (_, arrays) => {
    const { frames, frameMask } = arrays;
    const weights = frameMask.ref.div(frameMask.ref.sum(1, { keepdims: true }));
    return sentenceSimilarity(unit(arrays.sentences.ref), unit(frames.ref), weights);
  });
  // All texts against whole videos, or each text against its own partition of the video beside it.
  const exact = settings.fullPath
    ? await open(
      "whole",
      { ...texts, ...videos },
      (weights, arrays) =>
        total(
          textSide(weights, arrays, whole),
          videoSide(weights, wholeVideo(arrays), whole),
        ),
    )
    : await open("spotted", { ...texts, ...videos }, (weights, arrays) => {
      const scores = total(
        textSide(weights, arrays, whole),
        videoSide(weights, split(arrays, whole).spotted, whole),
      );
      return scores.mul(np.eye(BLOCK)).sum(1);
    });

  const run = async (
    session: ort.InferenceSession,
    weights: ParameterValues,
    captions: readonly number[],
    videos: readonly number[],
  ): Promise<Float32Array> => {
    const arrays = {
      ...textArrays(features, captions),
      ...videoArrays(features, videos),
    };
    const feeds: Record<string, ort.Tensor> = {};
    for (const name of session.inputNames) {
      feeds[name] = name.startsWith("weights.")
        ? new ort.Tensor("float32", weights[name.slice(8)], weightSpecs[name].shape)
        : new ort.Tensor("float32", arrays[name as keyof typeof arrays], specs[name].shape);
    }
    return (await session.run(feeds)).scores.data as Float32Array;
  };

  const { length: Q } = features.captions, { length: N } = features.videos;
  const all = async (session: ort.InferenceSession, weights: ParameterValues) => {
    const values = new Float32Array(Q * N);
    for (let q = 0; q < Q; q += BLOCK) {
      for (let n = 0; n < N; n += BLOCK) {
        const scores = await run(session, weights, from(q, Q), from(n, N));
        for (let i = 0; i < BLOCK && q + i < Q; i++) {
          for (let j = 0; j < BLOCK && n + j < N; j++) {
            values[(q + i) * N + n + j] = scores[i * BLOCK + j];
          }
        }
      }
    }
    return values;
  };

  return {
    async score(weights) {
      let values: Float32Array;
      if (settings.fullPath) values = await all(exact, weights);
      else {
        values = await all(coarse, weights);
        const pairs = nearest(values, Q, N, candidates);
        // Behind every exact score, which is a sum of means of cosines.
        const BEHIND = 2 * settings.similarities.length;
        for (let i = 0; i < values.length; i++) values[i] -= BEHIND;
        for (let at = 0; at < pairs.length; at += BLOCK) {
          const block = from(at, pairs.length).map((i) => pairs[i]);
          const scores = await run(
            exact,
            weights,
            block.map(([q]) => q),
            block.map(([, n]) => n),
          );
          block.forEach(([q, n], i) => values[q * N + n] = scores[i]);
        }
      }
      return {
        queries: Q,
        videos: N,
        values,
        videoOf: Int32Array.from(features.captions, ({ video }) => video),
      };
    },
    async close() {
      await Promise.all([coarse.release(), exact.release()]);
    },
  };
}

/** BLOCK numbers from `start`; the last one again where there are fewer. */
function from(start: number, end: number): number[] {
  return Array.from({ length: BLOCK }, (_, i) => Math.min(start + i, end - 1));
}

/** The `count` best columns of every row. */
function nearest(
  values: Float32Array,
  rows: number,
  columns: number,
  count: number,
): [row: number, column: number][] {
  const pairs: [number, number][] = [];
  for (let row = 0; row < rows; row++) {
    const scores = values.subarray(row * columns, (row + 1) * columns);
    const order = [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b);
    for (const column of order.slice(0, count)) pairs.push([row, column]);
  }
  return pairs;
}
