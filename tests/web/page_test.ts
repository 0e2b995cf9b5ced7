import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import type { ExplanationResponse, HealthResponse, SearchResponse } from "../../web/api/schemas.ts";
import { EMBEDDED_MODEL } from "../../models/embedded.ts";
import { bundlePage } from "../../web/page/bundle.ts";
import { DEMO_QUERIES, demoScenes } from "../../world/demo.ts";
import { writeVideo } from "../../world/generate.ts";
import { look } from "../media/look.ts";
import { closeEncoder } from "../media/encode.ts";
import { sampleVideos } from "../media/samples.ts";
import { srt } from "../media/subtitles.ts";
import { makeVideo } from "../media/videos.ts";
import { assertAccessible, takePicture, until } from "./browser.ts";
import { folder, indexFolder, openServer, type TestServer } from "./open_server.ts";
import { endPages, test } from "./open_pages.ts";
import { WorkerCrashes } from "./worker_crashes.ts";

/** Bytes that the page's script may take, compressed. */
const MOST_SCRIPT = 60_000;

/** What a video element of the page tells. */
interface VideoElement {
  readonly currentTime: number;
  readonly duration: number;
  readonly videoWidth: number;
  readonly muted: boolean;
  readonly paused: boolean;
  play(): Promise<void>;
  pause(): void;
  getVideoPlaybackQuality(): { readonly totalVideoFrames: number };
}

/** Types words and searches. */
async function search(page: Page, words: string): Promise<void> {
  await page.locator("#search-text").fill(words);
  await page.keyboard.press("Enter");
  await page.locator(".moment").first().waitFor();
}

/** How the worker that searches does. */
async function workerState({ json }: TestServer): Promise<HealthResponse["workers"][number]> {
  const { workers } = await json<HealthResponse>("/api/health");
  return workers.find(({ name }) => name === "search")!;
}

/** Plays the video of a clip's view until frames have been decoded. */
async function decodedFrames(page: Page): Promise<number> {
  await page.locator(".stage video").evaluate((video: VideoElement) => video.play());
  const frames = await until<number>(
    page,
    ".stage video",
    "it.getVideoPlaybackQuality().totalVideoFrames",
  );
  await page.locator(".stage video").evaluate((video: VideoElement) => video.pause());
  return frames;
}

Deno.test("the page's files are small and ask for nothing from elsewhere", async () => {
  const files = await bundlePage();
  assert.deepEqual([...files.keys()].sort(), ["/icon.svg", "/index.html", "/page.css", "/page.js"]);
  const bytes = gzipSync(files.get("/page.js")!.body).length;
  assert(bytes <= MOST_SCRIPT, `${bytes} bytes`);
  const html = new TextDecoder().decode(files.get("/index.html")!.body);
  assert.doesNotMatch(html, /https?:|<style|style=|<script(?![^>]*src=)/);
});

test("searches by words, and the address holds the search", async ({ open, server }) => {
  const page = await open(`${server.origin}/`);
  await page.getByText("can be searched").waitFor();
  await assertAccessible(page, "start");
  await page.locator("body").press("/");
  await search(page, "a dog");
  assert.equal(new URL(page.url()).search, "?text=a+dog");
  const found = await server.json<SearchResponse>("/api/search?text=a+dog");
  const names = await page.locator(".moment .name").allTextContents();
  assert.deepEqual(names, found.results.map(({ name }) => name));
  const scores = await page.locator(".moment .score").allTextContents();
  assert.deepEqual(
    scores.map((text) => text.replace("score ", "")),
    found.results.map(({ score }) => score.toFixed(3)),
  );
  await until(page, ".moment img", "it.complete && it.naturalWidth > 0");
  assert.match((await page.locator(".moment .time").first().textContent())!, /^\d+:\d\d–\d+:\d\d$/);
  assert.match((await page.locator(".results h1").textContent())!, /a dog/);
  await page.locator(".results [role=status]", { hasText: "a dog" }).waitFor({ state: "attached" });
  await assertAccessible(page, "results");

  await page.reload();
  await page.locator(".moment").first().waitFor();
  assert.equal(await page.locator("#search-text").inputValue(), "a dog");
  await search(page, "a cat");
  await page.goBack();
  await until(page, "body", "document.querySelector('#search-text').value === 'a dog'");
  await page.getByRole("heading", { name: "a dog" }).waitFor();
  assert.deepEqual(await page.locator(".moment .name").allTextContents(), names);
});

