import type { ClipLooks, SearchOptions, SearchResult, VideoIndex } from "../mod.ts";
import { placeAmong, PLACED_AMONG } from "./place_among.ts";
import { layOut } from "./plane.ts";

/** All clips of an index on a plane. */
export interface ClipMap {
  /** In the order of their videos' paths, then of time. Positions are from 0 to 1. */
  readonly clips: readonly (ClipLooks["clips"][number] & {
    readonly x: number;
    readonly y: number;
  })[];
  /** How they were laid out, in a few words. */
  readonly how: string;
  readonly query: MappedQuery | null;
}

/** A text on the map: among the clips that fit it best. */
export interface MappedQuery {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  /** Best first. */
  readonly best: readonly { readonly clip: string; readonly score: number }[];
}

/**
 * Lays out all clips of an index by what they look like: near-identical ones lie together. Texts
 * lie apart from all pictures in CLIP's space, so a query is placed among the clips that fit it
 * best.
 *
 * @returns The same for the same index.
 * @throws {Error} If there is no index, it is empty, or its model cannot be opened for the query.
 *
 * @example
 * ```ts
 * import { openIndex } from "../mod.ts";
 * import { sampleVideos } from "../tests/media/samples.ts";
 * import { mapClips } from "./map_clips.ts";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await sampleVideos(folder, 2);
 * const model = "tests/vectors/clip/clip-tiny-quickgelu";
 * await using index = await openIndex(`${folder}/.fovea`, { model });
 * await Array.fromAsync(index.add([folder], { frames: 2 }));
 *
 * const { clips, query } = await mapClips(index, { query: "a dog" });
 * assert.equal(clips.length, 2);
 * assert.equal(query?.best.length, 2);
 * ```
 */
export async function mapClips(
  index: VideoIndex,
  { query }: { readonly query?: string } = {},
): Promise<ClipMap> {
  const { clips, dim, vectors } = await index.looks();
  if (clips.length === 0) {
    throw new Error('Cannot map the index: it holds no clips; add some with "index PATH"');
  }
  const { positions, how } = layOut(vectors, dim);
  const placed = clips.map((clip, i) => ({
    ...clip,
    x: positions[2 * i],
    y: positions[2 * i + 1],
  }));
  return {
    clips: placed,
    how,
    query: query === undefined
      ? null
      : placeQuery(query, await index.search(query, PLACING), placed),
  };
}

/** How what a text is placed among is searched for. */
export const PLACING: SearchOptions = { top: PLACED_AMONG + 1, only: "picture" };

/**
 * Places a text among the clips that fit it best.
 *
 * @param found What a search with {@linkcode PLACING} found.
 * @param clips All clips of the map.
 * @returns Null if none of what was found is on the map.
 */
export function placeQuery(
  text: string,
  { moments }: SearchResult,
  clips: ClipMap["clips"],
): MappedQuery | null {
  const places = new Map(clips.map((clip) => [clip.clip, clip]));
  const place = placeAmong(moments, (clip) => places.get(clip));
  if (!place) return null;
  const best = moments.slice(0, PLACED_AMONG).map(({ clip, score }) => ({ clip, score }));
  return { text, ...place, best };
}
