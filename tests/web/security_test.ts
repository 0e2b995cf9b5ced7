import assert from "node:assert/strict";
import { join } from "node:path";
import { Hono } from "hono";
import { Uploads } from "../../web/api/uploads.ts";
import { createApp } from "../../web/app.ts";
import { Indexing } from "../../web/indexing/indexing.ts";
import { Roots } from "../../web/indexing/roots.ts";
import { PageFiles } from "../../web/page_files.ts";
import { Problem } from "../../web/problem.ts";
import { guard } from "../../web/security/guard.ts";
import { readBody } from "../../web/security/read_body.ts";
import { makeToken } from "../../web/security/token.ts";
import { MediaCache } from "../../web/video/media_cache.ts";
import { Atlas } from "../../web/workers/atlas.ts";
import { Engine } from "../../web/workers/engine.ts";
import { MAX_IMAGE_BYTES } from "../../web/api/routes.ts";
import type {
  ErrorResponse,
  FoldersResponse,
  HealthResponse,
  SearchResponse,
} from "../../web/api/schemas.ts";
import { sampleVideos } from "../media/samples.ts";
import { ADDONS_STAY, folder, indexFolder, openServer, type TestServer } from "./open_server.ts";
import { rawRequest } from "./raw_request.ts";

/** What no answer may contain. */
const SECRET = "4f1c-not-for-visitors-9a7e";

interface Shared {
  readonly home: string;
  readonly server: TestServer;
  readonly clip: string;
  readonly video: string;
}

let opened: Promise<Shared> | undefined;

function shared(): Promise<Shared> {
  return opened ??= (async () => {
    const home = await folder();
    await Deno.writeTextFile(join(home, "secret.txt"), SECRET);
    await sampleVideos(join(home, "open", "videos"), 2);
    await Deno.mkdir(join(home, "closed"));
    await Deno.mkdir(join(home, "open-too"));
    await Deno.symlink(join(home, "closed"), join(home, "open", "link"));
    await indexFolder(home, 4);
    const server = await openServer(home, { roots: [join(home, "open")] });
    const { results } = await server.json<SearchResponse>("/api/search?text=a");
    const { clip, video } = results[0];
    return { home, server, clip, video };
  })();
}

function test(name: string, fn: (shared: Shared) => Promise<void>): void {
  Deno.test({ name, ...ADDONS_STAY, fn: async () => await fn(await shared()) });
}

async function kindOf(response: Response): Promise<string> {
  return (await response.json() as ErrorResponse).kind;
}

/** Ways out of a folder. */
function traversals(home: string): string[] {
  const secret = join(home, "secret.txt");
  const up = "../".repeat(12);
  const plain = [
    secret,
    `file:${secret}`,
    `${up}${secret}`,
    `..${secret}`,
    "/etc/passwd",
    "~",
    ".",
  ];
  return [
    ...plain,
    ...plain.map(encodeURIComponent),
    ...plain.map((path) => encodeURIComponent(encodeURIComponent(path))),
    ...plain.map((path) => path.replaceAll("/", "\\")),
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%c0%af..%c0%afetc%c0%afpasswd",
    "%00",
    `${"0".repeat(32)}%00.mp4`,
    `${"0".repeat(32)}/../../secret.txt`,
  ];
}

test("no parameter leads out of the index", async ({ server, home, clip, video }) => {
  const templates = [
    (x: string) => `/${x}`,
    (x: string) => `/api/${x}`,
    (x: string) => `/api/clips/${x}`,
    (x: string) => `/api/clips/${x}/explanation?text=a`,
    (x: string) => `/api/clips/${x}/thumbnails/0`,
    (x: string) => `/api/clips/${clip}/thumbnails/${x}`,
    (x: string) => `/api/clips/${clip}?like=${x}`,
    (x: string) => `/api/clips/${clip}?image=${x}`,
    (x: string) => `/api/videos/${x}`,
    (x: string) => `/api/videos/${x}/file`,
    (x: string) => `/api/videos/${x}/playback`,
    (x: string) => `/api/videos/${x}/segments/0`,
    (x: string) => `/api/videos/${video}/segments/${x}`,
    (x: string) => `/api/videos/${x}/moment?start=0&end=1`,
    (x: string) => `/api/videos/${video}/moment?start=0&end=1&format=${x}`,
    (x: string) => `/api/videos/${video}/moment?start=0&end=${x}`,
    (x: string) => `/api/search?text=a&image=${x}`,
    (x: string) => `/api/search?text=a&like=${x}`,
    (x: string) => `/api/folders?folder=${x}`,
  ];
  for (const template of templates) {
    for (const way of traversals(home)) {
      const path = template(way);
      const { status, text } = await rawRequest(server.port, [
        `GET ${path.replaceAll(/[\r\n\0 ]/g, "")} HTTP/1.1`,
        `Host: 127.0.0.1:${server.port}`,
      ]);
      assert(!text.includes(SECRET) && !text.includes("root:"), path);
      // A view of the page has any address.
      const expected = path.startsWith("/api/") ? [400, 403, 404] : [200, 400, 404];
      assert(expected.includes(status) || status === 308, `${path}: ${status}`);
    }
  }
});

