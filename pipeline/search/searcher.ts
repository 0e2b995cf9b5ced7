import { limitsOf } from "../../models/embedded.ts";
import { basename } from "node:path";
import type { Backend } from "../../kernels/backend.ts";
import { openBackend } from "../../kernels/open.ts";
import { openTextTower, type TextTower } from "../../models/clip/text.ts";
import type { TextTokens } from "../../models/clip/tokens.ts";
import type { Precision } from "../../models/clip/tower.ts";
import type { FrameRows } from "../../models/hvd/frame_rows.ts";
import { type Heads, loadHeads, type Similarity } from "../../models/hvd/heads.ts";
import { type Hit, type Query as PreparedText, Scorer } from "../../models/hvd/scorer.ts";
import type { ModelFiles } from "../../models/registry.ts";
import type { ClipStore } from "../../store/clip_store.ts";
import { VersionGoneError } from "../../store/failure.ts";
import type { ClipFrames } from "../../store/clip_vectors.ts";
import type { CoarseClips } from "../../store/coarse_clips.ts";
import type { Manifest } from "../../store/manifest.ts";
import type { SubtitleStore } from "../../store/subtitle_store.ts";
import { clipId } from "../../store/record.ts";
import { DecodePool } from "../decode/pool.ts";
import { Encoder } from "../encode/encoder.ts";
import type { Root } from "../root.ts";
import type { SubtitleLine } from "../subtitles/line.ts";
import { AllFrames } from "./all_frames.ts";
import { BACKGROUND_TEXTS } from "./background_texts.ts";
import { Calibration, type Match } from "./calibration.ts";
import { cosines, explainClip, type Explanation, spottedFrames } from "./explanation.ts";
import { allowedClips } from "./filter.ts";
import { fuse } from "./fusion.ts";
import { groupByVideo } from "./grouping.ts";
import { frameCosine, leastCosine, meanCosine, similarLength } from "./near_identical.ts";
import type {
  FoundClip,
  Moment,
  Query,
  SearchOptions,
  SearchResult,
  Similarities,
} from "./query.ts";
import { Speech, type SpeechHit } from "./speech.ts";
import { Spotters } from "./spotters.ts";

/** α: how much of the score of a text that should not match is taken off. */
const NOT_WEIGHT = 0.5;

/** What a {@linkcode Searcher} searches. */
export interface SearcherOptions {
  readonly store: ClipStore;
  readonly subtitles: SubtitleStore;
  readonly root: Root;
  readonly model: ModelFiles;
  readonly precision: Precision;
  /** Opens the text tower for a single query. */
  readonly oneShot: boolean;
  /** What decodes images. Defaults to `auto`: native where it loads. */
  readonly imageDecoder?: "auto" | "native" | "wasm";
}

/** A text of a query, and how its similarities count in the sum. */
interface TextPart {
  readonly text: PreparedText;
  readonly weight: number;
}

/** A vector and how it counts in a sum. */
interface Weighted {
  /** [D] */
  readonly vector: Float32Array;
  readonly weight: number;
}

/** An image of a query: its normalised frame vector [D]. */
interface ImagePart {
  readonly image: Float32Array;
  readonly weight: number;
}

interface Parts {
  readonly texts: readonly TextPart[];
  readonly images: readonly ImagePart[];
}

