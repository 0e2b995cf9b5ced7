import assert from "node:assert/strict";
import { join } from "node:path";
import { SEGMENT_SECONDS } from "../../media/playback.ts";
import type {
  ClipResponse,
  CommandResponse,
  ErrorResponse,
  ExplanationResponse,
  FoldersResponse,
  HealthResponse,
  ImageResponse,
  IndexingResponse,
  IndexResponse,
  MapResponse,
  PlaybackResponse,
  SearchResponse,
  VideoResponse,
} from "../../web/api/schemas.ts";
import { look } from "../media/look.ts";
import { presentationTimes } from "../media/presentation_times.ts";
import { sampleVideos } from "../media/samples.ts";
import { readEvents } from "./events.ts";
import { ADDONS_STAY, folder, indexFolder, openServer, type TestServer } from "./open_server.ts";
import { sampleIndex } from "./sample_index.ts";

let opened: Promise<{ home: string; server: TestServer }> | undefined;

/** One server for all tests that change nothing. */
function shared(): Promise<{ home: string; server: TestServer }> {
  return opened ??= (async () => {
    const home = await sampleIndex();
    const server = await openServer(home);
    await server.server.warm();
    return { home, server };
  })();
}

function test(name: string, fn: (server: TestServer, home: string) => Promise<void>): void {
  Deno.test({
    name,
    ...ADDONS_STAY,
    fn: async () => {
      const { server, home } = await shared();
      await fn(server, home);
    },
  });
}

/** The id of a video by its name. */
async function videoOf(server: TestServer, name: string): Promise<string> {
  const { results } = await server.json<SearchResponse>(`/api/search?text=a&path=${name}`);
  return results[0].video;
}

async function refused(response: Response, status: number, kind: string): Promise<string> {
  const { error, kind: found } = await response.json() as ErrorResponse;
  assert.deepEqual([response.status, found], [status, kind], error);
  assert.match(error, /^Cannot [^\n]+[^.\n]$/);
  return error;
}

test("the index tells what it holds", async (server) => {
  const index = await server.json<IndexResponse>("/api/index");
  assert.deepEqual([index.exists, index.videos, index.canAdd], [true, 8, false]);
  assert(index.clips > 8 && index.bytes > 0);
});

test("a search finds moments, best first", async (server) => {
  const found = await server.json<SearchResponse>("/api/search?text=a+dog&pageSize=100");
  const scores = found.results.map(({ score }) => score);
  assert.deepEqual(scores, [...scores].sort((a, b) => b - a));
  assert.equal(found.results.length, (await server.json<IndexResponse>("/api/index")).clips);
  assert.deepEqual(found.results.map(({ rank }) => rank), scores.map((_, i) => i + 1));
  for (const { start, at, end, frame, name, path } of found.results) {
    assert(start <= at && at <= end && frame >= 0 && frame < 6);
    assert.equal(path, `videos/${name}`);
  }
  assert.equal(found.more, false);
  assert.equal(found.query, "a dog");
});

test("pages follow each other without gaps", async (server) => {
  const all = await server.json<SearchResponse>("/api/search?text=a+dog&pageSize=100");
  const pages: string[] = [];
  for (let page = 0;; page++) {
    const path = `/api/search?text=a+dog&pageSize=3&page=${page}`;
    const { results, more } = await server.json<SearchResponse>(path);
    pages.push(...results.map(({ clip }) => clip));
    if (!more) break;
  }
  assert.deepEqual(pages, all.results.map(({ clip }) => clip));
});

test("moments of a video come together, or apart", async (server) => {
  const path = "/api/search?text=a+dog&pageSize=100";
  const apart = await server.json<SearchResponse>(path);
  const together = await server.json<SearchResponse>(`${path}&group=video`);
  assert.equal(together.results.length, 8);
  const long = together.results.find(({ name }) => name === "long.mp4")!;
  const clips = apart.results.filter(({ name }) => name === "long.mp4").map(({ clip }) => clip);
  assert(clips.length > 2);
  assert.deepEqual([long, ...long.others].map(({ clip }) => clip), clips.slice(0, 12));
  assert(apart.results.every(({ others }) => others.length === 0));
});

