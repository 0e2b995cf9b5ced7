/** Searching, and what is shown of what was found. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { FoundClip, Query, SearchOptions } from "../../mod.ts";
import { Problem } from "../problem.ts";
import type { Engine } from "../workers/engine.ts";
import { clipOfApi, clipOfIndex, fileName, storedClip } from "./ids.ts";
import type { Uploads } from "./uploads.ts";
import * as route from "./routes.ts";
import type { ClipRequest, FoundMoment, SearchRequest } from "./schemas.ts";

/** Results a page, where none are asked for. */
const PAGE_SIZE = 24;

/** Adds the routes. */
export function addSearching(app: OpenAPIHono, engine: Engine, uploads: Uploads): void {
  app.openapi(route.search, async (c) => {
    const request = c.req.valid("query");
    const { page = 0, pageSize = PAGE_SIZE } = request;
    const query = queryOf(request, uploads);
    if (!query) throw new Problem("invalid", "Cannot search: expected a text, an image or a clip");
    const options: SearchOptions = {
      top: pageSize,
      offset: page * pageSize,
      minScore: request.minScore,
      path: request.path || undefined,
      after: dateOf(request.after),
      before: dateOf(request.before),
      longer: request.longer,
      shorter: request.shorter,
      only: request.only,
      dedupe: request.dedupe === "true",
      groupByVideo: request.group === "video",
    };
    const found = await engine.search(query, options, c.req.raw.signal);
    const results = found.moments.map((moment) => ({
      rank: moment.rank,
      ...toMoment(moment),
      others: moment.others.map(toMoment),
    }));
    const { query: understood, model, more, notices } = found;
    const match = request.only === "speech" ? null : found.match;
    const answer = { query: understood, model, results, page, pageSize, more, match };
    return c.json({ ...answer, notices: [...notices] }, 200);
  });

  // Not by `openapi`, which would read a form of any size.
  app.openAPIRegistry.registerPath(route.image);
  app.post(route.image.path, async (c) => {
    const path = await uploads.receive(c.req.raw);
    try {
      const image = await engine.encodeImage(path, c.req.raw.signal);
      return c.json({ image: uploads.keep(image) }, 200);
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw new Problem(
        "unreadable",
        "Cannot search by that picture: it cannot be decoded; send a PNG, JPEG, WebP or GIF",
        { cause: error },
      );
    } finally {
      await Deno.remove(path);
    }
  });

  app.openapi(route.clipDetail, async (c) => {
    const { clip } = c.req.valid("param");
    const stored = clipOfApi(clip);
    const query = queryOf(c.req.valid("query"), uploads);
    const { times, cosines, kept } = await engine.compare(stored.id, query);
    const video = await engine.video(stored.video);
    const at = video.clips.findIndex((it) => it.clip === stored.clip);
    const neighbour = (i: number) =>
      video.clips[i] ? `${stored.video}-${video.clips[i].clip}` : null;
    return c.json({
      clip,
      video: stored.video,
      path: video.path,
      name: fileName(video.path),
      number: stored.clip,
      clips: video.clips.length,
      previous: neighbour(at - 1),
      next: neighbour(at + 1),
      start: milliseconds(video.clips[at].start),
      end: milliseconds(video.clips[at].end),
      duration: video.duration,
      created: video.created === null ? null : new Date(video.created).toISOString(),
      frames: Array.from(times, (time, f) => ({
        time: milliseconds(time),
        similarity: cosines && cosines[f],
        kept: kept && kept[f],
      })),
    }, 200);
  });

  app.openapi(route.explanation, async (c) => {
    const { clip } = c.req.valid("param");
    const { text } = c.req.valid("query");
    const explained = await engine.explain(clipOfApi(clip).id, text);
    return c.json({
      clip,
      text,
      mode: explained.mode,
      aligned: explained.aligned,
      patchesPerFrame: explained.patchesPerFrame,
      times: Array.from(explained.times, milliseconds),
      frameSimilarity: rounded(explained.frameCosines),
      kept: [...explained.kept],
      frameWeight: rounded(explained.frameWeights),
      clustered: [...explained.clustered],
      rounds: explained.rounds.map(({ clusters, cluster, importance }) => ({
        clusters,
        cluster: Array.from(cluster),
        importance: importance && rounded(importance),
      })),
      entityWeight: rounded(explained.entityWeights),
      sentenceSimilarity: rounded(explained.sentenceCosines),
      words: explained.words.map(({ text, weight, cosines }) => ({
        text,
        weight,
        similarity: rounded(cosines),
      })),
      similarities: explained.similarities,
      counted: [...explained.counted],
      score: explained.score,
    }, 200);
  });

  app.openapi(route.thumbnail, async (c) => {
    const { clip, frame } = c.req.valid("param");
    const jpeg = await engine.thumbnail(clipOfApi(clip).id, frame);
    if (!jpeg) throw new Problem("missing", "Cannot show that frame: it is not in the index");
    // The clip may be indexed anew, with other pictures.
    const headers = { "content-type": "image/jpeg", "cache-control": "private, max-age=300" };
    return c.body(jpeg, 200, headers);
  });
}

/** What is looked for; null where that is nothing. */
function queryOf(
  { text, not, image, like }: Pick<SearchRequest, "text" | "not" | "image" | "like"> | ClipRequest,
  uploads: Uploads,
): Query | null {
  if (text.length + image.length + like.length === 0) return null;
  return {
    texts: text,
    not,
    images: image.map((id) => uploads.image(id)),
    like: like.map((id) => clipOfApi(id).id),
  };
}

/** A day begins at the server's midnight. */
function dateOf(date: string | undefined): Date | undefined {
  if (!date) return undefined;
  return new Date(date.includes("T") ? date : `${date}T00:00`);
}

function toMoment(found: FoundClip): FoundMoment {
  const { clip, path, start, end, at, frame, score, similarities, matched, line } = found;
  return {
    clip: clipOfIndex(clip),
    video: storedClip(clip).video,
    path,
    name: fileName(path),
    start: milliseconds(start),
    end: milliseconds(end),
    at: milliseconds(at),
    frame,
    score,
    similarities,
    matched,
    line: line && { ...line, start: milliseconds(line.start), end: milliseconds(line.end) },
    duration: found.duration,
    created: found.created?.toISOString() ?? null,
  };
}

/** Seconds to three decimals. */
function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** Four decimals are more than a picture shows. */
function rounded(values: Float32Array): number[] {
  return Array.from(values, (value) => Math.round(value * 1e4) / 1e4);
}
