import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openIndex } from "../../mod.ts";
import { type Server, type ServerOptions, startServer } from "../../web/server.ts";

/** A small model with random weights: what it finds means nothing, and is found fast. */
export const MODEL = fileURLToPath(new URL("../vectors/clip/clip-tiny-quickgelu", import.meta.url));

/** Native addons keep threads and files for as long as the process lives. */
export const ADDONS_STAY = { sanitizeOps: false, sanitizeResources: false };

/** A real folder for a test, without links on the way to it. */
export async function folder(): Promise<string> {
  return await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
}

/** Indexes a folder's videos in `.fovea` in it. */
export async function indexFolder(home: string, frames = 6, model = MODEL): Promise<void> {
  await using index = await openIndex(join(home, ".fovea"), { model });
  for await (const event of index.add([home], { frames })) {
    assert.notEqual(event.kind, "failed", JSON.stringify(event));
  }
}

/** A page of one line and one script. */
const PAGE = new Map([
  ["/index.html", page("<!doctype html><title>fovea</title>".padEnd(4000), "text/html")],
  ["/page.js", page("export {};", "text/javascript")],
  ["/icon.png", page("\x89PNG", "image/png")],
]);

function page(text: string, type: string) {
  return { body: new TextEncoder().encode(text), type };
}

/** A server that runs, and what speaks with it. */
export interface TestServer extends AsyncDisposable {
  readonly server: Server;
  /** Its address without the token, such as `http://127.0.0.1:8000`. */
  readonly origin: string;
  readonly port: number;
  /** Asks for a path. */
  get(path: string, init?: RequestInit): Promise<Response>;
  /** Asks for JSON and checks that it comes. */
  json<T>(path: string, init?: RequestInit): Promise<T>;
}

/** Serves the index in a folder. */
export async function openServer(
  home: string,
  options: Partial<ServerOptions> = {},
): Promise<TestServer> {
  const server = await startServer({
    index: join(home, ".fovea"),
    model: MODEL,
    host: "127.0.0.1",
    port: 0,
    roots: [],
    cache: join(home, ".cache"),
    page: PAGE,
    ...options,
  });
  const { port } = new URL(server.address);
  const origin = `http://127.0.0.1:${port}`;
  const get = (path: string, init?: RequestInit) => fetch(`${origin}${path}`, init);
  return {
    server,
    origin,
    port: Number(port),
    get,
    async json<T>(path: string, init?: RequestInit): Promise<T> {
      const response = await get(path, init);
      const text = await response.text();
      assert(response.ok, `${path}: ${response.status} ${text}`);
      return JSON.parse(text) as T;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