test("a link that was put in a video's place is not followed", async () => {
  const home = await folder();
  const [video] = await sampleVideos(join(home, "videos"), 1);
  await indexFolder(home, 4);
  await using server = await openServer(home);
  const { results } = await server.json<SearchResponse>("/api/search?text=a");
  const other = join(home, "other.mp4");
  await Deno.rename(video, other);
  await Deno.symlink(other, video);
  const response = await server.get(`/api/videos/${results[0].video}/file`);
  assert.deepEqual([response.status, await kindOf(response)], [410, "moved"]);
});

test("folders are added below the roots alone, links resolved first", async ({ server, home }) => {
  const open = join(home, "open");
  for (
    const path of [
      home,
      "/",
      join(home, "closed"),
      join(home, "open-too"),
      join(open, "link"),
      `${open}/../closed`,
      `${open}/videos/../..`,
      join(open, "missing"),
      join(open, "videos", "0.mp4"),
      "open",
      "",
    ]
  ) {
    const add = await server.get("/api/indexing", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ folder: path }),
    });
    assert([400, 403].includes(add.status), `${path}: ${add.status}`);
    const { error } = await add.json() as ErrorResponse;
    assert(!error.includes("closed"), error);
    const list = await server.get(`/api/folders?folder=${encodeURIComponent(path)}`);
    assert([400, 403].includes(list.status), `${path}: ${list.status}`);
    await list.body?.cancel();
  }
  const { folders } = await server.json<FoldersResponse>(
    `/api/folders?folder=${encodeURIComponent(open)}`,
  );
  assert.deepEqual(folders.map(({ name }) => name), ["videos"]);
});

test("names that were made to point here are refused", async ({ server }) => {
  for (
    const host of [
      "evil.example",
      `evil.example:${server.port}`,
      "127.0.0.1.evil.example",
      "",
      "a b",
    ]
  ) {
    for (const path of ["/", "/api/health", "/page.js"]) {
      const { status, text } = await rawRequest(server.port, [
        `GET ${path} HTTP/1.1`,
        `Host: ${host}`,
      ]);
      assert([400, 403].includes(status), `${host} ${path}: ${status}`);
      assert(!text.includes("<title>"));
    }
  }
  for (const host of ["localhost", `127.0.0.1:${server.port}`, "[::1]:9000"]) {
    const { status } = await rawRequest(server.port, ["GET /api/health HTTP/1.1", `Host: ${host}`]);
    assert.equal(status, 200, host);
  }
});

Deno.test({
  name: "a proxy's name is taken where serve was told it, as host and as origin",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await folder();
    await using server = await openServer(home, { names: ["films.example"] });
    const status = async (...headers: string[]) =>
      (await rawRequest(server.port, ["POST /api/indexing/pause HTTP/1.1", ...headers])).status;
    const origin = (name: string) => `Origin: https://${name}`;
    const refused = [
      ["Host: evil.example", origin("evil.example")],
      ["Host: films.example", origin("evil.example")],
      ["Host: films.example.evil.example", origin("films.example")],
    ];
    for (const headers of refused) assert.equal(await status(...headers), 403, `${headers}`);
    const taken = [
      ["Host: films.example", origin("films.example")],
      ["Host: Films.Example:8443", origin("films.example:8443")],
      // As a proxy hands it on that puts its own address there.
      [`Host: 127.0.0.1:${server.port}`, origin("films.example")],
    ];
    // A proxy on this machine lets others in, so the token is demanded.
    for (const headers of taken) assert.equal(await status(...headers), 401, `${headers}`);
    const bearer = `Authorization: Bearer ${server.server.token}`;
    for (const headers of taken) assert.equal(await status(...headers, bearer), 200, `${headers}`);
  },
});

