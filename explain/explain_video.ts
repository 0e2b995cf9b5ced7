/**
 * Why a text fits a video, or does not: everything of the method that can be drawn, of a file that
 * need not be in any index. What it computes is what an index would store and a search would score.
 *
 * @module
 */
import { MAX_TOKENS } from "../kernels/backend.ts";
import { openBackend } from "../kernels/open.ts";
import { openTextTower } from "../models/clip/text.ts";
import type { FrameTokens, TextTokens } from "../models/clip/tokens.ts";
import { loadHeads } from "../models/hvd/heads.ts";
import { Reducer } from "../models/hvd/reducer.ts";
import { Scorer } from "../models/hvd/scorer.ts";
import {
  type DownloadProgress,
  type ModelFiles,
  resolveDefaultModel,
  resolveModel,
} from "../models/registry.ts";
import { type DecodedClip, DecodePool } from "../pipeline/decode/pool.ts";
import { Encoder } from "../pipeline/encode/encoder.ts";
import { explainClip, type Explanation } from "../pipeline/search/explanation.ts";
import { usualScoring } from "../pipeline/search/scoring.ts";
import { compareMethods, type MethodScore } from "./compare_methods.ts";
import { explainableClip } from "./explainable_clip.ts";

/** What to explain a video with. */
export interface ExplainOptions {
  /** A name of the registry, `hf:OWNER/REPO`, or a folder. Defaults to what a new index takes. */
  readonly model?: string;
  /** N_f, spread over the video; fewer only where it has fewer. Defaults to 12. */
  readonly frames?: number;
  /** Whether to score by mean pooling and by HVD too. */
  readonly compare?: boolean;
  /** What decodes. Defaults to `auto`: native where it loads. */
  readonly decoder?: "auto" | "native" | "wasm";
  /** Told how far the download of a model is. */
  readonly onDownload?: DownloadProgress;
  /** Told what the user should know. */
  readonly onNotice?: (message: string) => void;
}

/** A video and a text, explained. F is the number of its frames. */
export interface ExplainedVideo {
  readonly text: string;
  /** The file. */
  readonly video: string;
  /** Seconds; null for a picture. */
  readonly duration: number | null;
  /** What the model is called. */
  readonly model: string;
  /** What the trained heads are called; null without them. */
  readonly heads: string | null;
  /** A JPEG of each frame, whole: [F]. */
  readonly pictures: readonly Uint8Array[];
  readonly explanation: Explanation;
  /** Mean pooling, HVD and SKRR; null where they were not asked for. */
  readonly methods: readonly MethodScore[] | null;
}

/** Width of the pictures in pixels: twice the largest that is drawn. */
const PICTURE_WIDTH = 320;

/**
 * Explains how a text fits a video, the whole of which is taken for one clip.
 *
 * @throws {RangeError} If the text is empty, or there are more frames than the kernels take.
 * @throws {Error} If the model cannot be had or the video cannot be decoded; in one line.
 */
export async function explainVideo(
  text: string,
  video: string,
  options: ExplainOptions,
): Promise<ExplainedVideo> {
  if (text.trim() === "") throw new RangeError("Cannot explain an empty text");
  const { frames = 12, onNotice = () => {} } = options;
  const resolve = { onProgress: options.onDownload };
  const model = options.model === undefined
    ? await resolveDefaultModel(resolve, onNotice)
    : await resolveModel(options.model, resolve);
  const { dim, vision } = model.config;
  const most = Math.floor(MAX_TOKENS / vision.patches);
  if (frames > most) {
    throw new RangeError(
      `Cannot take ${frames} frames of ${vision.patches} patches: the clustering takes at most ` +
        `${MAX_TOKENS} patches, so at most --frames ${most}`,
    );
  }
  const heads = await loadHeads(model.dir, dim);
  const { clip, duration } = await decodeWhole(video, frames, model, options.decoder ?? "auto");
  const tokens = await encodeText(text, model);
  if (tokens.truncated) {
    onNotice(
      `The text is longer than the ${tokens.wordCount} tokens that the model reads; ` +
        "its end was cut",
    );
  }
  // Empty from here on: the encoder takes the pixels.
  const { times, pictures, pixels } = clip;
  const frameTokens = await encodeFrames(pixels, model);

  const backend = await openBackend("cpu");
  try {
    const reducer = new Reducer(backend, heads);
    const scorer = new Scorer(backend, heads);
    const explainer = { tokens, text: await scorer.prepare(tokens), heads, reducer, scorer };
    const [reduced] = await reducer.reduce([frameTokens]);
    const explained = explainableClip(video, times, frameTokens, reduced);
    return {
      text,
      video,
      duration,
      model: model.name,
      heads: heads.name,
      pictures,
      // An index keeps the patches that its heads are searched by.
      explanation: await explainClip(explained, usualScoring(heads, true), explainer),
      methods: options.compare ? await compareMethods(explained, explainer) : null,
    };
  } finally {
    backend.destroy();
  }
}

async function decodeWhole(
  video: string,
  frames: number,
  model: ModelFiles,
  decoder: "auto" | "native" | "wasm",
) {
  const { imageSize } = model.config.vision;
  using pool = await DecodePool.open({ decoder, workers: 1, imageSize });
  const request = { frames, segment: "whole", thumbnailWidth: PICTURE_WIDTH } as const;
  let duration: number | null = null;
  for await (const event of pool.decode(video, request)) {
    if (event.kind === "video") duration = event.info.duration;
    else return { clip: picturesOf(event), duration };
  }
  throw new Error("unreachable: a video without clips fails");
}

function picturesOf({ times, pixels, thumbnails }: DecodedClip) {
  return { times, pixels, pictures: thumbnails };
}

async function encodeFrames(pixels: Uint8Array, model: ModelFiles): Promise<FrameTokens> {
  using encoder = await Encoder.open(model, {
    providers: ["cpu"],
    precision: "f32",
    sessions: 1,
    threads: navigator.hardwareConcurrency,
  });
  return await encoder.encode(pixels);
}

async function encodeText(text: string, model: ModelFiles): Promise<TextTokens> {
  const tower = await openTextTower(model, { precision: "f32", oneShot: true });
  try {
    return await tower.encode(text);
  } finally {
    await tower.close();
  }
}