test("shows results while one types, as one step back", async ({ open, server }) => {
  const page = await open(`${server.origin}/`);
  await page.getByText("can be searched").waitFor();
  const first = await page.evaluate("history.length") as number;
  await page.locator("#search-text").pressSequentially("a do");
  await page.waitForURL(`${server.origin}/?text=a+do`);
  await page.locator(".moment").first().waitFor();
  await until(page, "body", "document.activeElement.id === 'search-text'");
  await page.keyboard.type("g ");
  await page.waitForURL(`${server.origin}/?text=a+dog`);
  // What follows is typed on, not overwritten by what was found.
  await page.keyboard.type("runs");
  await page.waitForURL(`${server.origin}/?text=a+dog+runs`);
  assert.equal(await page.locator("#search-text").inputValue(), "a dog runs");
  await page.keyboard.press("Enter");
  await page.locator(".results [role=status]", { hasText: "a dog runs" })
    .waitFor({ state: "attached" });
  assert.equal(await page.evaluate("history.length"), first + 1);

  await page.keyboard.type(" off");
  await page.waitForURL(`${server.origin}/?text=a+dog+runs+off`);
  assert.equal(await page.evaluate("history.length"), first + 2);
  await page.goBack();
  await page.waitForURL(`${server.origin}/?text=a+dog+runs`);
  await until(page, "body", "document.querySelector('#search-text').value === 'a dog runs'");
  await page.goBack();
  await page.getByText("can be searched").waitFor();

  // Elsewhere it waits for Enter: nobody is taken away in the middle of a word.
  await page.getByRole("link", { name: "on a map" }).click();
  await page.locator(".plane").waitFor();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.locator("#search-text").pressSequentially("a cat", { delay: 100 });
  await page.keyboard.press("Enter");
  await page.waitForURL(`${server.origin}/map?text=a+cat`);
  assert.deepEqual(asked.filter((url) => url.includes("text=") && !url.includes("text=a+cat")), []);
});

test("plays a moment under the pointer, without sound", async ({ open, server }) => {
  const page = await open(`${server.origin}/?text=a&path=long.mp4`);
  const { results: [{ start, end }] } = await server.json<SearchResponse>(
    "/api/search?text=a&path=long.mp4",
  );
  await page.locator(".moment a.open").first().hover();
  await until(page, ".moment video", "!it.paused && it.currentTime > 0 && it.readyState >= 2");
  const { muted, currentTime } = await page.locator(".moment video").evaluate((
    { muted, currentTime }: VideoElement,
  ) => ({ muted, currentTime }));
  assert.equal(muted, true);
  assert(start <= currentTime && currentTime <= end, `${start} ${currentTime} ${end}`);
  await page.locator("#search-text").hover();
  await page.locator(".moment video").waitFor({ state: "detached" });

  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.locator(".moment a.open").first().hover();
  await page.locator(".moment a.open").first().focus();
  assert.equal(await page.locator(".moment video").count(), 0);
});

test("keeps pictures free of tools, and tools within reach", async ({ open, server }) => {
  const search = `${server.origin}/?text=a+dog`;
  const page = await open(search);
  await until(page, ".moment .tools", "getComputedStyle(it).opacity === '0'");
  await page.locator(".moment").first().hover();
  await until(page, ".moment .tools", "getComputedStyle(it).opacity === '1'");
  await page.locator(".moment a.open").nth(1).focus();
  await page.keyboard.press("Tab");
  await until(page, ".moment:nth-child(2) .tools", "getComputedStyle(it).opacity === '1'");

  const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
  const touched = await open(search, phone);
  const boxOf = async (selector: string) =>
    (await touched.locator(selector).first().boundingBox())!;
  const picture = await boxOf(".moment .picture"), below = await boxOf(".moment .tools");
  assert(below.y >= picture.y + picture.height, `${below.y}`);
  await touched.getByRole("link", { name: "Why this?" }).first().tap();
  await touched.waitForURL(/why=1/);
});

