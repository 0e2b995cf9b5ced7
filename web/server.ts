/**
 * The web server: an index that one can look at and search in a browser.
 *
 * @module
 */
import { join } from "node:path";
import { oneLine } from "../files/one_line.ts";
import { Uploads } from "./api/uploads.ts";
import { createApp } from "./app.ts";
import { Indexing } from "./indexing/indexing.ts";
import { Roots } from "./indexing/roots.ts";
import { type PageFile, PageFiles } from "./page_files.ts";
import { isLoopback } from "./security/hosts.ts";
import { makeToken } from "./security/token.ts";
import { MediaCache } from "./video/media_cache.ts";
import { Atlas } from "./workers/atlas.ts";
import { Engine } from "./workers/engine.ts";

/** What the cache of segments and moments may take up, in bytes. */
const MEDIA_BYTES = 2 * 2 ** 30;

/** Seconds that requests in flight have to end. */
const GRACE = 5;

/** What to serve, and to whom. */
export interface ServerOptions {
  /** The index, a folder or a URI; it need not be there yet. */
  readonly index: string;
  /** The index's model, if it is not where it was; or the model of a new index. */
  readonly model?: string;
  /** What to listen on: a name or an address. */
  readonly host: string;
  /** Further names that visitors use: those of a proxy before it. */
  readonly names?: readonly string[];
  /** 0 takes any that is free. */
  readonly port: number;
  /** Folders that others may be added from. */
  readonly roots: readonly string[];
  /** The folder for what can be made again. */
  readonly cache: string;
  /** The files of the page, by path. */
  readonly page: ReadonlyMap<string, PageFile>;
}

/** A server that runs. */
export interface Server extends AsyncDisposable {
  /** Its address, with the token where one is demanded. */
  readonly address: string;
  /** What a visitor must know; null where only this machine can visit. */
  readonly token: string | null;
  /** Opens the models, which the first search does otherwise. */
  warm(): Promise<void>;
  /** Waits for requests in flight, then ends. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts to serve.
 *
 * @throws {Error} If the port is taken, the host cannot be listened on, or a root is no folder.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { index, model, host, names = [], port, cache } = options;
  const roots = await Roots.of(options.roots);
  // A proxy on this machine lets others in.
  const token = isLoopback(host) && names.length === 0 ? null : makeToken();
  const closing = new AbortController();
  const engine = new Engine(index, model);
  const atlas = new Atlas(index);
  const indexing = new Indexing({ location: index, model, onChange: () => engine.refresh() });
  const app = createApp({
    engine,
    atlas,
    indexing,
    roots,
    uploads: new Uploads(join(cache, "uploads")),
    media: new MediaCache({ folder: join(cache, "media"), maxBytes: MEDIA_BYTES, jobs: 2 }),
    page: new PageFiles(options.page),
    guard: { host, names, token },
    closing: closing.signal,
  });
  const http = listen(host, port, app);
  const { port: taken } = http.addr;
  const named = reachable(host);
  const name = named.includes(":") ? `[${named}]` : named;
  return {
    address: `http://${name}:${taken}/${token === null ? "" : `?token=${token}`}`,
    token,
    warm: () => engine.warm(),
    async [Symbol.asyncDispose]() {
      const ended = http.shutdown();
      closing.abort();
      await Promise.all([
        indexing[Symbol.asyncDispose](),
        Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1000 * GRACE).unref())]),
      ]);
      engine[Symbol.dispose]();
      atlas[Symbol.dispose]();
    },
  };
}

/** Where others reach what listens on all addresses, if this process may know the machine's own. */
function reachable(host: string): string {
  if (host !== "0.0.0.0" && host !== "::") return host;
  const kind = { name: "sys", kind: "networkInterfaces" } as const;
  if (Deno.permissions.querySync(kind).state !== "granted") return host;
  const own = Deno.networkInterfaces()
    .find(({ family, address }) => family === "IPv4" && !isLoopback(address));
  return own?.address ?? host;
}

function listen(
  hostname: string,
  port: number,
  handler: (request: Request) => Response | Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  const place = `${hostname}:${port}`;
  try {
    return Deno.serve({
      hostname,
      port,
      onListen: () => {},
      onError(error) {
        const message = error instanceof Error ? error.message : String(error);
        console.error(`error: ${oneLine(message)}`);
        return Response.json({ error: "Cannot answer: the server failed", kind: "failed" }, {
          status: 500,
        });
      },
    }, handler);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new Error(`Cannot listen on ${place}: the port is taken; choose one with --port`, {
        cause: error,
      });
    }
    if (error instanceof Deno.errors.NotCapable) {
      throw new Error(
        `Cannot listen on ${place}: the task may use this machine's own network alone; give ` +
          `--allow-net=${hostname} too, as README.md shows`,
        { cause: error },
      );
    }
    const { message } = error as Error;
    throw new Error(`Cannot listen on ${place}: ${oneLine(message)}`, { cause: error });
  }
}
