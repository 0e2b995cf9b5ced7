/**
 * Every query of a data set against every video of it, by the code that searches.
 *
 * A score is made of the query's own tokens and the video's own tokens: which caption belongs to
 * which video is looked at by the metrics alone, and word weights come from the query.
 *
 * @module
 */
import type { Features } from "../features/features.ts";
import type { Backend } from "../kernels/backend.ts";
import type { FrameTokens } from "../models/clip/tokens.ts";
import { frameRows, type WeighedFrames } from "../models/hvd/frame_rows.ts";
import type { Heads, Similarity } from "../models/hvd/heads.ts";
import { clustersOf } from "../models/hvd/pfcm.ts";
import { Reducer } from "../models/hvd/reducer.ts";
import { type EntityTokens, type Query, Scorer } from "../models/hvd/scorer.ts";
import type { SimilarityMatrix } from "./similarity_matrix.ts";

/** How to score. */
export interface ScoreOptions {
  /**
   * `skrr` compares each query with the whole video, whose patches PFCM compresses once. `hvd`
   * partitions every video by every query that it is scored against.
   */
  readonly mode: "skrr" | "hvd";
  /** What a score of `skrr` is the sum of. Defaults to the heads' own; `hvd` has two of its own. */
  readonly similarities?: readonly Similarity[];
  /**
   * K: `hvd` takes word–patch of so many videos of each query, since a pair costs a run of PFCM:
   * those that are best by sentence–frame over the frames that it spots. The others follow behind,
   * in the order of that similarity. Defaults to 100.
   */
  readonly candidates?: number;
  /** Told how many steps of how many are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Scores all pairs.
 *
 * @param heads Their width must be that of the features.
 * @returns A row a caption, a column a video.
 * @throws {RangeError} If the heads are of another width, or a video has more patches than the
 * kernels take.
 */
export async function scoreFeatures(
  features: Features,
  heads: Heads,
  backend: Backend,
  options: ScoreOptions,
): Promise<SimilarityMatrix> {
  if (features.dim !== heads.dim) {
    throw new RangeError(
      `Cannot score tokens of ${features.dim} with heads for tokens of ${heads.dim}`,
    );
  }
  const { captions, videos } = features;
  const values = new Float32Array(captions.length * videos.length);
  const scoring = new Scoring(features, heads, backend, options, values);
  const exact = options.mode === "hvd" ? await scoring.hvd() : await scoring.skrr();
  return {
    queries: captions.length,
    videos: videos.length,
    values,
    exact,
    videoOf: Int32Array.from(captions, ({ video }) => video),
  };
}

/** Entities of videos in memory at a time. */
const BLOCK_BYTES = 512 * 1024 ** 2;

/** Videos that are reduced, or partitioned by one query, at a time. */
const VIDEOS_AT_ONCE = 32;

/** Below any exact score, which is the sum of two means of cosines. */
const BEHIND = 4;

class Scoring {
  readonly #features: Features;
  readonly #heads: Heads;
  readonly #reducer: Reducer;
  readonly #scorer: Scorer;
  readonly #similarities: ReadonlySet<Similarity>;
  readonly #options: ScoreOptions;
  readonly #values: Float32Array;
  #done = 0;

  constructor(
    features: Features,
    heads: Heads,
    backend: Backend,
    options: ScoreOptions,
    values: Float32Array,
  ) {
    this.#features = features;
    this.#heads = heads;
    this.#reducer = new Reducer(backend, heads);
    this.#scorer = new Scorer(backend, heads);
    this.#similarities = new Set(options.similarities ?? heads.similarities);
    this.#options = options;
    this.#values = values;
  }