test("filters, a threshold and minus words narrow or change a search", async (server) => {
  const search = (rest: string) => server.json<SearchResponse>(`/api/search?text=a+dog&${rest}`);
  const names = async (rest: string) => (await search(rest)).results.map(({ name }) => name).sort();
  assert.deepEqual(await names("path=*.avi"), ["old.avi"]);
  assert.deepEqual(await names("longer=60&group=video"), ["long.mp4"]);
  assert.deepEqual(await names("shorter=3"), ["0.mp4", "1.mp4", "2.mp4", "3.mp4"]);
  assert.deepEqual(await names("after=2000-01-01"), []);
  const [best, second] = (await search("pageSize=2")).results;
  assert.equal((await search(`minScore=${(best.score + second.score) / 2}`)).results.length, 1);
  const without = (await search("not=a+cat&pageSize=100")).results
    .find(({ clip }) => clip === best.clip)!;
  assert.notEqual(without.score, best.score);
  assert.equal((await search("only=speech")).results.length, 0);
});

test("a search leaves out clips that are near-identical to a better one", async (server) => {
  const clips = async (rest: string) => {
    const path = `/api/search?text=a+dog&pageSize=100${rest}`;
    return (await server.json<SearchResponse>(path)).results.map(({ clip }) => clip);
  };
  const all = await clips(""), distinct = await clips("&dedupe=true");
  assert(distinct.length < all.length, `${distinct.length}`);
  assert.equal(distinct[0], all[0]);
  assert.deepEqual(distinct, all.filter((clip) => distinct.includes(clip)));
  assert.deepEqual(await clips("&dedupe=false"), all);
});

test("a search says whether its best result is a good match", async (server) => {
  const { match } = await server.json<SearchResponse>("/api/search?text=a+dog");
  assert(match && match.confidence >= 0 && match.confidence <= 1);
  const [{ clip }] = (await server.json<SearchResponse>("/api/search?text=a")).results;
  assert.equal((await server.json<SearchResponse>(`/api/search?like=${clip}`)).match, null);
});

test("more like this finds others", async (server) => {
  const { results: [{ clip }] } = await server.json<SearchResponse>(
    "/api/search?text=a&path=0.mp4",
  );
  const { results } = await server.json<SearchResponse>(`/api/search?like=${clip}&pageSize=100`);
  assert(results.length > 0 && results.every((result) => result.clip !== clip));
  const missing = clip.replace(/^.{4}/, "0000");
  await refused(await server.get(`/api/search?like=${missing}`), 404, "missing");
});

test("an image finds the clip that it is from", async (server) => {
  const { results } = await server.json<SearchResponse>("/api/search?text=a&path=2.mp4");
  const { clip } = results[0];
  const picture = await (await server.get(`/api/clips/${clip}/thumbnails/3`)).blob();
  const form = new FormData();
  form.set("image", picture, "frame.jpg");
  const { image } = await server.json<ImageResponse>("/api/images", { method: "POST", body: form });
  const found = await server.json<SearchResponse>(`/api/search?image=${image}`);
  assert.equal(found.results[0].clip, clip);
  await refused(await server.get(`/api/search?image=${"A".repeat(22)}`), 404, "forgotten");
});

test("a clip tells of its frames, and which of them FFSM keeps", async (server) => {
  const { results } = await server.json<SearchResponse>("/api/search?text=a&path=long.mp4");
  const { clip, at, frame } = results[0];
  const detail = await server.json<ClipResponse>(`/api/clips/${clip}?text=a`);
  assert.equal(detail.frames[frame].time, at);
  assert.equal(detail.frames.filter(({ kept }) => kept).length, 3);
  const similarities = detail.frames.map(({ similarity }) => similarity!);
  assert.equal(similarities.indexOf(Math.max(...similarities)), frame);
  const kept = detail.frames.filter(({ kept }) => kept).map(({ similarity }) => similarity!);
  const dropped = detail.frames.filter(({ kept }) => !kept).map(({ similarity }) => similarity!);
  assert(Math.min(...kept) >= Math.max(...dropped));
  const plain = await server.json<ClipResponse>(`/api/clips/${clip}`);
  assert(plain.frames.every(({ similarity, kept }) => similarity === null && kept === null));
  const video = await server.json<VideoResponse>(`/api/videos/${detail.video}`);
  const clips = video.clips.map((it) => it.clip);
  const at2 = clips.indexOf(clip);
  assert.deepEqual([detail.previous, detail.next], [
    clips[at2 - 1] ?? null,
    clips[at2 + 1] ?? null,
  ]);
});

