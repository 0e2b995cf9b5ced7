/**
 * Text-video retrieval: find the moment in any video by saying what happens in it.
 *
 * @module
 */
export {
  type AddOptions,
  openIndex,
  type OpenOptions,
  VideoIndex,
} from "./pipeline/video_index.ts";
export type { IndexEvent, IndexSummary } from "./pipeline/indexer.ts";
export type {
  Moment,
  Query,
  SearchOptions,
  SearchResult,
  Similarities,
} from "./pipeline/search/query.ts";
export { parseShard, type Shard } from "./files/shard.ts";
export { type Check, diagnose } from "./pipeline/diagnose.ts";
export type { IndexInfo } from "./pipeline/video_index.ts";
