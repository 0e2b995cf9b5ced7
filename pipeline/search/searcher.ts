import { basename } from "node:path";
import type { Backend } from "../../kernels/backend.ts";
import { openBackend } from "../../kernels/open.ts";
import { limitsOf } from "../../models/embedded.ts";
import { type Heads, loadHeads } from "../../models/hvd/heads.ts";
import { Reducer } from "../../models/hvd/reducer.ts";
import { type Hit, Scorer } from "../../models/hvd/scorer.ts";
import type { ClipStore } from "../../store/clip_store.ts";
import { type CoarseClips, idOfClip } from "../../store/coarse_clips.ts";
import { VersionGoneError } from "../../store/failure.ts";
import type { Manifest } from "../../store/manifest.ts";
import type { SubtitleStore } from "../../store/subtitle_store.ts";
import type { Root } from "../root.ts";
import { Chance } from "./chance.ts";
import { Distinct } from "./distinct.ts";
import { normalised, sentencesOf, wantedOf } from "./encoded_query.ts";
import { cosines, explainClip, type Explanation, spottedFrames } from "./explanation.ts";
import { allowedClips } from "./filter.ts";
import { FirstStage } from "./first_stage.ts";
import { type Found, NONE } from "./found.ts";
import { groupByVideo } from "./grouping.ts";
import { indexedFrames, indexedRecord } from "./indexed_clip.ts";
import { Moments, MOST_OTHERS } from "./moments.ts";
import type { Query, SearchOptions, SearchResult, Similarities } from "./query.ts";
import { QueryEncoder, type QueryEncoderOptions } from "./query_encoder.ts";
import { SaidWords, withSaid } from "./said.ts";
import { scoringOf, usualScoring } from "./scoring.ts";
import { SecondStage } from "./second_stage.ts";

/** What a {@linkcode Searcher} searches. */
export interface SearcherOptions extends QueryEncoderOptions {
  readonly store: ClipStore;
  readonly subtitles: SubtitleStore;
  readonly root: Root;
}

/** The frames of a clip beside a query. */
export interface ComparedClip {
  /** Seconds of the video: [F]. */
  readonly times: Float64Array;
  /** The cosine of the query and each frame: [F]; null where there is no query. */
  readonly cosines: Float32Array | null;
  /** Which frames FFSM keeps for the query: [F]; null where there is no query. */
  readonly kept: readonly boolean[] | null;
}

/** Clips that are scored exactly, where no number is asked for. */
const CANDIDATES = 100;

/**
 * Searches an index in two stages: the first is of all clips, the second adds word–patch similarity
 * to the best of them, which stay ahead of the rest.
 */
export class Searcher implements AsyncDisposable {
  readonly #options: SearcherOptions;
  readonly #heads: Heads;
  readonly #backend: Backend;
  readonly #scorer: Scorer;
  readonly #reducer: Reducer;
  readonly #encoder: QueryEncoder;
  readonly #first: FirstStage;
  readonly #second: SecondStage;
  readonly #chance: Chance;
  readonly #distinct: Distinct;
  readonly #moments: Moments;
  readonly #said: SaidWords;