/** What opens images. */
interface ImageStages {
  readonly decode: DecodePool;
  readonly encode: Encoder;
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

/** How a search scores. */
interface Scoring {
  readonly mode: "skrr" | "hvd";
  readonly similarities: ReadonlySet<Similarity>;
}

/** What chance finds in one version of the index. */
interface Chance {
  readonly version: number;
  readonly calibration: Calibration;
}

/** A clip that was found, with the similarities that were taken one by one. */
interface Found extends Hit {
  readonly similarities: Similarities;
  readonly matched?: "speech" | "both";
}

/** What is said of a query, and where. */
interface Spoken {
  readonly speech: Speech;
  readonly text: string;
  readonly hits: readonly SpeechHit[];
}

const ALL: readonly Similarity[] = ["sentence_frame", "sentence_patch", "word_patch"];

/** Clips that are scored exactly, where no number is asked for. */
const CANDIDATES = 100;

/** Clips that are scored exactly to measure chance, and to compare a text with it. */
const CHANCE_CANDIDATES = 10;

/** Background texts whose scores are in memory at a time. */
const ASKED_AT_ONCE = 16;

/** Seconds that decoding an image may take. */
const IMAGE_TIME_LIMIT = 30;

/** Clips whose frames are read at a time to leave out near-identical ones. */
const COMPARED_AT_ONCE = 50;

/** How many further clips of a video are shown with its best. */
const MOST_OTHERS = 11;

/**
 * Searches an index in two stages. The first is of all clips: SKRR's sentence–frame and
 * sentence–patch are one inner product with a clip's stored one-vector forms, HVD's sentence–frame
 * is taken over the frames that the query spots. The second adds word–patch to the best of them,
 * which stay ahead of the rest.
 */
export class Searcher implements AsyncDisposable {
  readonly #options: SearcherOptions;
  readonly #heads: Heads;
  readonly #backend: Backend;
  readonly #scorer: Scorer;
  readonly #allFrames: AllFrames;
  #textTower?: Promise<TextTower>;
  #imageStages?: Promise<ImageStages>;
  #spotters?: Promise<Spotters>;
  #background?: readonly PreparedText[];
  #meanCosine?: { readonly version: number; readonly mean: number };
  #spoken?: { readonly version: string; readonly speech: Speech };
  #scoreChance?: Chance;
  #frameChance?: Chance;