  /** SKRR's sampling: S_sf + S_sp + S_wp, or those of them that are asked for, on whole videos. */
  async skrr(): Promise<undefined> {
    const { captions, videos } = this.#features;
    const block = Math.max(1, Math.floor(BLOCK_BYTES / this.#entityBytes()));
    const blocks = Math.ceil(videos.length / block);
    const total = videos.length + blocks * captions.length;
    for (let start = 0; start < videos.length; start += block) {
      const count = Math.min(block, videos.length - start);
      const { pooled, entities } = await this.#reduce(start, count, total);
      for (let q = 0; q < captions.length; q++) {
        const query = await this.#query(q);
        const scores = this.#values.subarray(q * videos.length + start).subarray(0, count);
        if (pooled) scores.set(await this.#scorer.coarse(query.sentence, pooled));
        if (entities) {
          const words = await this.#scorer.wordPatch(query, entities);
          words.forEach((score, i) => scores[i] += score);
        }
        this.#advance(1, total);
      }
    }
  }

  /** What the entities of a video take up, as halves. */
  #entityBytes(): number {
    const { frames, patches, dim } = this.#features;
    const { rounds, keepRatio } = this.#heads.parameters;
    let tokens = frames * patches;
    for (let r = 0; r < rounds; r++) tokens = clustersOf(tokens, keepRatio);
    return tokens * dim * Float16Array.BYTES_PER_ELEMENT;
  }

  /** The query-independent side of some videos, as an index keeps it. */
  async #reduce(
    start: number,
    count: number,
    total: number,
  ): Promise<{ pooled: Float32Array | null; entities: EntityTokens[] | null }> {
    const { dim } = this.#features;
    const has = (similarity: Similarity) => this.#similarities.has(similarity);
    const pooled = has("sentence_frame") || has("sentence_patch")
      ? new Float32Array(count * dim)
      : null;
    const entities: EntityTokens[] = [];
    for (let first = 0; first < count; first += VIDEOS_AT_ONCE) {
      const size = Math.min(VIDEOS_AT_ONCE, count - first);
      const clips = Array.from({ length: size }, (_, i) => this.#clip(start + first + i));
      if (has("sentence_patch") || has("word_patch")) {
        const reduced = await this.#reducer.reduce(clips);
        reduced.forEach((clip, i) => {
          if (has("sentence_frame")) add(pooled!, clip.framesPooled, first + i);
          if (has("sentence_patch")) add(pooled!, clip.entitiesPooled, first + i);
          // Halves, as an index stores them.
          const halves = new Float16Array(clip.entities);
          if (has("word_patch")) entities.push({ ...clip, entities: halves });
        });
      } else {
        const frames = await this.#reducer.poolFrames(clips.map((clip) => clip.frames));
        frames.forEach((u, i) => add(pooled!, u, first + i));
      }
      this.#advance(size, total);
    }
    return { pooled, entities: has("word_patch") ? adjacent(entities) : null };
  }

  /**
   * HVD: S_sf + S_wp over the frames that FFSM spots in each video for each query.
   *
   * @returns Which pairs were scored exactly.
   */
  async hvd(): Promise<Uint8Array> {
    const { captions, videos, dim } = this.#features;
    const candidates = Math.min(this.#options.candidates ?? 100, videos.length);
    const total = videos.length + captions.length;
    const weighed: WeighedFrames[] = [];
    for (let first = 0; first < videos.length; first += VIDEOS_AT_ONCE) {
      const size = Math.min(VIDEOS_AT_ONCE, videos.length - first);
      const frames = Array.from({ length: size }, (_, i) => this.#clip(first + i).frames);
      const weights = await this.#reducer.weighFrames(frames);
      weighed.push(...frames.map((own, i) => ({ frames: own, frameWeights: weights[i] })));
      this.#advance(size, total);
    }
    const rows = frameRows(weighed, dim);
    const exact = new Uint8Array(captions.length * videos.length);
    for (let q = 0; q < captions.length; q++) {
      const query = await this.#query(q);
      const scores = this.#values.subarray(q * videos.length, (q + 1) * videos.length);
      const coarse = await this.#scorer.spotFrames(query.sentence, rows);
      scores.set(coarse.map((score) => score - BEHIND));
      const best = Scorer.highest(coarse, candidates);
      for (let first = 0; first < best.length; first += VIDEOS_AT_ONCE) {
        const some = best.slice(first, first + VIDEOS_AT_ONCE);
        const spotted = await this.#scorer.spot(query, some.map(({ index }) => this.#clip(index)));
        spotted.forEach(({ sentenceFrame, wordPatch }, i) => {
          scores[some[i].index] = sentenceFrame + wordPatch!;
          exact[q * videos.length + some[i].index] = 1;
        });
      }
      this.#advance(1, total);
    }
    return exact;
  }

  /** A video without the padding behind its frames. */
  #clip(i: number): FrameTokens {
    const { dim, patches: patchesPerFrame } = this.#features;
    const { frames, patches, frameCount } = this.#features.video(i);
    return {
      frameCount,
      patchesPerFrame,
      dim,
      frames: frames.subarray(0, frameCount * dim),
      patches: patches.subarray(0, frameCount * patchesPerFrame * dim),
    };
  }

  async #query(i: number): Promise<Query> {
    const { sentence, words, wordCount } = this.#features.caption(i);
    const own = words.subarray(0, wordCount * this.#features.dim);
    return await this.#scorer.prepare({ sentence, words: own });
  }

  #advance(steps: number, total: number): void {
    this.#done += steps;
    this.#options.onProgress?.(this.#done, total);
  }
}

/** Adds a row to row `i` of a matrix. */
function add(matrix: Float32Array, row: Float32Array, i: number): void {
  const start = i * row.length;
  for (let c = 0; c < row.length; c++) matrix[start + c] += row[c];
}

/** The same entities one behind the other, where the kernels read them without copying. */
function adjacent(clips: readonly EntityTokens[]): EntityTokens[] {
  const size = clips.reduce((sum, { entities }) => sum + entities.length, 0);
  const all = new Float16Array(size);
  let start = 0;
  return clips.map(({ entities, entityWeights }) => {
    all.set(entities, start);
    start += entities.length;
    return { entities: all.subarray(start - entities.length, start), entityWeights };
  });
}
