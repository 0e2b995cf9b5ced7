/** Videos and moments of them. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { IndexedVideo } from "../../mod.ts";
import { cutMoment } from "../../media/cut.ts";
import {
  describePlayback,
  type Playback,
  SEGMENT_SECONDS,
  writeSegment,
} from "../../media/playback.ts";
import { Kept } from "../kept.ts";
import { Problem } from "../problem.ts";
import { momentCommand, momentName } from "../video/command_line.ts";
import { fileResponse } from "../video/file_response.ts";
import { isAvailable, openIndexedFile } from "../video/indexed_file.ts";
import type { MediaCache } from "../video/media_cache.ts";
import type { Engine } from "../workers/engine.ts";
import { fileName } from "./ids.ts";
import * as route from "./routes.ts";
import type { MomentRequest } from "./schemas.ts";

/** The longest moments, in seconds: what is encoded takes its time, and GIFs are large. */
const LONGEST = { copy: 3600, exact: 600, gif: 60 };

/** Adds the routes. */
export function addWatching(app: OpenAPIHono, engine: Engine, cache: MediaCache): void {
  const playbacks = new Kept<Promise<Playback>>({ entries: 1000 });

  const playbackOf = async (video: IndexedVideo): Promise<Playback> => {
    (await openIndexedFile(video)).close();
    const key = versionOf(video);
    const known = playbacks.get(key);
    if (known) return await known;
    const described = describePlayback(video.file);
    playbacks.set(key, described);
    described.catch(() => playbacks.delete(key));
    return await described;
  };

  app.openapi(route.videoDetail, async (c) => {
    const { video: id } = c.req.valid("param");
    const video = await engine.video(id);
    return c.json({
      video: id,
      path: video.path,
      name: fileName(video.path),
      size: video.size,
      duration: video.duration,
      created: video.created === null ? null : new Date(video.created).toISOString(),
      available: await isAvailable(video),
      clips: video.clips.map(({ clip, start, end }) => ({ clip: `${id}-${clip}`, start, end })),
    }, 200);
  });

  app.openapi(route.videoFile, async (c) => {
    const video = await engine.video(c.req.valid("param").video);
    const { type } = await playbackOf(video);
    const file = await openIndexedFile(video);
    return fileResponse(c.req.raw, file, video.size, { type, tag: versionOf(video) });
  });

  app.openapi(route.playback, async (c) => {
    const video = await engine.video(c.req.valid("param").video);
    const { direct, type, segmentType, duration } = await playbackOf(video);
    const segments = Math.ceil(duration / SEGMENT_SECONDS);
    const made = { segmentType, segmentSeconds: SEGMENT_SECONDS, segments };
    return c.json({ direct, type, ...made, duration }, 200);
  });

  app.openapi(route.segment, async (c) => {
    const { video: id, segment } = c.req.valid("param");
    const video = await engine.video(id);
    const { segmentType, duration } = await playbackOf(video);
    if (segment * SEGMENT_SECONDS >= duration) {
      throw new Problem("missing", "Cannot send that segment: it lies behind the video's end");
    }
    const recipe = ["segment", versionOf(video), segment];
    const file = await cache.open(
      recipe,
      (path, signal) => writeSegment(video.file, segment, path, signal),
      c.req.raw.signal,
    );
    const tag = `${versionOf(video)}-${segment}`;
    return fileResponse(c.req.raw, file, (await file.stat()).size, { type: segmentType, tag });
  });

  app.openapi(route.moment, async (c) => {
    const request = c.req.valid("query");
    const { start, end, format, cut, download } = request;
    const video = await engine.video(c.req.valid("param").video);
    checkSpan(request);
    (await openIndexedFile(video)).close();
    const recipe = ["moment", versionOf(video), start, end, format, cut];
    const file = await cache.open(
      recipe,
      (path, signal) =>
        cutMoment(video.file, start, end, path, { exact: cut === "exact", format, signal }),
      c.req.raw.signal,
    );
    return fileResponse(c.req.raw, file, (await file.stat()).size, {
      type: format === "gif" ? "image/gif" : "video/mp4",
      tag: recipe.slice(1).join("-"),
      saveAs: download === "true" ? momentName(video.path, request) : undefined,
    });
  });

  app.openapi(route.momentCommand, async (c) => {
    const request = c.req.valid("query");
    checkSpan(request);
    const video = await engine.video(c.req.valid("param").video);
    return c.json({ command: momentCommand(video.file, request) }, 200);
  });
}

/** Names a version of a video's file. */
function versionOf({ video, size, modified }: IndexedVideo): string {
  return `${video}-${size}-${modified}`;
}

function checkSpan({ start, end, format, cut }: MomentRequest): void {
  if (end <= start) throw new Problem("invalid", "Cannot cut the moment: it ends before it begins");
  const longest = format === "gif" ? LONGEST.gif : LONGEST[cut];
  if (end - start <= longest) return;
  throw new Problem("invalid", `Cannot cut the moment: it is longer than ${longest} s`);
}