test("opens the video at the moment, with its frames", async ({ open, server }) => {
  const query = "text=a&path=long.mp4";
  const page = await open(`${server.origin}/?${query}`);
  const { results: [{ at, start, end }] } = await server.json<SearchResponse>(
    `/api/search?${query}`,
  );
  await page.locator(".moment a.open").first().click();
  await until(page, ".stage video", "it.readyState >= 2 && !it.seeking");
  const video = page.locator(".stage video");
  const opened = await video.evaluate(({ currentTime, videoWidth }: VideoElement) => ({
    currentTime,
    videoWidth,
  }));
  assert(Math.abs(opened.currentTime - at) < 0.05, `${opened.currentTime} ${at}`);
  assert.equal(opened.videoWidth, 96);
  assert(await decodedFrames(page) > 0);

  await page.locator(".strip li").nth(5).waitFor();
  assert.equal(await page.locator(".strip .kept").count(), 3);
  assert.equal(await page.locator(".strip .verdict", { hasText: "nearest" }).count(), 1);
  const similarities = (await page.locator(".strip .near").allTextContents())
    .map((text) => Number(text.replace("similarity ", "")));
  assert(similarities.every((value) => value > -1 && value < 1));
  await page.locator(".strip button").last().click();
  await until(page, ".stage video", "!it.seeking");
  const after = await video.evaluate(({ currentTime }: VideoElement) => currentTime);
  assert(after > (start + end) / 2 && after <= end, `${after}`);
  await assertAccessible(page, "clip");
  await takePicture(page, "clip-1280");
});

test("keeps the frame that plays in sight", async ({ open, server }) => {
  const { results: [{ clip, start, end }] } = await server.json<SearchResponse>(
    "/api/search?text=a&path=long.mp4",
  );
  const viewport = { width: 360, height: 740 };
  const page = await open(`${server.origin}/clips/${clip}?at=${end}`, { viewport });
  const isInSight = `(() => {
    const strip = it.getBoundingClientRect();
    const frame = it.querySelector("[aria-pressed=true]")?.getBoundingClientRect();
    return frame && frame.left >= strip.left && frame.right <= strip.right;
  })()`;
  const isLast = `it.querySelector("li:last-child [aria-pressed=true]")`;
  await until(page, ".strip", `it.scrollWidth > it.clientWidth && ${isLast} && ${isInSight}`);
  await page.locator(".stage video").evaluate((it: { currentTime: number }, start) => {
    it.currentTime = start;
  }, start);
  await until(page, ".strip", `!(${isLast}) && ${isInSight}`);
  assert.equal(await page.evaluate("scrollY"), 0);
});

for (const name of ["hevc.mp4", "old.avi", "tv.ts"]) {
  test(`plays ${name}, which browsers cannot`, async ({ open, server }) => {
    const page = await open(`${server.origin}/?text=a&path=${name}`);
    await page.locator(".moment a.open").click();
    await until(page, ".stage video", "it.readyState >= 2 && !it.seeking");
    const { videoWidth, duration } = await page.locator(".stage video").evaluate((
      { videoWidth, duration }: VideoElement,
    ) => ({ videoWidth, duration }));
    assert.equal(videoWidth, 192);
    assert(Math.abs(duration - 4) < 0.2, `${duration}`);
    assert(await decodedFrames(page) > 0);
  });
}

test("explains why", async ({ open, server }) => {
  const page = await open(`${server.origin}/?text=a+red+dog&path=1.mp4`);
  await page.getByRole("link", { name: "Why this?" }).first().click();
  const picture = page.locator(".explained figure canvas");
  await picture.waitFor();
  const drawn = () => picture.evaluate((it: { toDataURL(): string }) => it.toDataURL());
  const seen = new Set([await drawn()]);
  for (const round of [1, 2]) {
    await page.getByRole("button", { name: `Clusters, round ${round}` }).click();
    await page.getByText(`After round ${round},`).waitFor();
    seen.add(await drawn());
  }
  const words = page.locator(".words button");
  for (const i of [1, 2, 3]) {
    const [word] = (await words.nth(i).textContent())!.split(" ");
    await words.nth(i).hover();
    await page.locator("figcaption", { hasText: `“${word}” matches best` }).waitFor();
    seen.add(await drawn());
  }
  assert.equal(seen.size, 6);
  // By keyboard: a word that is focused shows as one that is pointed at.
  await page.locator("h2#why").hover();
  await page.getByText("After round 2,").waitFor();
  await page.locator(".row button").last().focus();
  await page.keyboard.press("Tab");
  await page.locator("figcaption", { hasText: "matches best" }).waitFor();
  assert.equal(await page.locator(".similarities .unused").count(), 2);
  assert.equal(await page.locator(".similarities dd").count(), 4);
  assert.equal(await page.locator(".explained .all li").count(), 6);
  await assertAccessible(page, "why");
  await takePicture(page, "why-1280");
});