test("an explanation follows every patch through the rounds", async (server) => {
  const { results } = await server.json<SearchResponse>("/api/search?text=a&path=1.mp4");
  const { clip, score, similarities } = results[0];
  const explained = await server.json<ExplanationResponse>(
    `/api/clips/${clip}/explanation?text=a+red+dog`,
  );
  const patches = explained.patchesPerFrame * explained.times.length;
  let before = patches;
  for (const { clusters, cluster, importance } of explained.rounds) {
    assert.equal(clusters, Math.ceil(before / 2));
    assert.equal(cluster.length, patches);
    assert.equal(new Set(cluster).size, clusters);
    assert.equal(importance, null); // Without trained heads all count the same.
    before = clusters;
  }
  assert.equal(explained.entityWeight.length, before);
  // The small model's vocabulary has parts of words.
  assert.equal(explained.words.map(({ text }) => text).slice(1, -1).join(""), "areddog");
  for (const { similarity } of explained.words) assert.equal(similarity.length, before);
  assert.equal(explained.aligned, false);
  // Patches that went the same way in one round stay together.
  const [first, , last] = explained.rounds;
  const together = new Map<number, number>();
  first.cluster.forEach((label, patch) => {
    const later = last.cluster[patch];
    assert.equal(together.get(label) ?? later, later);
    together.set(label, later);
  });
  const one = await server.json<ExplanationResponse>(`/api/clips/${clip}/explanation?text=a`);
  assert.deepEqual([one.mode, one.counted], ["skrr", ["sentenceFrame"]]);
  assert(Math.abs(one.similarities.sentenceFrame! - similarities.sentenceFrame!) < 1e-5);
  assert(Math.abs(one.score - score) < 1e-5);
});

test("thumbnails are JPEGs", async (server) => {
  const { results: [{ clip }] } = await server.json<SearchResponse>("/api/search?text=a");
  const response = await server.get(`/api/clips/${clip}/thumbnails/0`);
  assert.equal(response.headers.get("content-type"), "image/jpeg");
  assert.deepEqual([...new Uint8Array(await response.arrayBuffer()).subarray(0, 2)], [0xff, 0xd8]);
  await refused(await server.get(`/api/clips/${clip}/thumbnails/99`), 404, "missing");
});

test("a video comes in ranges", async (server, home) => {
  const id = await videoOf(server, "0.mp4");
  const file = await Deno.readFile(join(home, "videos", "0.mp4"));
  const path = `/api/videos/${id}/file`;
  const whole = await server.get(path);
  assert.deepEqual([whole.status, whole.headers.get("accept-ranges")], [200, "bytes"]);
  assert.deepEqual(new Uint8Array(await whole.arrayBuffer()), file);
  const etag = whole.headers.get("etag")!;
  const cases: [range: string, from: number, to: number][] = [
    ["bytes=0-0", 0, 1],
    ["bytes=100-199", 100, 200],
    [`bytes=${file.length - 5}-`, file.length - 5, file.length],
    ["bytes=-7", file.length - 7, file.length],
    ["bytes=10-999999999", 10, file.length],
  ];
  for (const [range, from, to] of cases) {
    const response = await server.get(path, { headers: { range, "if-range": etag } });
    assert.equal(response.status, 206, range);
    const found = new Uint8Array(await response.arrayBuffer());
    assert.deepEqual(found, file.subarray(from, to), range);
    assert.equal(response.headers.get("content-range"), `bytes ${from}-${to - 1}/${file.length}`);
    assert.equal(response.headers.get("content-length"), String(to - from));
  }
  const beyond = await server.get(path, { headers: { range: `bytes=${file.length}-` } });
  assert.equal(beyond.headers.get("content-range"), `bytes */${file.length}`);
  await refused(beyond, 416, "invalid");
  const other = await server.get(path, { headers: { range: "bytes=0-9", "if-range": '"old"' } });
  assert.equal(other.status, 200);
  assert.equal((await other.arrayBuffer()).byteLength, file.length);
  const head = await server.get(path, { method: "HEAD" });
  assert.equal(head.headers.get("content-length"), String(file.length));
  assert.equal((await head.arrayBuffer()).byteLength, 0);
  const known = await server.get(path, { headers: { "if-none-match": etag } });
  assert.equal(known.status, 304);
  await known.body?.cancel();
});

