/** Adding folders to the index, and watching how that goes. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Indexing } from "../indexing/indexing.ts";
import type { Roots } from "../indexing/roots.ts";
import { Problem } from "../problem.ts";
import * as route from "./routes.ts";

/** Milliseconds that at least lie between two events: a page shows no more. */
const EVENT_EVERY = 250;

/** Milliseconds after which something is sent, so that a lost connection is noticed. */
const SIGN_OF_LIFE_EVERY = 15_000;

/** Pages that may listen at a time. */
const MOST_LISTENERS = 64;

/** Adds the routes. @param closing Ends the streams of events. */
export function addAdding(
  app: OpenAPIHono,
  roots: Roots,
  indexing: Indexing,
  closing: AbortSignal,
): void {
  app.openapi(route.folders, async (c) => {
    return c.json(await roots.list(c.req.valid("query").folder), 200);
  });

  app.openapi(route.indexing, (c) => c.json(indexing.status, 200));

  app.openapi(route.startIndexing, async (c) => {
    indexing.add(await roots.resolve(c.req.valid("json").folder));
    return c.json(indexing.status, 202);
  });

  app.openapi(route.pauseIndexing, (c) => {
    indexing.pause();
    return c.json(indexing.status, 200);
  });

  app.openapi(route.resumeIndexing, (c) => {
    indexing.resume();
    return c.json(indexing.status, 200);
  });

  let listeners = 0;
  app.openapi(route.indexingEvents, (c) => {
    if (listeners >= MOST_LISTENERS) {
      throw new Problem("busy", "Cannot listen: too many pages do already; close some");
    }
    listeners++;
    const stream = events(indexing, closing, () => listeners--);
    return c.body(stream, 200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
    });
  });
}

/** The status now, and again whenever it has changed. */
function events(
  indexing: Indexing,
  closing: AbortSignal,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let end = () => {};
  return new ReadableStream({
    start(controller) {
      let due: ReturnType<typeof setTimeout> | undefined;
      let sent = -Infinity;
      const send = () => {
        due = undefined;
        sent = performance.now();
        const data = JSON.stringify(indexing.status);
        controller.enqueue(encoder.encode(`event: indexing\ndata: ${data}\n\n`));
      };
      const unlisten = indexing.listen(() => {
        // Who reads slowly gets fewer of them.
        const pause = (controller.desiredSize ?? 0) > 0 ? 0 : 4 * EVENT_EVERY;
        due ??= setTimeout(send, Math.max(pause, sent + EVENT_EVERY - performance.now()));
      });
      const alive = setInterval(
        () => controller.enqueue(encoder.encode(":\n\n")),
        SIGN_OF_LIFE_EVERY,
      );
      const close = () => {
        end();
        controller.close();
      };
      end = () => {
        end = () => {};
        clearTimeout(due);
        clearInterval(alive);
        unlisten();
        closing.removeEventListener("abort", close);
        onEnd();
      };
      closing.addEventListener("abort", close);
      send();
    },
    cancel: () => end(),
  }, { highWaterMark: 8 });
}
