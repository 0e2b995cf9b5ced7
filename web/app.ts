import { OpenAPIHono } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import { oneLine } from "../files/one_line.ts";
import { addAdding } from "./api/adding.ts";
import type { ErrorResponse } from "./api/schemas.ts";
import { addMapping } from "./api/mapping.ts";
import { addSearching } from "./api/searching.ts";
import { addStatus } from "./api/status.ts";
import type { Uploads } from "./api/uploads.ts";
import { addWatching } from "./api/watching.ts";
import type { Indexing } from "./indexing/indexing.ts";
import type { Roots } from "./indexing/roots.ts";
import type { PageFiles } from "./page_files.ts";
import { Problem } from "./problem.ts";
import { guard, type GuardOptions } from "./security/guard.ts";
import { secured } from "./security/headers.ts";
import { readBody } from "./security/read_body.ts";
import type { MediaCache } from "./video/media_cache.ts";
import type { Atlas } from "./workers/atlas.ts";
import type { Engine } from "./workers/engine.ts";

/** What the routes work with. */
export interface Services {
  readonly engine: Engine;
  readonly atlas: Atlas;
  readonly uploads: Uploads;
  readonly media: MediaCache;
  readonly roots: Roots;
  readonly indexing: Indexing;
  readonly page: PageFiles;
  readonly guard: GuardOptions;
  /** Aborted when the server is to end. */
  readonly closing: AbortSignal;
}

/** What a request of JSON may take. */
const JSON_LIMITS = { bytes: 16 * 1024, seconds: 10 };

/** Puts the server together: what answers requests. */
export function createApp(services: Services): (request: Request) => Promise<Response> {
  const { engine, atlas, uploads, media, roots, indexing, page, closing } = services;
  const app = new OpenAPIHono({
    defaultHook: (result, c) => {
      if (result.success) return;
      const issues = result.error.issues.map(({ path, message }) =>
        `${path.join(".")}: ${message}`
      );
      return c.json(problemBody("invalid", `Cannot read the request: ${issues.join("; ")}`), 400);
    },
  });
  app.use(guard(services.guard));
  app.use("/api/*", async (c, next) => {
    // Pictures have their own limits.
    if (c.req.raw.body && c.req.path !== "/api/images") {
      const body = await readBody(c.req.raw, JSON_LIMITS);
      c.req.raw = new Request(c.req.raw, { body });
    }
    await next();
    if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
  });
  addSearching(app, engine, uploads);
  addWatching(app, engine, media);
  addAdding(app, roots, indexing, closing);
  addMapping(app, engine, atlas);
  addStatus(app, engine, atlas, indexing, roots);
  app.all("/api/*", () => {
    throw new Problem("missing", "Cannot answer: there is no such part of the API");
  });
  app.get("*", (c) => {
    const answer = page.answer(c.req.raw);
    if (!answer) throw new Problem("missing", "Cannot answer: there is no such file");
    return answer;
  });
  app.notFound((c) => c.json(problemBody("missing", "Cannot answer: there is nothing here"), 404));
  app.onError((error, c) => {
    if (error instanceof Problem) {
      if (error.kind === "busy") c.header("retry-after", "5");
      return c.json(problemBody(error.kind, error.message), error.status);
    }
    if (error instanceof HTTPException) {
      return c.json(problemBody("invalid", `Cannot read the request: ${error.message}`), 400);
    }
    // Nobody is there to be answered.
    if (c.req.raw.signal.aborted) return new Response(null, { status: 499 });
    // The path, and not what was asked: queries are the visitor's own.
    console.error(`error: ${c.req.method} ${oneLine(c.req.path)}: ${oneLine(messageOf(error))}`);
    return c.json(problemBody("failed", messageOf(error)), 500);
  });
  return async (request) => secured(await app.fetch(request));
}

function problemBody(kind: ErrorResponse["kind"], message: string): ErrorResponse {
  return { error: oneLine(message), kind };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