test("pages of other sites can use nothing", async ({ server, clip, video }) => {
  const foreign: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: `http://127.0.0.1:${server.port + 1}` },
    { origin: `http://127.0.0.1:${server.port}.evil.example` },
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
    { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" },
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
  ];
  const requests: [method: string, path: string][] = [
    ["GET", "/api/search?text=a"],
    ["GET", `/api/clips/${clip}/thumbnails/0`],
    ["GET", `/api/videos/${video}/file`],
    ["GET", "/api/indexing/events"],
    ["POST", "/api/indexing"],
    ["POST", "/api/indexing/pause"],
    ["POST", "/api/images"],
    ["DELETE", "/api/indexing"],
    ["OPTIONS", "/api/indexing"],
    ["GET", "/"],
  ];
  for (const headers of foreign) {
    for (const [method, path] of requests) {
      const response = await server.get(path, { method, headers });
      assert.equal(response.status, 403, `${method} ${path} ${JSON.stringify(headers)}`);
      assert.equal(response.headers.get("access-control-allow-origin"), null);
      await response.body?.cancel();
    }
  }
  const link = {
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
  };
  assert.equal((await server.get("/", { headers: link })).status, 200);
  assert.equal((await server.get("/api/search?text=a", { headers: link })).status, 403);
  const own = { origin: server.origin, "sec-fetch-site": "same-origin" };
  assert.equal((await server.get("/api/search?text=a", { headers: own })).status, 200);
});

test("every answer tells the browser to be strict", async ({ server, clip, video }) => {
  const paths = [
    "/",
    "/page.js",
    "/missing.js",
    "/api/health",
    "/api/openapi.json",
    "/api/search",
    `/api/clips/${clip}/thumbnails/0`,
    `/api/videos/${video}/file`,
    `/api/videos/${video}/segments/0`,
    "/api/indexing/events",
  ];
  for (const path of paths) {
    const requests: Record<string, string>[] = [
      {},
      { range: "bytes=0-1" },
      { origin: "https://evil.example" },
    ];
    for (const headers of requests) {
      const response = await server.get(path, { headers });
      const policy = response.headers.get("content-security-policy")!;
      assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/, path);
      assert.match(policy, /frame-ancestors 'none'$/);
      assert.doesNotMatch(policy, /unsafe|https?:|\*/);
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
      assert.equal(response.headers.get("referrer-policy"), "no-referrer");
      assert.equal(response.headers.get("cross-origin-resource-policy"), "same-origin");
      await response.body?.cancel();
    }
  }
});

Deno.test("beyond this machine nothing is told without the token", async () => {
  const token = makeToken();
  assert.match(token, /^[\w-]{43}$/);
  const app = new Hono();
  app.use(guard({ host: "0.0.0.0", names: [], token }));
  app.all("*", (c) => c.text("inside"));
  app.onError((error, c) => {
    assert(error instanceof Problem);
    return c.text(error.message, error.status);
  });
  const ask = (path: string, headers: Record<string, string> = {}) =>
    app.request(`http://192.168.1.5:8000${path}`, {
      headers: { host: "192.168.1.5:8000", ...headers },
    });
  for (
    const path of ["/", "/page.js", "/api/search?text=a", "/api/health", "/api/indexing/events"]
  ) {
    for (
      const headers of [
        {},
        { cookie: "fovea-8000=" },
        { cookie: `fovea-8000=${token.slice(0, -1)}` },
        { cookie: `fovea-9000=${token}` },
        { authorization: "Bearer x" },
        { authorization: token },
      ]
    ) {
      const response = await ask(path, headers as Record<string, string>);
      assert.equal(response.status, 401, `${path} ${JSON.stringify(headers)}`);
      assert(!(await response.text()).includes(token));
    }
  }
  assert.equal((await ask("/?token=wrong")).status, 401);
  assert.equal((await ask("/?token=")).status, 401);
  for (const path of ["/", "/?text=dog", "/clips/1"]) {
    const told = await ask(path, {
      accept: "text/html,application/xhtml+xml,*/*;q=0.8",
      cookie: `fovea-8000=${makeToken()}`,
    });
    assert.equal(told.status, 401);
    assert.match(told.headers.get("content-type")!, /^text\/html/);
    const html = await told.text();
    assert.match(html, /<h1>This address needs its token/);
    assert.doesNotMatch(html, /src=|href=|<style|style=/);
    assert(!html.includes(token));
  }

  const first = await ask(`/search?q=dog&token=${token}`);
  assert.deepEqual([first.status, first.headers.get("location")], [303, "/search?q=dog"]);
  const cookie = first.headers.get("set-cookie")!;
  assert.match(cookie, /HttpOnly/);
  assert.match(cookie, /SameSite=Lax/);
  assert.equal((await ask("/", { cookie: cookie.split(";")[0] })).status, 200);
  assert.equal((await ask("/api/health", { authorization: `Bearer ${token}` })).status, 200);
  const away = await ask(`//evil.example/?token=${token}`);
  assert.equal(away.headers.get("location"), "/evil.example/");
  // With the token, too, no other site's page and no other name is let in.
  const known = { cookie: `fovea-8000=${token}` };
  assert.equal(
    (await ask("/api/health", { ...known, origin: "https://evil.example" })).status,
    403,
  );
  assert.equal((await ask("/api/health", { ...known, host: "evil.example" })).status, 403);
});