test("shows as heat what the rounds of trained heads held for important", async (given) => {
  const { open, server } = given;
  const query = "text=a+red+dog&path=1.mp4";
  const { results: [{ clip }] } = await server.json<SearchResponse>(`/api/search?${query}`);
  const path = `/api/clips/${clip}/explanation?text=a+red+dog`;
  const explained = await server.json<ExplanationResponse>(path);
  const patches = explained.patchesPerFrame * explained.times.length;
  // The small model has no such heads: the rest is its own.
  const rounds = explained.rounds.map((round, r) => ({
    ...round,
    importance: Array.from({ length: patches }, (_, patch) => (patch * (r + 2)) % 7),
  }));
  const page = await open(`${server.origin}/`);
  await page.route("**/explanation?*", (route) =>
    route.fulfill({
      contentType: "application/json",
      body: JSON.stringify({ ...explained, rounds }),
    }));
  await page.goto(`${server.origin}/clips/${clip}?${query}&why=1`);
  const drawn = () =>
    page.locator(".explained figure canvas").evaluate((it: { toDataURL(): string }) =>
      it.toDataURL()
    );
  const seen = new Set<string>();
  for (let number = 1; number <= rounds.length; number++) {
    await page.getByRole("button", { name: `Importance, round ${number}` }).click();
    await page.locator("figcaption", { hasText: `round ${number} merges by` }).waitFor();
    seen.add(await drawn());
  }
  assert.equal(seen.size, rounds.length);
  await assertAccessible(page, "importance");
});

test("searches by a picture: chosen, dropped or pasted", async ({ open, server }) => {
  const page = await open(`${server.origin}/`);
  const { results } = await server.json<SearchResponse>("/api/search?text=a&path=2.mp4");
  const picture = `/api/clips/${results[0].clip}/thumbnails/0`;
  const buffer = Buffer.from(await (await server.get(picture)).arrayBuffer());
  const isFirst = `it.querySelector(".moment .name")?.textContent === "2.mp4"`;
  await page.locator("input[type=file]").setInputFiles({
    name: "frame.jpg",
    mimeType: "image/jpeg",
    buffer,
  });
  await until(page, ".grid", isFirst);
  const first = page.url();
  assert.match(first, /\?image=[\w-]{22}$/);
  await until(page, ".chip img", "it.naturalWidth > 0");

  for (const kind of ["drop", "paste"]) {
    await page.locator(".chip").click();
    await page.locator(".chip").waitFor({ state: "detached" });
    await page.evaluate(`(async () => {
      const blob = await (await fetch(${JSON.stringify(picture)})).blob();
      const data = new DataTransfer();
      data.items.add(new File([blob], "frame.jpg", { type: "image/jpeg" }));
      const about = { bubbles: true, cancelable: true };
      document.body.dispatchEvent(${
      kind === "drop"
        ? 'new DragEvent("drop", { ...about, dataTransfer: data })'
        : 'new ClipboardEvent("paste", { ...about, clipboardData: data })'
    });
    })()`);
    await until(page, ".grid", isFirst);
    assert.notEqual(page.url(), first);
  }
  await page.goto(`${server.origin}/?image=${"A".repeat(22)}`);
  await page.getByRole("heading", { name: "The server has forgotten that picture" }).waitFor();
  await page.getByText("Drop or paste the picture again").waitFor();
  await page.locator("input[type=file]").setInputFiles({
    name: "frame.jpg",
    mimeType: "image/jpeg",
    buffer: Buffer.from("no picture"),
  });
  await page.getByText("Cannot search by that picture").waitFor();
});

test("narrows a search, and groups it", async ({ open, server }) => {
  const page = await open(`${server.origin}/?text=a`);
  const found = (number: number) =>
    until(
      page,
      ".results",
      `it.ariaBusy !== "true" && it.querySelectorAll(".moment").length === ${number}`,
    );
  await page.getByRole("button", { name: "Filters" }).click();
  const set = async (label: string, value: string) => {
    await page.getByLabel(label).fill(value);
    await page.getByLabel(label).blur();
  };
  await set("Path", "?.mp4");
  await found(4);
  await set("Longer than", "60");
  await page.getByText("The filters leave nothing").waitFor();
  await assertAccessible(page, "no matches");
  await page.getByRole("link", { name: "Remove all filters" }).click();
  await found(
    8 + (await server.json<SearchResponse>("/api/search?text=a&pageSize=100")).results.length - 8,
  );
  await page.getByRole("link", { name: "By video" }).click();
  await found(8);
  assert.match(page.url(), /group=video/);
  assert(await page.locator(".others img").count() > 0);
  await page.getByRole("button", { name: "Filters" }).click();
  await set("Without", "snow, a red car");
  await page.waitForURL(/not=snow&not=a\+red\+car/);
  const { results } = await server.json<SearchResponse>("/api/search?text=a&pageSize=2");
  await page.goto(`${server.origin}/?text=a&minScore=${results[1].score}`);
  await found(2);

  await page.goto(`${server.origin}/?text=a&group=video&page=1`);
  await page.getByText("There is no such page").waitFor();
  await page.getByRole("link", { name: "To the first page" }).click();
  await found(8);
  await page.getByRole("link", { name: /^More like this/ }).first().click();
  await page.waitForURL(/\?like=/);
  await until(page, ".chip img", "it.naturalWidth > 0");
});