  private constructor(options: SearcherOptions, heads: Heads, backend: Backend) {
    this.#options = options;
    this.#heads = heads;
    this.#backend = backend;
    this.#scorer = new Scorer(backend, heads);
    this.#allFrames = new AllFrames(options.store);
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
    const scoring = this.#scoring(query, options.mode, notices);
    const parts = await this.#parts(query, notices);

    // Without words none of the vectors is used: the usual form is likely in memory.
    const entities = parts.texts.length > 0
      ? scoring.similarities.has("sentence_patch")
      : this.#entitiesCount;
    const clips = await store.coarse({ entities });
    const imageScores = await this.#imageScores(parts.images, clips);
    const sentences = parts.texts.map(({ text, weight }) => ({ vector: text.sentence, weight }));
    const [textScores] = await this.#firstScores([sentences], scoring.mode, clips);
    const known = (index: number): Similarities =>
      scoring.mode === "hvd" ? { ...NONE, sentenceFrame: textScores[index] } : NONE;
    const scores = textScores.slice();
    imageScores?.forEach((score, i) => scores[i] += score);
    const allowed = allowedClips(clips, options, root);
    allowed?.forEach((pass, i) => pass || (scores[i] = -Infinity));
    for (const index of indicesOf(query.like ?? [], clips)) scores[index] = -Infinity;

    const hits = options.groupByVideo
      ? ranked(scores) // All: the second clip of the best video may be the last.
      : Scorer.highest(scores, Math.max(offset + top + 1, candidates));
    let found: Found[] = hits
      .filter(({ score }) => score > -Infinity)
      .map((hit) => ({ ...hit, similarities: known(hit.index) }));
    const best = found.slice(0, candidates);
    const exact = parts.texts.length > 0
      ? await this.#exact(best, parts.texts, scoring, clips, imageScores)
      : best;
    const match = await this.#match(parts, scoring, clips, best, exact);
    exact.sort((a, b) => b.score - a.score || a.index - b.index);
    found = [...exact, ...found.slice(candidates)];
    found = found.filter(({ score }) => score >= minScore);
    const speech = options.only === "picture" ? null : await this.#speech(query, clips);
    if (options.only === "speech") found = [];
    if (speech) found = this.#withSpeech(found, speech, scores, known, offset + top);
    if (options.dedupe) {
      const shown = (offset + top + 1) * (options.groupByVideo ? 1 + MOST_OTHERS : 1);
      found = await this.#distinct(found, clips, shown);
    }
    const groups = options.groupByVideo
      ? groupByVideo(found, clips.video)
      : found.map((hit) => [hit]);
    const page = groups.slice(offset, offset + top);
    return {
      query: describe(query, clips),
      model: store.manifest.model.name,
      moments: await this.#moments(page, offset, parts, scoring, clips, speech),
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
    this.#scoreChance = await again(() =>
      this.#chance(this.#scoreChance, (text, scoring, clips, best) => {
        const first = best.slice(0, CHANCE_CANDIDATES);
        return this.#bestScore([{ text, weight: 1 }], scoring, clips, first);
      })
    );
  }

  /**
   * The cosine of a text and a frame from which on a match is good; infinite for an empty index.
   */
  async leastGoodCosine(): Promise<number> {
    this.#frameChance = await again(() =>
      this.#chance(
        this.#frameChance,
        ({ sentence }, _, clips, best) => this.#nearestFrame(sentence, clips, best),
      )
    );
    return this.#frameChance?.calibration.leastGood ?? Infinity;
  }

  /**
   * What unrelated texts find.
   *
   * @param known What was measured last: it stands while the index is the same, or empty.
   * @param find Gives what a text finds among the clips that are best for it in the first stage.
   */
  async #chance(
    known: Chance | undefined,
    find: (
      text: PreparedText,
      scoring: Scoring,
      clips: CoarseClips,
      best: readonly Hit[],
    ) => Promise<number>,
  ): Promise<Chance | undefined> {
    const scoring = this.#usualScoring;
    const entities = scoring.similarities.has("sentence_patch");
    const clips = await this.#options.store.coarse({ entities });
    const { version } = clips;
    if (clips.length === 0 || known?.version === version) return known;
    const found: number[] = [];
    for (const texts of portions(await this.#backgroundTexts(), ASKED_AT_ONCE)) {
      const queries = texts.map(({ sentence }) => [{ vector: sentence, weight: 1 }]);
      const scores = await this.#firstScores(queries, scoring.mode, clips);
      for (const [i, text] of texts.entries()) {
        found.push(await find(text, scoring, clips, Scorer.highest(scores[i], CANDIDATES)));
      }
    }
    return { version, calibration: Calibration.of(found) };
  }

  /** Encodes an image once, for any number of searches: its normalised frame vector [D]. */
  async encodeImage(path: string): Promise<Float32Array> {
    this.#imageStages ??= this.#openImageStages();
    const { decode, encode } = await this.#imageStages.catch((error) => {
      // The next image tries again.
      this.#imageStages = undefined;
      throw error;
    });
    const signal = AbortSignal.timeout(1000 * IMAGE_TIME_LIMIT);
    const pixels = await decode.image(path, signal).catch((error) => {
      if (!signal.aborted) throw error;
      throw new Error(
        `Cannot decode ${path}: it takes more than ${IMAGE_TIME_LIMIT} s; make it smaller`,
        { cause: error },
      );
    });
    try {
      return normalised((await encode.encode(pixels)).frames);
    } catch (error) {
      this.#imageStages = undefined;
      decode[Symbol.dispose]();
      encode[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Compares the frames of a clip with what a query wants.
   *
   * @throws {Deno.errors.NotFound} If the clip is not in the index.
   */
  async compare(clip: string, query: Query | null): Promise<ComparedClip> {
    const { times, frames } = await this.#frames(clip);
    if (query === null) return { times, cosines: null, kept: null };
    const { dim } = this.#heads;
    const wanted = wantedOf(await this.#parts(query, []), dim);
    const similarity = cosines(normalised(wanted), frames, dim);
    return { times, cosines: similarity, kept: spottedFrames(similarity, this.#heads) };
  }

  /**
   * Explains why a text finds a clip.
   *
   * @throws {Deno.errors.NotFound} If the clip is not in the index.
   */
  async explain(clip: string, text: string): Promise<Explanation> {
    const [record] = await this.#options.store.records([clip]);
    if (!record) throw notIndexed(clip);
    const tokens = await this.#tokens(text);
    const prepared = await this.#scorer.prepare(tokens);
    return await explainClip(record, tokens, prepared, this.#heads, this.#scorer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What failed to open has told the search that asked for it, and left nothing to close.
    await this.#textTower?.then((tower) => tower.close(), () => {});
    await this.#imageStages?.then(({ decode, encode }) => {
      decode[Symbol.dispose]();
      encode[Symbol.dispose]();
    }, () => {});
    await this.#spotters?.then((spotters) => spotters[Symbol.dispose](), () => {});
    this.#backend.destroy();
  }

  /** Which similarities make up the score. They are of texts: pictures are scored in one way. */
  #scoring(
    { texts = [], not = [] }: Query,
    mode: "skrr" | "hvd" | undefined,
    notices: string[],
  ): Scoring {
    const { trained, similarities } = this.#heads;
    if (this.#heads.mode === "hvd") mode ??= "hvd";
    if (texts.length + not.length === 0) {
      return { mode: "skrr", similarities: new Set(["sentence_frame"]) };
    }
    if (mode === "hvd") {
      if (this.#options.store.manifest.parameters.keepPatches) {
        return { mode, similarities: new Set(["sentence_frame", "word_patch"]) };
      }
      notices.push(
        "The index keeps no patches, so hvd scores sentence–frame over the spotted frames " +
          "alone; index with --keep-patches for its word–patch similarity",
      );
      return { mode, similarities: new Set(["sentence_frame"]) };
    }
    if (trained) return { mode: "skrr", similarities: new Set(similarities) };
    // Asked for by name, the patches count even where nothing aligned them with text.
    if (mode === "skrr") return { mode, similarities: new Set(ALL) };
    notices.push(
      "The model has no trained heads, so only sentence–frame similarity counts; " +
        "--mode skrr adds the patches",
    );
    return { mode: "skrr", similarities: new Set(["sentence_frame"]) };
  }

  /** Encodes the texts and images of a query. */
  async #parts(
    { texts = [], images = [], like = [], not = [] }: Query,
    notices: string[],
  ): Promise<Parts> {
    const positive = texts.length + images.length + like.length;
    if (positive === 0) throw new RangeError("Cannot search: expected a text, an image or a clip");
    const parts = { texts: [] as TextPart[], images: [] as ImagePart[] };
    for (const text of texts) {
      parts.texts.push({ weight: 1 / positive, text: await this.#encodeText(text, notices) });
    }
    for (const text of not) {
      const weight = -NOT_WEIGHT / not.length;
      parts.texts.push({ weight, text: await this.#encodeText(text, notices) });
    }
    for (const image of images) {
      const vector = typeof image === "string" ? await this.encodeImage(image) : image;
      parts.images.push({ weight: 1 / positive, image: vector });
    }
    for (const clip of like) {
      parts.images.push({ weight: 1 / positive, image: await this.#looks(clip) });
    }
    return parts;
  }

  /** Whether the entities count in the first stage of a search that asks for no other mode. */
  get #entitiesCount(): boolean {
    return this.#heads.similarities.includes("sentence_patch");
  }

  /** What a clip looks like: the mean direction of its frames [D]. */
  async #looks(clip: string): Promise<Float32Array> {
    const { dim } = this.#heads;
    const { times, frames } = await this.#frames(clip);
    const directions = Array.from(times, (_, f) => ({
      vector: normalised(Float32Array.from(frames.subarray(f * dim, (f + 1) * dim))),
      weight: 1,
    }));
    return normalised(weightedSum(directions, dim));
  }

  async #frames(clip: string): Promise<ClipFrames> {
    const [frames] = await this.#options.store.frames([clip]);
    if (!frames) throw notIndexed(clip);
    return frames;
  }

  async #tokens(text: string): Promise<TextTokens> {
    if (text.trim() === "") throw new RangeError("Cannot search for an empty text");
    const { model, precision, oneShot } = this.#options;
    this.#textTower ??= openTextTower(model, { precision, oneShot });
    try {
      return await (await this.#textTower).encode(text);
    } catch (error) {
      // The next text tries again.
      this.#textTower = undefined;
      throw error;
    }
  }

  async #backgroundTexts(): Promise<readonly PreparedText[]> {
    if (this.#background) return this.#background;
    const texts: PreparedText[] = [];
    for (const text of BACKGROUND_TEXTS) {
      texts.push(await this.#scorer.prepare(await this.#tokens(text)));
    }
    return this.#background = texts;
  }

  /**
   * How the best score of what the texts want, without pictures and what is not wanted, compares with
   * what chance finds; null where chance was not measured, or not in this way of scoring.
   *
   * @param best The candidates after the first stage, best first.
   * @param exact The same after the second.
   */
  async #match(
    { texts, images }: Parts,
    scoring: Scoring,
    clips: CoarseClips,
    best: readonly Hit[],
    exact: readonly Hit[],
  ): Promise<Match | null> {
    const wanted = texts.filter(({ weight }) => weight > 0);
    const usual = this.#usualScoring;
    const isUsual = scoring.mode === usual.mode &&
      scoring.similarities.symmetricDifference(usual.similarities).size === 0;
    const chance = this.#scoreChance?.calibration;
    if (!chance || wanted.length === 0 || !isUsual) return null;
    if (wanted.length === texts.length && images.length === 0) {
      const first = new Set(best.slice(0, CHANCE_CANDIDATES).map(({ index }) => index));
      return chance.match(highestScore(exact.filter(({ index }) => first.has(index))));
    }
    const whole = wanted.reduce((sum, { weight }) => sum + weight, 0);
    const alone = wanted.map(({ text, weight }) => ({ text, weight: weight / whole }));
    const sentences = alone.map(({ text, weight }) => ({ vector: text.sentence, weight }));
    const [scores] = await this.#firstScores([sentences], scoring.mode, clips);
    const hits = best.map(({ index }) => ({ index, score: scores[index] }))
      .sort((a, b) => b.score - a.score);
    const first = hits.slice(0, CHANCE_CANDIDATES);
    return chance.match(await this.#bestScore(alone, scoring, clips, first));
  }

  /** The highest exact score of some clips; −∞ where there are none. */
  async #bestScore(
    texts: readonly TextPart[],
    scoring: Scoring,
    clips: CoarseClips,
    hits: readonly Hit[],
  ): Promise<number> {
    const found = hits.map((hit) => ({ ...hit, similarities: NONE }));
    return highestScore(await this.#exact(found, texts, scoring, clips, null));
  }

  /** How a single text is scored where nothing else is asked for. */
  get #usualScoring(): Scoring {
    return this.#scoring({ texts: [""] }, undefined, []);
  }

  /** The cosine of a vector and the nearest frame of some clips; −∞ where there are none. */
  async #nearestFrame(
    vector: Float32Array,
    clips: CoarseClips,
    some: readonly Hit[],
  ): Promise<number> {
    const stored = await this.#options.store.frames(some.map(({ index }) => idOf(clips, index)));
    const frames = stored.flatMap((clip) => clip ? [clip.frames] : []);
    const nearest = await this.#scorer.bestFrames(vector, frames);
    return nearest.reduce((most, { score }) => Math.max(most, score), -Infinity);
  }

  async #encodeText(text: string, notices: string[]): Promise<PreparedText> {
    const tokens = await this.#tokens(text);
    if (tokens.truncated) {
      notices.push(
        `The text is longer than the ${tokens.wordCount} tokens that the model reads; ` +
          `its end was cut: "${text.slice(0, 40)}…"`,
      );
    }
    return await this.#scorer.prepare(tokens);
  }

  async #openImageStages(): Promise<ImageStages> {
    const { model, precision, imageDecoder = "auto" } = this.#options;
    const { imageSize } = model.config.vision;
    const threads = navigator.hardwareConcurrency;
    using opened = new DisposableStack();
    const decode = opened.use(
      await DecodePool.open({ decoder: imageDecoder, workers: 1, imageSize }),
    );
    const encode = await Encoder.open(model, {
      providers: ["cpu"],
      sessions: 1,
      threads,
      precision,
    });
    opened.move();
    return { decode, encode };
  }

  /**
   * The first stage: T̂_s·(u + e) or T̂_s·u of every clip, or S_sf over the frames that a sentence
   * spots in it.
   *
   * @param queries Each a weighted sum of sentences.
   * @returns For each query one a clip. [N]
   */
  async #firstScores(
    queries: readonly (readonly Weighted[])[],
    mode: Scoring["mode"],
    clips: CoarseClips,
  ): Promise<Float32Array[]> {
    if (mode === "hvd") {
      return await this.#allFrames.compared(
        clips,
        queries.length,
        (rows) =>
          Promise.all(
            queries.map((sentences) =>
              weightedScores(sentences, rows, (sentence) => this.#scorer.spotFrames(sentence, rows))
            ),
          ),
      );
    }
    const scores: Float32Array[] = [];
    for (const sentences of queries) {
      // Weighted sums of products are one product.
      scores.push(
        sentences.length > 0
          ? await this.#scorer.coarse(weightedSum(sentences, clips.dim), clips.vectors)
          : new Float32Array(clips.length),
      );
    }
    return scores;
  }

  /** The best frame's cosine of every clip: no one vector stands for single frames. */
  async #imageScores(
    images: readonly ImagePart[],
    clips: CoarseClips,
  ): Promise<Float32Array | null> {
    if (images.length === 0) return null;
    const vectors = images.map(({ image, weight }) => ({ vector: image, weight }));
    const [scores] = await this.#allFrames.compared(clips, 1, async (rows) => [
      await weightedScores(vectors, rows, (image) => this.#scorer.nearestFrames(image, rows)),
    ]);
    return scores;
  }

  /** The second stage: word–patch similarity of the best clips, where it counts. */
  async #exact(
    best: readonly Found[],
    texts: readonly TextPart[],
    { mode, similarities }: Scoring,
    clips: CoarseClips,
    imageScores: Float32Array | null,
  ): Promise<Found[]> {
    if (!similarities.has("word_patch")) return [...best];
    return mode === "hvd"
      ? await this.#spotted(best, texts, clips, imageScores)
      : await this.#withWords(best, texts, clips);
  }

  /** SKRR's sampling: adds the word–patch similarity to the other two, which are exact already. */
  async #withWords(
    best: readonly Found[],
    texts: readonly TextPart[],
    clips: CoarseClips,
  ): Promise<Found[]> {
    const entities = await this.#options.store.entities(best.map((hit) => idOf(clips, hit.index)));
    // A clip that was removed since the first stage has none.
    const stored = best.filter((_, i) => entities[i] !== null);
    const sums = new Float32Array(stored.length);
    for (const { text, weight } of texts) {
      const scores = await this.#scorer.wordPatch(text, entities.filter((it) => it !== null));
      scores.forEach((score, i) => sums[i] += weight * score);
    }
    return stored.map(({ index, score, similarities }, i) => ({
      index,
      score: score + sums[i],
      similarities: { ...similarities, wordPatch: sums[i] },
    }));
  }

  /** HVD: every text partitions the frames of every clip. */
  async #spotted(
    best: readonly Found[],
    texts: readonly TextPart[],
    clips: CoarseClips,
    imageScores: Float32Array | null,
  ): Promise<Found[]> {
    const { model } = this.#options;
    this.#spotters ??= Spotters.open(model.dir, model.config.dim);
    const spotters = await this.#spotters;
    const batches = portions(best, SPOTTED_AT_ONCE);
    const found: Found[][] = [];
    const spotNext = async () => {
      for (let batch; (batch = batches.shift());) {
        found.push(await this.#spotBatch(spotters, batch, texts, clips, imageScores));
      }
    };
    try {
      // One batch more than there are workers: it is read while they compute.
      await Promise.all(Array.from({ length: spotters.size + 1 }, spotNext));
    } catch (error) {
      // The next search has new ones.
      this.#spotters = undefined;
      spotters[Symbol.dispose]();
      throw error;
    }
    return found.flat();
  }

  async #spotBatch(
    spotters: Spotters,
    batch: readonly Found[],
    texts: readonly TextPart[],
    clips: CoarseClips,
    imageScores: Float32Array | null,
  ): Promise<Found[]> {
    const { store } = this.#options;
    const ids = batch.map(({ index }) => idOf(clips, index));
    const [frames, patches] = await Promise.all([store.frames(ids), store.patches(ids)]);
    const stored = batch.flatMap(({ index }, i) => {
      const clip = frames[i];
      return clip ? [{ index, frames: clip.frames, patches: patches[i] }] : [];
    });
    const sums = stored.map(() => NONE);
    for (const { text, weight } of texts) {
      const spotted = await spotters.spot(
        text,
        stored.map(({ frames, patches }) => ({ frames, patches: patches?.slice() ?? null })),
      );
      spotted.forEach(({ sentenceFrame, wordPatch }, i) => {
        const more = { sentenceFrame, sentencePatch: null, wordPatch };
        sums[i] = addWeighted(sums[i], more, weight);
      });
    }
    return stored.map(({ index }, i) => {
      const { sentenceFrame, wordPatch } = sums[i];
      const score = sentenceFrame! + (wordPatch ?? 0) + (imageScores?.[index] ?? 0);
      return { index, score, similarities: sums[i] };
    });
  }

  /**
   * Leaves out clips that are near-identical to a better one.
   *
   * @param wanted How many are enough.
   */
  async #distinct(
    found: readonly Found[],
    clips: CoarseClips,
    wanted: number,
  ): Promise<Found[]> {
    if (this.#meanCosine?.version !== clips.version) {
      const mean = meanCosine(clips.vectors, clips.dim);
      this.#meanCosine = { version: clips.version, mean };
    }
    const least = leastCosine(this.#meanCosine.mean);
    const lengthOf = (index: number) => clips.end[index] - clips.start[index];
    const kept: { readonly hit: Found; readonly frames: ClipFrames }[] = [];
    for (const batch of portions(found, COMPARED_AT_ONCE)) {
      const stored = await this.#options.store.frames(batch.map(({ index }) => idOf(clips, index)));
      batch.forEach((hit, i) => {
        const frames = stored[i];
        // A clip that was removed since it was found has none.
        if (!frames) return;
        const seen = kept.some((other) =>
          similarLength(lengthOf(other.hit.index), lengthOf(hit.index)) &&
          frameCosine(other.frames, frames) >= least
        );
        if (!seen) kept.push({ hit, frames });
      });
      if (kept.length >= wanted) break;
    }
    return kept.map(({ hit }) => hit);
  }

  /** The clips in which the words of a query are said; null where none are. */
  async #speech({ texts = [] }: Query, clips: CoarseClips): Promise<Spoken | null> {
    if (texts.length === 0) return null;
    const version = `${clips.version} ${await this.#options.subtitles.version()}`;
    if (this.#spoken?.version !== version) {
      const speech = new Speech(clips, await this.#options.subtitles.words());
      this.#spoken = { version, speech };
    }
    const { speech } = this.#spoken;
    const text = texts.join(" ");
    const hits = speech.rank(text);
    return hits.length === 0 ? null : { speech, text, hits };
  }

  /**
   * Joins what is seen and what is said into one ranking.
   *
   * @param scores Of what is seen, of all clips; −∞ where a filter leaves one out.
   * @param known The similarities of a clip that only its words have found.
   * @param shown How many of the best are shown: what is seen fits a clip that is among so many.
   */
  #withSpeech(
    found: readonly Found[],
    { hits }: Spoken,
    scores: Float32Array,
    known: (index: number) => Similarities,
    shown: number,
  ): Found[] {
    const said = hits.filter(({ index }) => scores[index] > -Infinity)
      .map(({ index, coverage }) => ({ index, weight: coverage }));
    const spoken = new Set(said.map(({ index }) => index));
    const seen = new Map(found.map((hit, i) => [hit.index, { hit, rank: i }]));
    return fuse(found, said).map((index) => {
      const { hit, rank } = seen.get(index) ??
        { hit: { index, score: scores[index], similarities: known(index) }, rank: Infinity };
      if (!spoken.has(index)) return hit;
      return { ...hit, matched: rank < shown ? "both" : "speech" };
    });
  }

  /** What is shown of the clips of a page: of each group, the best and some others. */
  async #moments(
    page: readonly (readonly Found[])[],
    offset: number,
    parts: Parts,
    scoring: Scoring,
    clips: CoarseClips,
    speech: Spoken | null,
  ): Promise<Moment[]> {
    const shown = page.map((group) => group.slice(0, 1 + MOST_OTHERS));
    const described = (await this.#foundClips(shown.flat(), parts, scoring, clips, speech))
      .values();
    const moments: Moment[] = [];
    shown.forEach((group, i) => {
      // A clip that was removed since it was found is passed over.
      const [best, ...others] = group.map(() => described.next().value!).filter((it) =>
        it !== null
      );
      if (best) moments.push({ ...best, rank: offset + i + 1, others });
    });
    return moments;
  }

  /** The line of each clip that says most of the query; null where none does. */
  async #lines(
    found: readonly Found[],
    speech: Spoken | null,
  ): Promise<(SubtitleLine | null)[]> {
    const places = found.map(({ index, matched }) =>
      matched && speech ? speech.speech.bestLine(index, speech.text) : null
    );
    const videos = places.flatMap((place) => place ? [place.video] : []);
    const lines = await this.#options.subtitles.lines(videos);
    return places.map((place) => {
      // What was read anew since it was found may have fewer lines.
      const text = place && lines.get(place.video)?.[place.line];
      return text ? { start: place.start, end: place.end, text } : null;
    });
  }

  /** What is shown of clips, in their order; null for one that was removed since it was found. */
  async #foundClips(
    found: readonly Found[],
    parts: Parts,
    scoring: Scoring,
    clips: CoarseClips,
    speech: Spoken | null,
  ): Promise<(FoundClip | null)[]> {
    const { store, root } = this.#options;
    const stored = await store.frames(found.map(({ index }) => idOf(clips, index)));
    const frames = stored.flatMap((clip) => clip ? [clip.frames] : []);
    const best = await this.#scorer.bestFrames(wantedOf(parts, clips.dim), frames);
    const bestFrames = best.values();
    const lines = await this.#lines(found, speech);
    return found.map(({ index, score, similarities, matched }, i) => {
      const clip = stored[i];
      if (!clip) return null;
      const { index: nearest, score: cosine } = bestFrames.next().value!;
      const line = lines[i];
      const frame = matched === "speech" && line ? frameAt(clip.times, line.start) : nearest;
      const { path, duration, created } = clips.videos[clips.video[index]];
      return {
        clip: idOf(clips, index),
        video: root.toFile(path),
        path,
        start: clips.start[index],
        end: clips.end[index],
        at: clip.times[frame],
        frame,
        cosine,
        score,
        similarities: addPooled(similarities, parts.texts, clip, scoring.similarities),
        matched: matched ?? "picture",
        line,
        duration,
        created: created === null ? null : new Date(created),
      };
    });
  }
}

