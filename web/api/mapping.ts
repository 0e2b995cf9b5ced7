/** The map of all clips. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { placeQuery, PLACING } from "../../map/map_clips.ts";
import { Problem } from "../problem.ts";
import type { Atlas } from "../workers/atlas.ts";
import type { Engine } from "../workers/engine.ts";
import { clipOfIndex, fileName, storedClip } from "./ids.ts";
import * as route from "./routes.ts";
import type { MapResponse } from "./schemas.ts";

/** Adds the route. */
export function addMapping(app: OpenAPIHono, engine: Engine, atlas: Atlas): void {
  app.openapi(route.map, async (c) => {
    const { text } = c.req.valid("query");
    const info = await engine.info();
    if (!info || info.clips === 0) {
      throw new Problem("no-index", "Cannot map the index: nothing is indexed yet");
    }
    const { clips, how } = await atlas.map(info.version);
    const videos: MapResponse["videos"] = [];
    const places: MapResponse["clips"] = [];
    for (const { clip: id, path, start, end, x, y } of clips) {
      const { video, clip } = storedClip(id);
      // The clips of a video follow each other.
      if (videos.at(-1)?.video !== video) videos.push({ video, path, name: fileName(path) });
      places.push({ video: videos.length - 1, clip, start, end, x, y });
    }
    const answer = { how, videos, clips: places };
    if (text === undefined) return c.json({ ...answer, query: null }, 200);
    const found = await engine.search({ texts: [text] }, PLACING, c.req.raw.signal);
    const query = placeQuery(text, found, clips);
    if (!query) return c.json({ ...answer, query }, 200);
    const best = query.best.map(({ clip, score }) => ({ clip: clipOfIndex(clip), score }));
    return c.json({ ...answer, query: { ...query, best } }, 200);
  });
}