test("shows of near-identical clips the best alone", async ({ open, server }) => {
  const page = await open(`${server.origin}/?text=a`);
  const { results } = await server.json<SearchResponse>("/api/search?text=a&dedupe=true");
  await page.getByRole("button", { name: "Filters" }).click();
  await page.getByLabel("Of near-identical clips").selectOption("the best one");
  await page.waitForURL(/dedupe=true/);
  await until(page, ".results", `it.querySelectorAll(".moment").length === ${results.length}`);
  await page.getByRole("button", { name: "Filters, 1 set" }).waitFor();
});

test("closes the filters by Esc or a click elsewhere, and nothing else", async (given) => {
  const { open, server } = given;
  const [{ clip }] = (await server.json<SearchResponse>("/api/search?text=a+dog")).results;
  const page = await open(`${server.origin}/clips/${clip}?text=a+dog`, {
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  });
  const address = page.url();
  await page.locator("#clip").waitFor();
  const filters = page.locator(".filters");
  const toggle = page.getByRole("button", { name: "Filters" });
  await toggle.tap();
  const { y, height } = (await filters.boundingBox())!;
  assert(y + height < 500, `${y} ${height}`);
  await assertAccessible(page, "filters at 360");
  await page.getByLabel("Path").focus();
  await page.keyboard.press("Escape");
  await filters.waitFor({ state: "detached" });
  await until(page, "body", "document.activeElement.ariaLabel === 'Filters'");
  await toggle.tap();
  await page.getByLabel("Path").tap();
  await page.touchscreen.tap(355, 735);
  await filters.waitFor({ state: "detached" });
  assert.equal(page.url(), address);
  await page.keyboard.press("Escape");
  await page.waitForURL(`${server.origin}/?text=a+dog`);
});

test("narrows a search to when videos were recorded", async ({ open }) => {
  const home = await folder();
  await Deno.mkdir(join(home, "videos"));
  for (const year of [2019, 2023]) {
    const container = ["-metadata", `creation_time=${year}-06-15T12:00:00Z`];
    const path = await makeVideo({ frames: 25, container });
    await Deno.copyFile(path, join(home, "videos", `${year}.mp4`));
  }
  await Deno.copyFile(await makeVideo({ frames: 25 }), join(home, "videos", "undated.mp4"));
  await closeEncoder();
  await indexFolder(home);
  await using server = await openServer(home, { page: await bundlePage() });
  const page = await open(`${server.origin}/?text=a`);
  const found = (...names: string[]) =>
    until(
      page,
      ".results",
      `it.ariaBusy !== "true" &&
        [...it.querySelectorAll(".name")].map((name) => name.textContent).sort().join() ===
          ${JSON.stringify(names.join())}`,
    );
  await found("2019.mp4", "2023.mp4", "undated.mp4");
  await page.getByRole("button", { name: "Filters" }).click();
  const from = page.getByLabel("Recorded from"), before = page.getByLabel("Recorded before");
  await from.fill("2021-01-01");
  await from.blur();
  await found("2023.mp4");
  await before.fill("2023-06-15");
  await before.blur();
  await page.getByText("The filters leave nothing").waitFor();
  await from.fill("");
  await from.blur();
  await found("2019.mp4");
  assert.equal(new URL(page.url()).search, "?text=a&before=2023-06-15");
});