Deno.test({
  name: "neither the token nor what was searched for is in the logs",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await folder();
    const token = makeToken();
    await sampleVideos(join(home, "videos"), 1);
    await indexFolder(home, 2);
    const location = join(home, ".fovea");
    using engine = new Engine(location, join(home, "no-model"));
    using atlas = new Atlas(location);
    await using indexing = new Indexing({ location, model: undefined, onChange: () => {} });
    const app = createApp({
      engine,
      atlas,
      indexing,
      roots: await Roots.of([]),
      uploads: new Uploads(join(home, "uploads")),
      media: new MediaCache({ folder: join(home, "media"), maxBytes: 1e6, jobs: 1 }),
      page: new PageFiles(new Map()),
      guard: { host: "0.0.0.0", names: [], token },
      closing: new AbortController().signal,
    });
    const said: string[] = [];
    const { error, log, warn } = console;
    console.error = console.log = console.warn = (...words: unknown[]) =>
      void said.push(words.map(String).join(" "));
    const statuses: number[] = [];
    try {
      const ways: Record<string, string>[] = [
        { authorization: `Bearer ${token}` },
        { cookie: `fovea-8000=${token}` },
      ];
      for (const way of ways) {
        for (const path of ["/api/search?text=", "/api/map?text=", "/api/clips/"]) {
          const { status } = await app(
            new Request(`http://192.168.1.5:8000${path}${SECRET}`, {
              headers: { host: "192.168.1.5:8000", ...way },
            }),
          );
          statuses.push(status);
        }
      }
    } finally {
      Object.assign(console, { error, log, warn });
    }
    assert(statuses.includes(500), statuses.join());
    assert.match(said.join("\n"), /GET \/api\/search: /);
    for (const line of said) assert(!line.includes(token) && !line.includes(SECRET), line);
  },
});

test("pictures that are too large are refused, whatever they say", async ({ server }) => {
  const { status, text } = await rawRequest(server.port, [
    "POST /api/images HTTP/1.1",
    `Host: 127.0.0.1:${server.port}`,
    "Content-Type: multipart/form-data; boundary=x",
    "Content-Length: 99999999999",
  ]);
  assert.equal(status, 413, text);
  // A stream that does not say how long it is.
  const chunk = new Uint8Array(2 ** 20);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent > 2 * MAX_IMAGE_BYTES) return controller.close();
      sent += chunk.length;
      controller.enqueue(chunk);
    },
  });
  const refused = await server.get("/api/images", {
    method: "POST",
    body,
    headers: { "content-type": "multipart/form-data; boundary=x" },
  });
  assert.deepEqual([refused.status, await kindOf(refused)], [413, "large"]);
  const form = new FormData();
  form.set("image", new Blob([new Uint8Array(MAX_IMAGE_BYTES + 1)]));
  const large = await server.get("/api/images", { method: "POST", body: form });
  assert.deepEqual([large.status, await kindOf(large)], [413, "large"]);
  const json = await server.get("/api/indexing", {
    method: "POST",
    body: JSON.stringify({ folder: "a".repeat(100_000) }),
    headers: { "content-type": "application/json" },
  });
  assert.deepEqual([json.status, await kindOf(json)], [413, "large"]);
});

