/** What the server is, holds and does. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import project from "../../deno.json" with { type: "json" };
import type { Indexing } from "../indexing/indexing.ts";
import type { Roots } from "../indexing/roots.ts";
import type { Atlas } from "../workers/atlas.ts";
import type { Engine } from "../workers/engine.ts";
import * as route from "./routes.ts";

/** Adds the routes. */
export function addStatus(
  app: OpenAPIHono,
  engine: Engine,
  atlas: Atlas,
  indexing: Indexing,
  roots: Roots,
): void {
  app.openapi(route.index, async (c) => {
    const info = await engine.info();
    return c.json({
      exists: info !== null,
      videos: info?.videos ?? 0,
      clips: info?.clips ?? 0,
      model: info?.model ?? null,
      heads: info?.heads ?? null,
      bytes: info?.bytes ?? 0,
      frames: info?.parameters.frames ?? null,
      version: info?.version ?? 0,
      canAdd: roots.any,
    }, 200);
  });

  app.openapi(route.health, (c) => {
    const workers = [
      { name: "search", ...engine.health },
      { name: "indexing", ...indexing.health },
      { name: "map", ...atlas.health },
    ];
    return c.json({
      ok: workers.every(({ state }) => state !== "failed"),
      version: project.version,
      workers,
      searches: engine.searches,
    }, 200);
  });

  app.doc31("/api/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "fovea",
      version: project.version,
      description: "Finds moments in an index of videos. Every error has the schema Error.",
    },
  });
}