test("saves a moment", async ({ open, server }) => {
  const page = await open(`${server.origin}/?text=a&path=long.mp4`);
  await page.locator(".moment a.open").first().click();
  await page.getByRole("button", { name: "Save the moment" }).click();
  await page.getByLabel("From, in seconds").fill("20");
  await page.getByLabel("From, in seconds").blur();
  await page.getByLabel("To, in seconds").fill("21.5");
  await page.getByLabel("To, in seconds").blur();
  const home = await folder();
  const save = async (name: string) => {
    const coming = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    const download = await coming;
    assert.equal(download.suggestedFilename(), name);
    const path = join(home, name);
    await download.saveAs(path);
    return (await look(path)).facts;
  };
  const mp4 = await save("long 20-21.5.mp4");
  assert.deepEqual([mp4.codec, mp4.width], ["h264", 96]);
  assert(Math.abs(mp4.duration! - 1.5) < 0.25, `${mp4.duration}`);
  await page.locator(".save label", { hasText: "GIF" }).click();
  const gif = await save("long 20-21.5.gif");
  assert.equal(gif.codec, "gif");
  await page.getByLabel("To, in seconds").fill("120");
  await page.getByLabel("To, in seconds").blur();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Cannot cut the moment: it is longer than 60 s").waitFor();
  await page.getByRole("button", { name: "Copy as a command" }).click();
  await page.locator(".save label", { hasText: "MP4" }).click();
  await page.getByRole("button", { name: "Copy as a command" }).click();
  await page.locator(".said", { hasText: "ffmpeg" }).waitFor();
  await assertAccessible(page, "save");
  await takePicture(page, "save-1280");
});

test("works by keyboard alone", async ({ open, server }) => {
  const page = await open(`${server.origin}/`);
  await page.getByText("can be searched").waitFor();
  const keys = page.keyboard;
  await until(page, "body", "document.activeElement.id === 'search-text'");
  await keys.type("a dog");
  await keys.press("Enter");
  await page.locator(".moment").nth(2).waitFor();
  const focused = () =>
    page.evaluate(
      "[...document.querySelectorAll('.moment a.open')].indexOf(document.activeElement)",
    );
  await keys.press("ArrowDown");
  assert.equal(await focused(), 0);
  await keys.press("ArrowRight");
  assert.equal(await focused(), 1);
  await keys.press("ArrowDown");
  const below = await focused() as number;
  assert(below > 1);
  await keys.press("ArrowUp");
  assert.equal(await focused(), 1);
  await keys.press("Enter");
  await until(page, ".stage video", "it.readyState >= 2");
  await until(page, "body", "document.activeElement.id === 'clip'");
  const time = () => page.locator(".stage video").evaluate((it: VideoElement) => it.currentTime);
  await page.locator(".strip button[aria-pressed=true]").waitFor();
  const before = await time();
  await keys.press(
    await page.locator(".strip li:last-child [aria-pressed=true]").count()
      ? "ArrowLeft"
      : "ArrowRight",
  );
  await until(page, "body", `document.querySelector(".stage video").currentTime !== ${before}`);
  await keys.press("Escape");
  await page.locator(".results").waitFor();
  await until(
    page,
    "body",
    "[...document.querySelectorAll('.moment a.open')].indexOf(document.activeElement) === 1",
  );
  await keys.press("/");
  await until(page, "body", "document.activeElement.id === 'search-text'");
  await keys.type("a cat");
  await page.getByRole("heading", { name: "a cat" }).waitFor();
  assert.equal(await page.evaluate("document.activeElement.id"), "search-text");

  await page.reload();
  await page.locator(".moment").nth(2).waitFor();
  assert.equal(await focused(), -1);
  await keys.press("ArrowRight");
  assert.equal(await focused(), 0);
  await keys.press("ArrowRight");
  assert.equal(await focused(), 1);
});

test("fits every screen, in dark and light", async ({ open, server }) => {
  const [{ clip, at }] = (await server.json<SearchResponse>("/api/search?text=a+dog")).results;
  const views = {
    start: "/",
    results: "/?text=a+dog",
    clip: `/clips/${clip}?text=a+dog&at=${at}&why=1`,
    map: "/map?text=a+dog",
    videos: "/videos",
  };
  for (const [width, height] of [[360, 740], [1920, 1080], [3840, 2160]]) {
    const options = { viewport: { width, height }, hasTouch: width < 500 };
    const page = await open(`${server.origin}/`, options);
    for (const [view, path] of Object.entries(views)) {
      await page.goto(server.origin + path);
      await page.locator(
        {
          start: ".hints",
          results: ".moment img",
          clip: ".explained figure",
          map: ".point img",
          videos: ".index",
        }[view]!,
      ).first().waitFor();
      await until(
        page,
        "body",
        "[...document.images].every((it) => it.complete || it.loading === 'lazy')",
      );
      const [wide, high] = await page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
      ) as [number, number];
      assert(wide <= high, `${view} at ${width}: ${wide} > ${high}`);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await takePicture(page, `${view}-${width}-${colorScheme}`);
        if (width === 360) await assertAccessible(page, `${view} at ${width}, ${colorScheme}`);
      }
    }
  }
});