test("what is no picture is refused, and harms nothing", async ({ server, home }) => {
  const post = (body: BodyInit, type?: string) =>
    server.get("/api/images", {
      method: "POST",
      body,
      headers: type ? { "content-type": type } : {},
    });
  for (
    const [body, type] of [
      ["", "multipart/form-data; boundary=x"],
      ["garbage", "multipart/form-data; boundary=x"],
      ["--x\r\n\r\n", "multipart/form-data; boundary=x"],
      ["garbage", "multipart/form-data"],
      ["{}", "application/json"],
      ["image=1", "application/x-www-form-urlencoded"],
    ]
  ) {
    const response = await post(body, type);
    assert.deepEqual(
      [response.status, await kindOf(response)],
      [400, "invalid"],
      `${type} ${body}`,
    );
  }
  const png = Uint8Array.fromBase64(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  );
  const bomb = png.slice();
  // 60,000 × 60,000 pixels, as the header says.
  new DataView(bomb.buffer).setUint32(16, 60_000);
  new DataView(bomb.buffer).setUint32(20, 60_000);
  const files: Record<string, Uint8Array<ArrayBuffer> | string> = {
    text: "no picture",
    list: `ffconcat version 1.0\nfile ${join(home, "secret.txt")}\n`,
    playlist: `#EXTM3U\n#EXTINF:1,\n${join(home, "secret.txt")}\n`,
    svg: `<svg xmlns="http://www.w3.org/2000/svg"><image href="file://${home}/secret.txt"/></svg>`,
    truncated: png.slice(0, 40),
    bomb,
  };
  for (const [name, content] of Object.entries(files)) {
    const form = new FormData();
    form.set("image", new Blob([content]), `../../${name}.png`);
    const response = await post(form);
    const text = await response.text();
    assert.deepEqual([response.status, JSON.parse(text).kind], [415, "unreadable"], name);
    assert(!text.includes(SECRET) && !text.includes(home), text);
  }
  // Nothing is left of them, and the next one works.
  assert.deepEqual(await Array.fromAsync(Deno.readDir(join(home, ".cache", "uploads"))), []);
  const form = new FormData();
  form.set("image", new Blob([png]));
  const image = await post(form);
  assert.equal(image.status, 200, await image.text());
});

test("200 searches at once are all answered", async ({ server }) => {
  const answers = await Promise.all(Array.from({ length: 200 }, async (_, i) => {
    const { results } = await server.json<SearchResponse>(`/api/search?text=dog+${i}`);
    return results.length;
  }));
  assert(answers.every((count) => count === 2));
  const { searches } = await server.json<HealthResponse>("/api/health");
  assert.deepEqual(searches, { running: 0, waiting: 0 });
});

test("who leaves while a search waits is forgotten", async ({ server }) => {
  const leaving = Array.from({ length: 50 }, async (_, i) => {
    const controller = new AbortController();
    const asked = server.get(`/api/search?text=cat+${i}`, { signal: controller.signal });
    controller.abort();
    await assert.rejects(asked);
  });
  await Promise.all(leaving);
  const { results } = await server.json<SearchResponse>("/api/search?text=bird");
  assert.equal(results.length, 2);
});

test("slow clients hold nobody up", async ({ server, video }) => {
  const encoder = new TextEncoder();
  const connections = await Promise.all(
    Array.from({ length: 60 }, () => Deno.connect({ hostname: "127.0.0.1", port: server.port })),
  );
  const starts = [
    // Headers that do not end.
    "GET /api/search?text=a HTTP/1.1\r\nHost: 127",
    // A picture that does not come.
    `POST /api/images HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n` +
    "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n--x",
    // A file that nobody reads.
    `GET /api/videos/${video}/file HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`,
  ];
  await Promise.all(
    connections.map((connection, i) => connection.write(encoder.encode(starts[i % starts.length]))),
  );
  const { results } = await server.json<SearchResponse>("/api/search?text=quick");
  assert.equal(results.length, 2);
  assert.equal((await server.get("/")).status, 200);
  for (const connection of connections) connection.close();
});

Deno.test("a request that comes too slowly is given up", async () => {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(1)),
  });
  const request = new Request("http://localhost/", { method: "POST", body });
  await assert.rejects(readBody(request, { bytes: 10, seconds: 0.01 }), { kind: "slow" });
});

test("the server ends with slow clients at it", async ({ server, video }) => {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const start = `GET /api/videos/${video}/file HTTP/1.1\r\nHost: 127.0.0.1\r\n`;
  await connection.write(new TextEncoder().encode(start));
  const events = await server.get("/api/indexing/events");
  await server[Symbol.asyncDispose]();
  await events.text();
});