for (
  const [name, codec] of [["hevc.mp4", "encoded"], ["old.avi", "encoded"], ["tv.ts", "copied"]]
) {
  test(`${name} plays in segments that browsers know`, async (server) => {
    const id = await videoOf(server, name);
    const playback = await server.json<PlaybackResponse>(`/api/videos/${id}/playback`);
    assert.deepEqual(
      [playback.direct, playback.segments, playback.segmentSeconds],
      [false, 1, SEGMENT_SECONDS],
    );
    assert.match(playback.segmentType, /^video\/mp4; codecs="avc1/);
    // Two ask at once and share the work.
    const path = `/api/videos/${id}/segments/0`;
    const [bytes, same] = await Promise.all([0, 1].map(async () => {
      const response = await server.get(path);
      assert.equal(response.headers.get("content-type"), playback.segmentType);
      return new Uint8Array(await response.arrayBuffer());
    }));
    assert.deepEqual(bytes, same);
    const [pictures] = presentationTimes(bytes);
    assert(pictures.length >= 99 && Math.abs(Math.min(...pictures)) < 0.06, codec);
    const file = join(await folder(), "segment.mp4");
    await Deno.writeFile(file, bytes);
    assert.equal((await look(file)).facts.codec, "h264");
    await refused(await server.get(`/api/videos/${id}/segments/9`), 404, "missing");
  });
}

test("an MP4 plays as it is", async (server) => {
  const id = await videoOf(server, "0.mp4");
  const playback = await server.json<PlaybackResponse>(`/api/videos/${id}/playback`);
  assert.equal(playback.direct, true);
  assert.match(playback.type, /^video\/mp4; codecs="avc1/);
});

test("a moment is saved as MP4 or GIF", async (server) => {
  const id = await videoOf(server, "tv.ts");
  const path = `/api/videos/${id}/moment?start=1.2&end=2.4&download=true`;
  for (
    const [rest, name, codec] of [["&cut=exact", "tv 1.2-2.4.mp4", "h264"], [
      "&format=gif",
      "tv 1.2-2.4.gif",
      "gif",
    ]]
  ) {
    const response = await server.get(path + rest);
    assert.equal(response.status, 200);
    assert(response.headers.get("content-disposition")!.includes(`filename="${name}"`));
    const file = join(await folder(), name);
    await Deno.writeFile(file, new Uint8Array(await response.arrayBuffer()));
    const { facts } = await look(file);
    assert.equal(facts.codec, codec);
    assert(Math.abs(facts.duration! - 1.2) < 0.1);
  }
  const { command } = await server.json<CommandResponse>(
    path.replace("moment?", "moment/command?"),
  );
  assert.match(
    command,
    /^ffmpeg -ss 1\.2 -t 1\.2 -i '.*\/videos\/tv\.ts' -c copy 'tv 1\.2-2\.4\.mp4'$/,
  );
  for (
    const span of ["start=2&end=1", "start=0&end=9999&cut=exact", "start=-1&end=1", "start=a&end=1"]
  ) {
    await refused(await server.get(`/api/videos/${id}/moment?${span}`), 400, "invalid");
  }
});

test("the map shows every clip, and a text among them", async (server) => {
  const { clips } = await server.json<IndexResponse>("/api/index");
  const map = await server.json<MapResponse>("/api/map?text=a+dog");
  assert.deepEqual([map.clips.length, map.videos.length], [clips, 8]);
  for (const { x, y } of map.clips) assert(x >= 0 && x <= 1 && y >= 0 && y <= 1);
  const { results } = await server.json<SearchResponse>("/api/search?text=a+dog");
  assert.equal(map.query!.best[0].clip, results[0].clip);
  assert.equal((await server.json<MapResponse>("/api/map")).query, null);
});

test("requests that make no sense say why", async (server) => {
  for (
    const path of [
      "/api/search",
      "/api/search?not=dog",
      "/api/search?text=a&page=-1",
      "/api/search?text=a&pageSize=1000",
      "/api/search?text=a&after=yesterday",
      "/api/search?text=a&group=folder",
      "/api/search?text=a&dedupe=maybe",
      `/api/search?text=${"a".repeat(2000)}`,
      "/api/clips/1",
      "/api/videos/1",
    ]
  ) {
    await refused(await server.get(path), 400, "invalid");
  }
  const unread = await server.get("/api/search?text=a&minScore=x&longer=y");
  assert.equal(
    await refused(unread, 400, "invalid"),
    "Cannot read the request: longer: expected a number; minScore: expected a number",
  );
  const unknown = "0".repeat(32);
  await refused(await server.get(`/api/clips/${unknown}-0`), 404, "missing");
  await refused(await server.get(`/api/videos/${unknown}`), 404, "missing");
  await refused(await server.get(`/api/videos/${unknown}/file`), 404, "missing");
  await refused(await server.get("/api/nothing"), 404, "missing");
});

test("the description is generated from the schemas that check", async (server) => {
  interface Description {
    openapi: string;
    paths: Record<string, Record<string, { parameters?: { name: string; schema: object }[] }>>;
    components: { schemas: Record<string, object> };
  }
  const { openapi, paths, components } = await server.json<Description>("/api/openapi.json");
  assert.equal(openapi, "3.1.0");
  assert(Object.keys(paths).length >= 17);
  const text = paths["/api/search"].get.parameters!.find(({ name }) => name === "text")!;
  assert.deepEqual((text.schema as { type: string }).type, "array");
  assert(components.schemas.Error && components.schemas.SearchResponse);
});

test("the page comes compressed, and only once", async (server) => {
  const response = await server.get("/", { headers: { "accept-encoding": "br" } });
  assert.equal(response.headers.get("content-encoding"), "br");
  assert.match(await response.text(), /<title>fovea/);
  const etag = response.headers.get("etag")!;
  const again = await server.get("/", {
    headers: { "accept-encoding": "br", "if-none-match": etag },
  });
  assert.equal(again.status, 304);
  await again.body?.cancel();
  const view = await server.get("/clips/1", { headers: { "accept-encoding": "identity" } });
  assert.match(await view.text(), /<title>fovea/);
  assert.equal((await server.get("/page.js")).headers.get("content-type"), "text/javascript");
  await refused(await server.get("/missing.js"), 404, "missing");
});

Deno.test({
  name: "a folder is indexed, with pauses, while one searches",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await folder();
    await sampleVideos(join(home, "in", "more"), 6);
    await Deno.writeTextFile(join(home, "in", "broken.mp4"), "no video");
    await using server = await openServer(home, { roots: [join(home, "in")] });
    const empty = await server.json<IndexResponse>("/api/index");
    assert.deepEqual([empty.exists, empty.canAdd], [false, true]);
    await refused(await server.get("/api/search?text=a"), 404, "no-index");

    const { folders } = await server.json<FoldersResponse>("/api/folders");
    assert.deepEqual(folders, [{ path: join(home, "in"), name: "in" }]);
    const inside = await server.json<FoldersResponse>(
      `/api/folders?folder=${encodeURIComponent(folders[0].path)}`,
    );
    assert.deepEqual([inside.folders.map(({ name }) => name), inside.videos], [["more"], 1]);

    const events = readEvents(await server.get("/api/indexing/events"));
    const post = (path: string, body?: object) =>
      server.json<IndexingResponse>(path, {
        method: "POST",
        body: body && JSON.stringify(body),
        headers: body ? { "content-type": "application/json" } : {},
      });
    const until = async (wanted: (status: IndexingResponse) => boolean) => {
      while (true) {
        const { value } = await events.next();
        assert(value, "the events ended");
        if (wanted(value)) return value;
      }
    };
    const started = await post("/api/indexing", { folder: folders[0].path });
    assert.equal(started.state, "running");
    await post("/api/indexing/pause");
    await until(({ state }) => state === "paused");
    await post("/api/indexing/resume");
    const done = await until(({ state, error }) => state === "idle" || error !== null);
    assert.equal(done.error, null);
    assert.deepEqual([done.failed, done.fraction, done.videos], [1, 1, 7]);
    assert.equal(done.done + done.unchanged, 7);
    assert.match(done.failures[0].error, /^Cannot .*broken\.mp4/);
    const found = await server.json<SearchResponse>("/api/search?text=a");
    assert.equal(found.results.length, 6);
    await events.return();
  },
});

Deno.test({
  name: "a video that was moved or changed says so",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await folder();
    const [first, second] = await sampleVideos(join(home, "videos"), 2);
    await indexFolder(home);
    await using server = await openServer(home);
    const ids = [await videoOf(server, "0.mp4"), await videoOf(server, "1.mp4")];
    await Deno.rename(first, join(home, "elsewhere.mp4"));
    await Deno.writeTextFile(second, "something else");
    for (const id of ids) {
      assert.equal((await server.json<VideoResponse>(`/api/videos/${id}`)).available, false);
      for (const part of ["file", "playback", "segments/0", "moment?start=0&end=1"]) {
        await refused(await server.get(`/api/videos/${id}/${part}`), 410, "moved");
      }
    }
    // What the index holds of them is still there.
    const { results } = await server.json<SearchResponse>("/api/search?text=a");
    assert.equal(results.length, 2);
  },
});

Deno.test({
  name: "health tells of the workers",
  ...ADDONS_STAY,
  fn: async () => {
    const { server } = await shared();
    const { ok, workers } = await server.json<HealthResponse>("/api/health");
    assert.equal(ok, true);
    assert.deepEqual(workers.map(({ name }) => name), ["search", "indexing", "map"]);
  },
});

Deno.test({
  name: "the server ends",
  ...ADDONS_STAY,
  fn: async () => {
    const { server } = await shared();
    await server[Symbol.asyncDispose]();
    await assert.rejects(server.get("/api/health"));
  },
});