test("says what is wrong, and what to do", async ({ open, server }) => {
  const page = await open(`${server.origin}/nowhere`);
  await page.getByText("There is nothing at this address").waitFor();
  await assertAccessible(page, "unknown address");
  await page.goto(`${server.origin}/clips/${"0".repeat(32)}-0?text=a`);
  await page.getByRole("heading", { name: "It is not in the index" }).waitFor();
  await assertAccessible(page, "unknown clip");

  const health = await server.json<HealthResponse>("/api/health");
  const [worker] = health.workers;
  const crashed = { ...worker, state: "ready", restarts: 1, lastError: "it ran out of memory" };
  await page.route("**/api/health", (route) =>
    route.fulfill({
      contentType: "application/json",
      body: JSON.stringify({ ...health, workers: [crashed] }),
    }));
  await page.goto(`${server.origin}/videos`);
  await page.getByText("failed and was started anew: it ran out of memory").waitFor();
  await assertAccessible(page, "worker that crashed");
});

test("tells of videos that have moved, and of a server that ended", async ({ open }) => {
  const home = await folder();
  const [path] = await sampleVideos(join(home, "videos"), 1);
  await indexFolder(home);
  await Deno.rename(path, join(home, "elsewhere.mp4"));
  await using server = await openServer(home, { page: await bundlePage() });
  const page = await open(`${server.origin}/?text=a`);
  await page.locator(".moment a.open").click();
  await page.getByText("The video has moved or changed").waitFor();
  await assertAccessible(page, "moved video");
  await page.getByRole("link", { name: "Results" }).click();
  await server.server[Symbol.asyncDispose]();
  await page.locator("#search-text").fill("something else");
  await page.keyboard.press("Enter");
  await page.getByText("The server does not answer").waitFor();
  await assertAccessible(page, "no server");
});

test("adds a folder, and shows how that goes while one searches", async ({ open }) => {
  const home = await folder();
  await sampleVideos(join(home, "in", "more"), 6);
  await Deno.writeTextFile(join(home, "in", "broken.mp4"), "no video");
  await using server = await openServer(home, {
    page: await bundlePage(),
    roots: [join(home, "in")],
  });
  const page = await open(`${server.origin}/`);
  await page.getByText("Nothing is indexed yet").waitFor();
  await assertAccessible(page, "empty index");
  await page.getByRole("link", { name: "Add a folder" }).click();
  await page.getByRole("button", { name: "in", exact: true }).click();
  await page.getByText("1 video right in this folder").waitFor();
  await page.getByRole("button", { name: "Add this folder" }).click();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("heading", { name: /^Done/ }).waitFor();
  await page.getByText("1 file could not be indexed").waitFor();
  await page.locator(".failures li", { hasText: /Cannot .*broken\.mp4/ }).waitFor();
  assert.equal(await page.locator("progress").first().getAttribute("value"), "1");
  await until(page, ".index", `it.textContent.startsWith("Videos6")`);
  await assertAccessible(page, "indexing");
  await takePicture(page, "indexing-1280");
  await search(page, "a dog");
  assert.equal(await page.locator(".moment").count(), 6);
});

test("tells how fast indexing goes, and how long it takes yet", async ({ open }) => {
  const home = await folder();
  await sampleVideos(join(home, "in"), 80);
  await using server = await openServer(home, {
    page: await bundlePage(),
    roots: [join(home, "in")],
  });
  const page = await open(`${server.origin}/videos`);
  await page.getByRole("button", { name: "in", exact: true }).click();
  await page.getByRole("button", { name: "Add this folder" }).click();
  const rate = "([\\d.]+) clips a second · about (\\d+:\\d\\d) left";
  const [, perSecond] = await until<string[]>(page, ".progress", `it.textContent.match(/${rate}/)`);
  assert(Number(perSecond) > 0, perSecond);
  await page.getByRole("heading", { name: /^Done/ }).waitFor();
  assert.doesNotMatch((await page.locator(".progress").textContent())!, /a second|left/);
});

test("says that the search has crashed, and heals", async ({ open }) => {
  const home = await folder();
  await sampleVideos(join(home, "videos"), 2);
  await indexFolder(home);
  using crashes = new WorkerCrashes(/search_worker\.ts$/);
  await using server = await openServer(home, { page: await bundlePage() });
  const page = await open(`${server.origin}/`);
  await page.getByText("can be searched").waitFor();
  await search(page, "a dog");

  // The worker ends while nothing is asked of it: the next search does not notice.
  const { restarts } = await workerState(server);
  crashes.crash();
  while ((await workerState(server)).state !== "failed");
  await search(page, "a cat");
  await page.getByRole("heading", { name: "a cat" }).waitFor();
  assert.equal((await workerState(server)).restarts, restarts + 1);

  // And every one that is started instead.
  crashes.crash({ andThoseToCome: true });
  await page.locator("#search-text").fill("a horse");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Something went wrong" }).waitFor();
  await page.getByText("starts anew with the next try").waitFor();
  await assertAccessible(page, "crashed search");
  crashes.stop();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "a horse" }).waitFor();
  assert.equal(await page.locator(".moment").count(), 2);
  await page.goto(`${server.origin}/videos`);
  await page.getByText(/The part for search failed and was started anew: \S+/).waitFor();
});