  private constructor(options: SearcherOptions, heads: Heads, backend: Backend) {
    const { store, subtitles, root, model } = options;
    this.#options = options;
    this.#heads = heads;
    this.#backend = backend;
    const scorer = this.#scorer = new Scorer(backend, heads);
    this.#reducer = new Reducer(backend, heads);
    const encoder = this.#encoder = new QueryEncoder(options, store, scorer);
    const first = this.#first = new FirstStage(store, scorer);
    const second = this.#second = new SecondStage(store, scorer, model);
    const scoring = usualScoring(heads, this.#keepPatches);
    this.#chance = new Chance({ store, scorer, encoder, first, second, scoring });
    this.#distinct = new Distinct(store);
    this.#said = new SaidWords(subtitles);
    this.#moments = new Moments(store, subtitles, root, scorer);
  }

  /**
   * Prepares a search; towers open when the first text or image needs them.
   *
   * @throws {Error} If the heads beside the model are not those that the index was made with.
   */
  static async open(options: SearcherOptions): Promise<Searcher> {
    const { model, store } = options;
    const heads = await loadHeads(model.dir, model.config.dim);
    checkHeads(heads, store.manifest.heads);
    return new Searcher(options, heads, await openBackend("cpu"));
  }

  /** Finds the moments that fit a query best. */
  async search(query: Query, options: SearchOptions = {}): Promise<SearchResult> {
    return await again(() => this.#search(query, options));
  }

  async #search(query: Query, options: SearchOptions): Promise<SearchResult> {
    const { top = 10, offset = 0, candidates = CANDIDATES, minScore = -Infinity } = options;
    const { store, root } = this.#options;
    const limits = limitsOf(this.#options.model.name);
    const notices: string[] = limits === null ? [] : [limits];
    const scoring = scoringOf(query, options.mode, this.#heads, this.#keepPatches, notices);
    const encoded = await this.#encoder.encode(query, notices);
    const { texts, images } = encoded;

    // Without words none of the vectors is used: the usual form is likely in memory.
    const entities = texts.length > 0
      ? scoring.similarities.has("sentence_patch")
      : this.#heads.similarities.includes("sentence_patch");
    const clips = await store.coarse({ entities });
    const imageScores = await this.#first.images(images, clips);
    const [textScores] = await this.#first.texts([sentencesOf(texts)], scoring.mode, clips);
    const known = (index: number): Similarities =>
      scoring.mode === "hvd" ? { ...NONE, sentenceFrame: textScores[index] } : NONE;
    const scores = textScores.slice();
    imageScores?.forEach((score, i) => scores[i] += score);
    const allowed = allowedClips(clips, options, root);
    allowed?.forEach((pass, i) => pass || (scores[i] = -Infinity));
    for (const index of indicesOf(query.like ?? [], clips)) scores[index] = -Infinity;

    // All: the second clip of the best video, or the next one that differs, may be the last.
    const hits = options.groupByVideo || options.dedupe
      ? ranked(scores)
      : Scorer.highest(scores, Math.max(offset + top + 1, candidates));
    let found: Found[] = hits
      .filter(({ score }) => score > -Infinity)
      .map((hit) => ({ ...hit, similarities: known(hit.index) }));
    const best = found.slice(0, candidates);
    const exact = texts.length > 0
      ? await this.#second.exact(best, texts, scoring, clips, imageScores)
      : best;
    const match = await this.#chance.match(encoded, scoring, clips, best, exact);
    exact.sort((a, b) => b.score - a.score || a.index - b.index);
    found = [...exact, ...found.slice(candidates)];
    found = found.filter(({ score }) => score >= minScore);
    const said = options.only === "picture" ? null : await this.#said.of(query, clips);
    if (options.only === "speech") found = [];
    if (said) found = withSaid(found, said, scores, known, offset + top);
    if (options.dedupe) {
      const shown = (offset + top + 1) * (options.groupByVideo ? 1 + MOST_OTHERS : 1);
      found = await this.#distinct.among(found, clips, shown);
    }
    const groups = options.groupByVideo
      ? groupByVideo(found, clips.video)
      : found.map((hit) => [hit]);
    const page = { groups: groups.slice(offset, offset + top), offset };
    return {
      query: describe(query, clips),
      model: store.manifest.model.name,
      moments: await this.#moments.read({ ...page, query: encoded, scoring, clips, said }),
      more: groups.length > offset + top,
      match,
      notices,
    };
  }

  /**
   * Measures what chance finds in the index as it is: from then on results say how good a match
   * they are. Costs nothing where the index has not changed since.
   */
  async calibrate(): Promise<void> {
    await again(() => this.#chance.measure());
  }

  /**
   * The cosine of a text and a frame from which on a match is good; infinite for an empty index.
   */
  async leastGoodCosine(): Promise<number> {
    return await again(() => this.#chance.leastGoodCosine());
  }

  /** Encodes an image once, for any number of searches: its normalised frame vector [D]. */
  async encodeImage(path: string): Promise<Float32Array> {
    return await this.#encoder.image(path);
  }

  /**
   * Compares the frames of a clip with what a query wants.
   *
   * @throws {Deno.errors.NotFound} If the clip is not in the index.
   */
  async compare(clip: string, query: Query | null): Promise<ComparedClip> {
    const { times, frames } = await indexedFrames(this.#options.store, clip);
    if (query === null) return { times, cosines: null, kept: null };
    const { dim } = this.#heads;
    const wanted = wantedOf(await this.#encoder.encode(query, []), dim);
    const similarity = cosines(normalised(wanted), frames, dim);
    return { times, cosines: similarity, kept: spottedFrames(similarity, this.#heads) };
  }

  /**
   * Explains why a text finds a clip, in the way that a search scores it where no mode is asked for.
   *
   * @throws {Deno.errors.NotFound} If the clip is not in the index.
   */
  async explain(clip: string, text: string): Promise<Explanation> {
    const record = await indexedRecord(this.#options.store, clip);
    const tokens = await this.#encoder.tokens(text);
    return await explainClip(record, usualScoring(this.#heads, this.#keepPatches), {
      tokens,
      text: await this.#scorer.prepare(tokens),
      heads: this.#heads,
      reducer: this.#reducer,
      scorer: this.#scorer,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#encoder[Symbol.asyncDispose]();
    await this.#second[Symbol.asyncDispose]();
    this.#backend.destroy();
  }

  get #keepPatches(): boolean {
    return this.#options.store.manifest.parameters.keepPatches;
  }
}

/** Reads once more where another process has just removed the version that was being read. */
async function again<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof VersionGoneError) return await read();
    throw error;
  }
}

/** Refuses heads other than those of the index: its vectors and weights come from them. */
function checkHeads(found: Heads, wanted: Manifest["heads"]): void {
  if (found.fingerprint === (wanted?.fingerprint ?? null)) return;
  const own = wanted?.name ?? "none", other = found.name ?? "none";
  throw new Error(
    `Cannot search: the index was made with the heads "${own}" and the model's folder has ` +
      (own === other ? "others of that name" : `"${other}"`) +
      "; put those of the index back, or index again with --rebuild",
  );
}

/** All scores in falling order, ties by lowest index. */
function ranked(scores: Float32Array): Hit[] {
  const order = Uint32Array.from(scores, (_, index) => index)
    .sort((a, b) => scores[b] - scores[a] || a - b);
  return Array.from(order, (index) => ({ index, score: scores[index] }));
}

/** Where clips are among all; those that are not there are left out. */
function indicesOf(ids: readonly string[], clips: CoarseClips): number[] {
  if (ids.length === 0) return [];
  return Array.from(clips.video.keys()).filter((index) => ids.includes(idOfClip(clips, index)));
}

/** A query in one line, such as `a dog runs + beach.jpg + like walk.mp4 − at night`. */
function describe(
  { texts = [], images = [], like = [], not = [] }: Query,
  clips: CoarseClips,
): string {
  const wanted = [
    ...texts,
    ...images.map((image) => typeof image === "string" ? basename(image) : "image"),
    ...indicesOf(like, clips).map((i) => `like ${basename(clips.videos[clips.video[i]].path)}`),
  ].join(" + ");
  return [wanted, ...not].join(" − ");
}
