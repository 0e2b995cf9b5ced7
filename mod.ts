/**
 * Text-video retrieval: find the moment in any video by saying what happens in it.
 *
 * @example Index a folder and ask
 * ```ts
 * import { openIndex } from "./mod.ts";
 * import { sampleVideos } from "./tests/media/samples.ts";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await sampleVideos(`${folder}/videos`, 2);
 *
 * // A folder in Hugging Face layout, or a name such as clip-vit-b-32.
 * const model = "tests/vectors/clip/clip-tiny-quickgelu";
 * await using index = await openIndex(`${folder}/.fovea`, { model });
 * for await (const event of index.add([`${folder}/videos`])) {
 *   if (event.kind === "failed") console.error(event.error);
 * }
 *
 * const { moments } = await index.search("a dog runs along the beach", { top: 5 });
 * for (const { video, start, end, at, score } of moments) {
 *   console.log(score, video, start, end, at);
 * }
 * assert.equal(moments.length, 2);
 * ```
 *
 * @example Search by an image, and by what should not be there
 * ```ts
 * import { openIndex } from "./mod.ts";
 * import { sampleVideos } from "./tests/media/samples.ts";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * const [video] = await sampleVideos(folder, 2);
 * const model = "tests/vectors/clip/clip-tiny-quickgelu";
 * await using index = await openIndex(`${folder}/.fovea`, { model });
 * await Array.fromAsync(index.add([folder], { frames: 4 }));
 *
 * // A video stands for its first frame.
 * const { moments: [best] } = await index.search({ images: [video], not: ["night"] });
 * console.log(best.video, best.at);
 *
 * const { videos, clips, model: name } = await index.info();
 * assert.deepEqual([videos, clips], [2, 2]);
 * console.log(name);
 * assert.equal(await index.remove(video), 1);
 * ```
 *
 * @module
 */
export {
  type AddOptions,
  type ClipLooks,
  type IndexedVideo,
  type IndexInfo,
  openIndex,
  type OpenOptions,
  VideoIndex,
  type WatchOptions,
} from "./pipeline/video_index.ts";
export type { IndexEvent, IndexSummary } from "./pipeline/indexer.ts";
export type { Match } from "./pipeline/search/calibration.ts";
export type { ExplainedRound, ExplainedWord, Explanation } from "./pipeline/search/explanation.ts";
export type { ComparedClip } from "./pipeline/search/searcher.ts";
export type {
  FoundClip,
  Moment,
  Query,
  SearchOptions,
  SearchResult,
  Similarities,
} from "./pipeline/search/query.ts";
export type { DuplicateClip, DuplicateGroup } from "./pipeline/search/duplicates.ts";
export type { Alert } from "./store/alert_store.ts";
export { type AlertMatch, type AlertOptions, Alerts } from "./pipeline/alerts/alerts.ts";
export { postJson } from "./pipeline/alerts/post.ts";
export type { DownloadProgress } from "./models/registry.ts";
export type { Device } from "./pipeline/stages.ts";
export type { StoreInfo } from "./store/clip_store.ts";
export type { VideoClips } from "./store/video_clips.ts";
export type { Manifest } from "./store/manifest.ts";
export { parseShard, type Shard } from "./files/shard.ts";
export { type Check, diagnose } from "./pipeline/diagnose.ts";