function highestScore(hits: readonly Hit[]): number {
  return hits.reduce((most, { score }) => Math.max(most, score), -Infinity);
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

/** The last frame that is not after a time; the first where all are. */
function frameAt(times: Float64Array, seconds: number): number {
  return Math.max(0, times.findLastIndex((time) => time <= seconds));
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

/** Few, so that no worker is without one while another has several: 5 MB of B/32's patches. */
const SPOTTED_AT_ONCE = 8;

const NONE: Similarities = { sentenceFrame: null, sentencePatch: null, wordPatch: null };

/** Fills in the similarities that the one-vector forms of a clip give. */
function addPooled(
  known: Similarities,
  texts: readonly TextPart[],
  { framesPooled, entitiesPooled }: ClipFrames,
  wanted: ReadonlySet<Similarity>,
): Similarities {
  if (texts.length === 0) return known;
  const product = (pooled: Float32Array) =>
    texts.reduce((sum, { text, weight }) => {
      return sum + weight * Scorer.products(text.sentence, [pooled])[0];
    }, 0);
  return {
    sentenceFrame: known.sentenceFrame ??
      (wanted.has("sentence_frame") ? product(framesPooled) : null),
    sentencePatch: wanted.has("sentence_patch") ? product(entitiesPooled) : null,
    wordPatch: known.wordPatch,
  };
}

/** total + weight · more, one by one; what neither has stays null. */
function addWeighted(total: Similarities, more: Similarities, weight: number): Similarities {
  const add = (a: number | null, b: number | null) => b === null ? a : (a ?? 0) + weight * b;
  return {
    sentenceFrame: add(total.sentenceFrame, more.sentenceFrame),
    sentencePatch: add(total.sentencePatch, more.sentencePatch),
    wordPatch: add(total.wordPatch, more.wordPatch),
  };
}

function weightedSum(parts: readonly Weighted[], dim: number): Float32Array {
  const total = new Float32Array(dim);
  for (const { vector, weight } of parts) {
    for (let c = 0; c < dim; c++) total[c] += weight * vector[c];
  }
  return total;
}

/** A sum of scores, one a clip. */
async function weightedScores(
  parts: readonly Weighted[],
  { counts }: FrameRows,
  scoresOf: (vector: Float32Array) => Promise<Float32Array>,
): Promise<Float32Array> {
  const sums = new Float32Array(counts.length);
  for (const { vector, weight } of parts) {
    (await scoresOf(vector)).forEach((score, i) => sums[i] += weight * score);
  }
  return sums;
}

/** The direction of what a query wants, of any length: [D]. */
function wantedOf({ texts, images }: Parts, dim: number): Float32Array {
  return weightedSum([
    ...texts.filter(({ weight }) => weight > 0)
      .map(({ text, weight }) => ({ vector: text.sentence, weight })),
    ...images.map(({ image, weight }) => ({ vector: image, weight })),
  ], dim);
}

function normalised(vector: Float32Array): Float32Array {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / norm);
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
  return Array.from(clips.video.keys()).filter((index) => ids.includes(idOf(clips, index)));
}

function notIndexed(clip: string): Error {
  return new Deno.errors.NotFound(`Cannot find the clip ${clip}: it is not in the index`);
}

function idOf(clips: CoarseClips, index: number): string {
  return clipId(clips.videos[clips.video[index]].video, clips.clip[index]);
}

function portions<T>(values: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let i = 0; i < values.length; i += size) result.push(values.slice(i, i + size));
  return result;
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
