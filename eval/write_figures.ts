import { join } from "node:path";
import type { CaptionedVideos } from "../data/captioned_videos.ts";
import { toPage } from "../figures/page.ts";
import { DecodePool } from "../pipeline/decode/pool.ts";
import { retrievalSheet, type SheetCase } from "./figures/retrieval_sheet.ts";
import { type NamedMatrix, similarityDistributions } from "./figures/similarity_distributions.ts";
import { type RetrievedCase, retrievedCases } from "./retrieved_cases.ts";

/** Queries of each kind on a sheet. */
const CASES = 10;

/** Frames of a video on a sheet. */
const FRAMES = 3;

/** Twice what a sheet shows, for fine screens. */
const PICTURE_WIDTH = 320;

/**
 * Writes pictures of an evaluation into a folder: `similarities.svg`, the distributions of
 * similarities (SKRR, figure 4), and `retrieved.html`, queries with what they found (figure 7).
 *
 * @param data What was evaluated; its videos are the columns of the matrix.
 * @param own The similarities, and what they are of: the model and the way of scoring.
 * @param others Those of other models on the same data, drawn above for the distributions alone.
 * @returns The files.
 * @throws {Error} If a file cannot be written, or a video not be decoded.
 */
export async function writeFigures(
  dir: string,
  data: CaptionedVideos,
  own: NamedMatrix,
  others: readonly NamedMatrix[] = [],
): Promise<string[]> {
  const { name: how, matrix } = own;
  await Deno.mkdir(dir, { recursive: true });
  const name = `${data.name}, ${data.split}`;
  const scope = !matrix.exact
    ? "all pairs"
    : others.length === 0
    ? "pairs that were scored exactly"
    : "of the last, pairs that were scored exactly";
  const distributions = similarityDistributions({
    title: `Similarities on ${name}`,
    note: `${matrix.queries} captions, ${matrix.videos} videos; ${scope}.`,
    panels: [...others, own],
  });
  const { successes, failures } = retrievedCases(matrix, CASES);
  const pictures = await picturesOf(data, [...successes, ...failures]);
  const texts = data.videos.flatMap(({ captions }) => captions);
  const sheet = (of: readonly RetrievedCase[]): SheetCase[] =>
    of.map(({ query, found }) => ({
      query: texts[query],
      videos: found.map(({ video, ...place }) => ({
        ...place,
        name: data.videos[video].name,
        pictures: pictures.get(video)!,
      })),
    }));
  const title = `What captions find on ${name}`;
  const retrieved = retrievalSheet({
    title,
    note: `${how}. Chosen evenly from all captions: at most ${CASES} of those whose video comes ` +
      `first, and at most ${CASES} of the others. The right video is framed in green.`,
    successes: sheet(successes),
    failures: sheet(failures),
  });
  const files = [join(dir, "similarities.svg"), join(dir, "retrieved.html")];
  await Deno.writeTextFile(files[0], distributions.svg);
  await Deno.writeTextFile(files[1], toPage(retrieved, title, null, ""));
  return files;
}

/** Pictures of all videos that are shown. */
async function picturesOf(
  { videos }: CaptionedVideos,
  cases: readonly RetrievedCase[],
): Promise<Map<number, readonly Uint8Array[]>> {
  const shown = new Set(cases.flatMap(({ found }) => found.map(({ video }) => video))).values();
  const pictures = new Map<number, readonly Uint8Array[]>();
  const workers = navigator.hardwareConcurrency;
  // Nothing looks at the model's own pictures here.
  using pool = await DecodePool.open({ decoder: "auto", workers, imageSize: 32 });
  const request = { frames: FRAMES, segment: "whole", thumbnailWidth: PICTURE_WIDTH } as const;
  await Promise.all(Array.from({ length: workers }, async () => {
    for (const video of shown) {
      for await (const event of pool.decode(videos[video].path, request)) {
        if (event.kind === "clip") pictures.set(video, event.thumbnails);
      }
    }
  }));
  return pictures;
}
