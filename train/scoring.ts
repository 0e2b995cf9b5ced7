/**
 * Scores every text against every video with a method's weights as they are in training: the same
 * traced functions as the loss is made of, without their gradients.
 *
 * @module
 */
import { numpy as np } from "@jax-js/jax";
import * as ort from "onnxruntime-node";
import { type ArraySpec, toOnnx } from "../autodiff/to_onnx.ts";
import type { SimilarityMatrix } from "../eval/similarity_matrix.ts";
import type { Features } from "../features/features.ts";
import { openSession } from "../onnx/session.ts";
import type { WeighedTokens } from "./aggregation.ts";
import type { MethodSettings } from "./configuration.ts";
import { textArrays, videoArrays } from "./feature_batch.ts";
import {
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
import { spottedSimilarity } from "./partition.ts";

/** Texts or videos that are computed at a time. */
const BLOCK = 32;

/** Scores with weights that are given each time. */
export interface MethodScorer {
  /**
   * All pairs. Without a full path, each text partitions each of the K videos that are best by
   * sentence–frame over the frames that it spots, whichever video it belongs to; the others follow
   * behind, in that order.
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
  method: MethodSettings,
  candidates: number,
): Promise<MethodScorer> {
  const settings: MethodSettings = { ...method, recoverPath: false, captionsAsPositives: false };
  const { captions, videos, dim, frames, patches, words } = features;
  const shape = { batch: BLOCK, frames, patches, words, recovered: 0, dim };
  const specs = batchSpecs(shape, settings);
  const weightSpecs = Object.fromEntries(
    Object.entries(methodParameters(dim, 0, settings))
      .map(([name, { shape }]): [string, ArraySpec] => [name, { shape, type: "float32" }]),
  );
  const of = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, specs[name]]));
  const texts = of(["sentences", "words", "wordMask"]);
  const clips = of(["frames", "frameMask", "patches"]);
  const open = (
    name: string,
    inputs: Record<string, ArraySpec>,
    run: (arrays: Arrays) => Arrays,
  ) => Traced.open(name, { ...inputs, ...weightSpecs }, run);

  const sumOf = (weights: Arrays, text: TextSide, video: VideoSide): np.Array =>
    settings.similarities.map((similarity) => compare(weights, similarity, text, video))
      .reduce((sum, matrix) => sum.add(matrix));
  const textSession = await open("texts", texts, (arrays) => {
    const { raw, sentences, words } = textSide(arrays, arrays, settings);
    return {
      "text.raw": raw,
      "text.sentences": sentences,
      ...(words ? prefixed("text.words", words) : {}),
    };
  });
  const videoSession = await open("videos", clips, (arrays) => {
    const { raw, frames, entities } = videoSide(arrays, wholeVideo(arrays), settings);
    return {
      "video.raw": raw,
      ...prefixed("video.frames", frames),
      ...(entities ? prefixed("video.entities", entities) : {}),
    };
  });
  const compareSession = await open(
    "compare",
    { ...textSession.outputs, ...videoSession.outputs },
    (arrays) => ({
      scores: sumOf(
        arrays,
        {
          raw: arrays["text.raw"],
          sentences: arrays["text.sentences"],
          words: unprefixed("text.words", arrays),
        },
        {
          raw: arrays["video.raw"],
          frames: unprefixed("video.frames", arrays)!,
          entities: unprefixed("video.entities", arrays),
        },
      ),
    }),
  );
  const coarseSession = await open("coarse", { ...texts, ...clips }, (arrays) => {
    const alone: MethodSettings = { ...settings, similarities: ["sentence_frame"] };
    const { sentences } = textSide(arrays, arrays, alone);
    const { frames } = videoSide(arrays, wholeVideo(arrays), alone);
    return { scores: spottedSimilarity(sentences, frames, settings.spotRatio) };
  });
  const spotSession = await open("spotted", { ...texts, ...clips }, (arrays) => ({
    scores: sumOf(
      arrays,
      textSide(arrays, arrays, settings),
      videoSide(arrays, split(arrays, settings).spotted, settings),
    ).mul(np.eye(BLOCK)).sum(1),
  }));
  const sessions = [textSession, videoSession, compareSession, coarseSession, spotSession];

  const Q = captions.length, N = videos.length;
  /** Fills a matrix block by block. */
  const blocks = async (
    scoresOf: (queries: number[], clips: number[]) => Promise<Float32Array>,
  ) => {
    const values = new Float32Array(Q * N);
    for (let n = 0; n < N; n += BLOCK) {
      for (let q = 0; q < Q; q += BLOCK) {
        const scores = await scoresOf(from(q, Q), from(n, N));
        for (let i = 0; i < BLOCK && q + i < Q; i++) {
          for (let j = 0; j < BLOCK && n + j < N; j++) {
            values[(q + i) * N + n + j] = scores[i * BLOCK + j];
          }
        }
      }
    }
    return values;
  };

  const whole = async (weights: ParameterValues): Promise<Float32Array> => {
    const encodedTexts: Record<string, Float32Array>[] = [];
    for (let q = 0; q < Q; q += BLOCK) {
      encodedTexts.push(
        await textSession.run({ ...textArrays(features, from(q, Q)), ...weights }),
      );
    }
    let first = -1;
    let encodedVideos: Record<string, Float32Array> = {};
    return await blocks(async ([q], clips) => {
      if (clips[0] !== first) {
        first = clips[0];
        encodedVideos = await videoSession.run({ ...videoArrays(features, clips), ...weights });
      }
      const feeds = { ...encodedTexts[q / BLOCK], ...encodedVideos, ...weights };
      return (await compareSession.run(feeds)).scores;
    });
  };

  const spotted = async (
    weights: ParameterValues,
  ): Promise<{ values: Float32Array; exact: Uint8Array }> => {
    const arrays = (queries: number[], clips: number[]) => ({
      ...textArrays(features, queries),
      ...videoArrays(features, clips),
      ...weights,
    });
    const values = await blocks(async (queries, clips) =>
      (await coarseSession.run(arrays(queries, clips))).scores
    );
    const pairs = nearest(values, Q, N, candidates);
    const exact = new Uint8Array(values.length);
    for (const [q, n] of pairs) exact[q * N + n] = 1;
    // Behind every exact score, which is a sum of means of cosines.
    const behind = 2 * settings.similarities.length;
    for (let i = 0; i < values.length; i++) values[i] -= behind;
    for (let at = 0; at < pairs.length; at += BLOCK) {
      const block = from(at, pairs.length).map((i) => pairs[i]);
      const feeds = arrays(block.map(([q]) => q), block.map(([, n]) => n));
      const { scores } = await spotSession.run(feeds);
      block.forEach(([q, n], i) => values[q * N + n] = scores[i]);
    }
    return { values, exact };
  };

  return {
    async score(weights) {
      const scores = settings.fullPath ? { values: await whole(weights) } : await spotted(weights);
      const videoOf = Int32Array.from(captions, ({ video }) => video);
      return { queries: Q, videos: N, ...scores, videoOf };
    },
    async close() {
      for (const session of sessions) await session.close();
    },
  };
}

/** A traced function as a session. */
class Traced {
  /** What it gives, as another takes it. */
  readonly outputs: Readonly<Record<string, ArraySpec>>;
  readonly #session: ort.InferenceSession;
  readonly #inputs: Readonly<Record<string, ArraySpec>>;

  private constructor(
    session: ort.InferenceSession,
    inputs: Readonly<Record<string, ArraySpec>>,
    outputs: Readonly<Record<string, ArraySpec>>,
  ) {
    this.#session = session;
    this.#inputs = inputs;
    this.outputs = outputs;
  }

  static async open(
    name: string,
    inputs: Readonly<Record<string, ArraySpec>>,
    run: (arrays: Arrays) => Arrays,
  ): Promise<Traced> {
    const outputs: Record<string, ArraySpec> = {};
    const model = toOnnx(name, inputs, (arrays) => {
      const results = run(arrays);
      for (const [output, { shape }] of Object.entries(results)) {
        outputs[output] = { shape, type: "float32" };
      }
      return results;
    });
    return new Traced(await openSession(model), inputs, outputs);
  }

  /** @param arrays At least the inputs. */
  async run(arrays: Readonly<Record<string, Float32Array>>): Promise<Record<string, Float32Array>> {
    const feeds = Object.fromEntries(
      this.#session.inputNames.map((name) => [
        name,
        new ort.Tensor("float32", arrays[name], this.#inputs[name].shape),
      ]),
    );
    const results = await this.#session.run(feeds);
    return Object.fromEntries(
      Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]),
    );
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

function prefixed(name: string, { tokens, mask, weights }: WeighedTokens): Arrays {
  return { [`${name}.tokens`]: tokens, [`${name}.mask`]: mask, [`${name}.weights`]: weights };
}

function unprefixed(name: string, arrays: Arrays): WeighedTokens | null {
  if (!(`${name}.tokens` in arrays)) return null;
  return {
    tokens: arrays[`${name}.tokens`],
    mask: arrays[`${name}.mask`],
    weights: arrays[`${name}.weights`],
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