test("finds what generated videos show, with the embedded model", async ({ open }) => {
  const home = await folder();
  const videos = join(home, "videos");
  await Deno.mkdir(videos);
  for (const { name, scene } of demoScenes()) await writeVideo(join(videos, name), scene);
  const said = "The seminar is on quantum tax law.";
  await Deno.writeTextFile(
    join(videos, "demo-05.srt"),
    srt([{ start: 1, end: 2, text: said }]),
  );
  await indexFolder(home, 12, EMBEDDED_MODEL);
  await using server = await openServer(home, { page: await bundlePage(), model: EMBEDDED_MODEL });
  const page = await open(`${server.origin}/`);
  for (const { text, video } of DEMO_QUERIES.slice(0, 3)) {
    await search(page, text);
    await until(page, ".grid", `it.querySelector(".name").textContent === "${video}"`);
  }
  const { text, video } = DEMO_QUERIES[2];
  await page.getByRole("link", { name: "Why this?" }).first().click();
  await page.locator(".explained figure canvas").waitFor();
  assert(await decodedFrames(page) > 0);
  const words = await page.locator(".words button").allTextContents();
  assert(text.split(" ").every((word) => words.some((it) => it.startsWith(word))), words.join());
  // The score is that of the search, of the kept frames alone, whose places are coloured.
  const query = new URLSearchParams({ text });
  const { results: [{ clip, score }] } = await server.json<SearchResponse>(`/api/search?${query}`);
  const explained = await server.json<ExplanationResponse>(
    `/api/clips/${clip}/explanation?${query}`,
  );
  assert.deepEqual([explained.mode, explained.counted], ["hvd", ["sentenceFrame", "wordPatch"]]);
  assert(Math.abs(explained.score - score) < 1e-5);
  assert.equal(await page.locator(".similarities .score dd").textContent(), score.toFixed(3));
  assert.equal(await page.locator(".similarities .unused").count(), 0);
  assert.equal(await page.locator(".all .kept canvas").count(), explained.clustered.length);
  assert(await page.locator(".all .dropped").count() > 0);
  assert.equal(await page.locator(".all .dropped canvas").count(), 0);
  await page.locator(".all .dropped button").first().click();
  await page.locator("figcaption", { hasText: "This frame is dropped" }).waitFor();
  await takePicture(page, "embedded-why-1280");
  await page.goBack();
  await page.getByRole("link", { name: "Map" }).click();
  await until(page, ".nearest-clips", `it.querySelector(".name").textContent === "${video}"`);
  await takePicture(page, "embedded-map-1280");

  // What is said is told apart from pictures that are no good match, on every page.
  await server.server.warm();
  await page.goto(`${server.origin}/?text=quantum+tax+law`);
  await page.locator(".summary small", { hasText: "said, not seen" }).waitFor();
  await page.getByText("Nothing that is seen is a good match").waitFor();
  const namesIn = (grid: string) => page.locator(`${grid} .name`).allTextContents();
  assert.deepEqual(await namesIn(".grid:not(.nearest)"), ["demo-05.mp4"]);
  assert.equal((await namesIn(".grid.nearest")).length, 11);
  assert.match((await page.locator(".moment .line").textContent())!, new RegExp(said));
  assert.doesNotMatch((await page.locator(".results").textContent())!, /%/);
  await takePicture(page, "said-1280");
  const matches = await Promise.all([0, 1].map(async (number) => {
    const path = `/api/search?text=quantum+tax+law&pageSize=2&page=${number}`;
    return (await server.json<SearchResponse>(path)).match;
  }));
  assert.equal(matches[0]!.good, false);
  assert.deepEqual(matches[0], matches[1]);
  await page.goto(`${server.origin}/?text=quantum+tax+law&only=speech`);
  await page.locator(".summary small", { hasText: /^1 moment$/ }).waitFor();
  await page.goto(`${server.origin}/?text=quantum+tax+law&only=picture`);
  await page.getByRole("heading", { name: "Nothing is a good match" }).waitFor();
});

endPages();
