import assert from "node:assert/strict";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type {
  ClipResponse,
  IndexingResponse,
  MapResponse,
  SearchResponse,
} from "../../web/api/schemas.ts";
import { bundlePage } from "../../web/page/bundle.ts";
import { type Point, stageOf, toStage, WHOLE } from "../../web/page/map/camera.ts";
import { type PlacedClip, placedClips } from "../../web/page/map/placed_clips.ts";
import { sampleVideos } from "../media/samples.ts";
import { assertAccessible, takePicture, until } from "./browser.ts";
import { endPages, test } from "./open_pages.ts";
import { folder, openServer, type TestServer } from "./open_server.ts";

/** All clips, and where the whole map has them, in pixels of the plane. */
async function mapped(
  page: Page,
  server: TestServer,
): Promise<{ clips: readonly PlacedClip[]; places: readonly Point[] }> {
  const clips = placedClips(await server.json<MapResponse>("/api/map"));
  await page.locator(".plane .point").first().waitFor();
  const [width, height, rem] = await page.evaluate(`(() => {
    const { clientWidth, clientHeight } = document.querySelector(".plane");
    const { fontSize } = getComputedStyle(document.documentElement);
    return [clientWidth, clientHeight, parseFloat(fontSize)];
  })()`) as [number, number, number];
  const stage = stageOf(width, height, rem);
  return { clips, places: clips.map((clip) => toStage(WHOLE, stage, clip)) };
}

/** The opacities of the canvas's pixels at points, and the share of all pixels that are drawn on. */
async function drawnAt(page: Page, points: readonly Point[]): Promise<[number[], number]> {
  return await page.evaluate(`(() => {
    const canvas = document.querySelector(".plane canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const scale = canvas.width / canvas.clientWidth;
    const opacity = (x, y) =>
      data[4 * (Math.floor(y * scale) * canvas.width + Math.floor(x * scale)) + 3];
    let drawn = 0;
    for (let i = 3; i < data.length; i += 4) drawn += data[i] > 0;
    const points = ${JSON.stringify(points)};
    return [points.map(({ x, y }) => opacity(x, y)), drawn / (data.length / 4)];
  })()`) as [number[], number];
}

/** The number of the clip that has the focus; null for none. */
function focused(page: Page): Promise<string | null> {
  return page.evaluate("document.activeElement.dataset.number ?? null");
}

test("leads to a map that has a point for every clip", async ({ open, server }) => {
  const page = await open(`${server.origin}/`);
  await page.getByRole("link", { name: "on a map" }).click();
  await page.waitForURL(/\/map$/);
  const { clips, places } = await mapped(page, server);
  assert.equal(
    await page.locator("[role=status] h1").textContent(),
    `${clips.length} clips of 8 videos`,
  );
  const [opacities, drawn] = await drawnAt(page, places);
  assert(opacities.every((it) => it > 0), `${opacities}`);
  assert(drawn < 0.05, `${drawn}`);
  assert(await page.locator(".point.pictured").count() > 3);
  await until(page, ".point img", "it.complete && it.naturalWidth > 0");
  await assertAccessible(page, "map");
  await takePicture(page, "map-all-1280");
  await page.keyboard.press("Escape");
  await page.locator(".hints").waitFor();
});

test("shows a search on the map, among the clips that fit it best", async ({ open, server }) => {
  const page = await open(`${server.origin}/?text=a+dog`);
  await page.getByRole("link", { name: "Map" }).click();
  await page.waitForURL(/\/map\?text=a\+dog$/);
  await page.locator(".asked span", { hasText: "a dog" }).waitFor();
  const { results } = await server.json<SearchResponse>("/api/search?text=a+dog&only=picture");
  const best = results.slice(0, 5);
  assert.deepEqual(
    await page.locator(".nearest-clips .name").allTextContents(),
    best.map(({ name }) => name),
  );
  assert.equal(await page.locator(".point.best").count(), 5);
  assert.equal(await page.locator(".rays line").count(), 5);
  const middles = await page.evaluate(`[...document.querySelectorAll(".point.best")].map((it) => {
    const { left, right, top, bottom } = it.getBoundingClientRect();
    return { x: (left + right) / 2, y: (top + bottom) / 2 };
  })`) as Point[];
  const place = await page.evaluate(`(() => {
    const { left, top } = document.querySelector(".asked").getBoundingClientRect();
    return { x: left, y: top };
  })()`) as Point;
  for (const axis of ["x", "y"] as const) {
    assert(place[axis] >= Math.min(...middles.map((it) => it[axis])) - 1);
    assert(place[axis] <= Math.max(...middles.map((it) => it[axis])) + 1);
  }
  await assertAccessible(page, "map with a search");

  // Another search stays on the map, and so does one without something.
  await page.locator("#search-text").fill("a cat");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/map\?text=a\+cat$/);
  await page.locator(".asked span", { hasText: "a cat" }).waitFor();
  await page.goto(`${server.origin}/map?text=a+cat&text=snow`);
  await page.locator(".chip").click();
  await page.waitForURL(/\/map\?text=a\+cat$/);
  await page.goto(`${server.origin}/map?text=a&path=none`);
  await page.getByText("No clip fits").waitFor();
  await page.getByRole("link", { name: "Remove all filters" }).click();
  await page.locator(".asked span").waitFor();
  await page.getByRole("link", { name: "Moments" }).click();
  await page.locator(".moment").first().waitFor();
});

test("lets keys walk over the map, and open a clip", async ({ open, server }) => {
  const page = await open(`${server.origin}/map?text=a+dog`);
  const { clips } = await mapped(page, server);
  await page.locator(".point.best").nth(4).waitFor();
  const keys = page.keyboard;
  await page.locator("#search-text").focus();
  await keys.press("ArrowDown");
  await until(page, "body", "document.activeElement.dataset.number");
  assert.match(
    (await page.locator(".point:focus").getAttribute("aria-label"))!,
    /, \d+:\d\d–\d+:\d\d, number 1 of the nearest$/,
  );
  const seen = new Set([await focused(page)]);
  for (const way of ["Left", "Left", "Up", "Right", "Right", "Right", "Down", "Left"]) {
    await keys.press(`Arrow${way}`);
    const number = (await focused(page))!;
    seen.add(number);
    await page.locator(".clip-card .name", { hasText: clips[Number(number)].name }).waitFor();
  }
  assert(seen.size > 3, [...seen].join());
  const number = (await focused(page))!;
  const place = () => page.locator(".point:focus").boundingBox();
  const before = (await place())!;
  await keys.press("+");
  await keys.press("Shift+ArrowRight");
  assert.equal(await focused(page), number);
  const after = (await place())!;
  assert(after.x + after.width / 2 < before.x + before.width / 2, `${before.x} ${after.x}`);
  assert.equal(await page.getByRole("button", { name: "The whole map" }).isEnabled(), true);

  await keys.press("Enter");
  const { clip } = clips[Number(number)];
  await page.waitForURL((url) => url.pathname === `/clips/${clip}`);
  await page.getByRole("link", { name: "Map" }).waitFor();
  await until(page, "body", "document.activeElement.id === 'clip'");
  await keys.press("Escape");
  await page.waitForURL(/\/map\?text=a\+dog$/);
  await until(page, "body", `document.activeElement.dataset.number === "${number}"`);
  assert.equal(await page.getByRole("button", { name: "The whole map" }).isEnabled(), true);
  await keys.press("0");
  assert.equal(await page.getByRole("button", { name: "The whole map" }).isEnabled(), false);
  assert.equal(await focused(page), number);
});

test("shows the best frame under the pointer, and is dragged and enlarged", async (given) => {
  const { open, server } = given;
  const page = await open(`${server.origin}/map?text=a+dog`);
  const { clips, places } = await mapped(page, server);
  await page.locator(".point.best").nth(4).waitFor();
  const found = await server.json<SearchResponse>("/api/search?text=a+dog&only=picture");
  const best = found.results.slice(0, 5).map(({ clip }) => clip);
  const other = clips.findIndex(({ clip }) => !best.includes(clip));
  const box = (await page.locator(".plane").boundingBox())!;
  const at = { x: box.x + places[other].x, y: box.y + places[other].y };
  await page.mouse.move(at.x, at.y);
  const number = Number(await page.locator(".point.current").getAttribute("data-number"));
  const { frames } = await server.json<ClipResponse>(`/api/clips/${clips[number].clip}?text=a+dog`);
  const nearest = found.results.find(({ clip }) => clip === clips[number].clip)?.frame ??
    frames.findIndex(({ similarity }) =>
      similarity === Math.max(...frames.map((it) => it.similarity!))
    );
  await until(
    page,
    ".clip-card img",
    `it.src.endsWith("/thumbnails/${nearest}") && it.complete && it.naturalWidth > 0`,
  );
  assert.equal(await page.locator(".clip-card .name").textContent(), clips[number].name);
  assert.match((await page.locator(".clip-card .when").textContent())!, /^\d+:\d\d–\d+:\d\d/);
  await assertAccessible(page, "map with a card");

  // The wheel enlarges around the pointer.
  const middle = async (number: number) => {
    const { x, y, width, height } = (await page.locator(`.point[data-number="${number}"]`)
      .boundingBox())!;
    return { x: x + width / 2, y: y + height / 2 };
  };
  const before = await middle(number);
  await page.mouse.wheel(0, -400);
  await until(page, "[aria-label='The whole map']", "!it.disabled");
  const enlarged = await middle(number);
  const far = (place: Point) => Math.hypot(place.x - at.x, place.y - at.y);
  assert(far(enlarged) >= far(before) && far(enlarged) < 4 * far(before) + 2);
  // What ends a drag opens nothing.
  await page.mouse.down();
  await page.mouse.move(at.x - 30, at.y - 20, { steps: 3 });
  await page.mouse.up();
  const dragged = await middle(number);
  assert(Math.abs(dragged.x - enlarged.x + 30) < 2, `${enlarged.x} ${dragged.x}`);
  assert.equal(new URL(page.url()).pathname, "/map");
  await page.mouse.move(dragged.x, dragged.y);
  await page.mouse.click(dragged.x, dragged.y);
  await page.waitForURL((url) => url.pathname === `/clips/${clips[number].clip}`);
  await until(page, ".stage video", "it.readyState >= 2");
});

test("shows with the first touch what the second opens", async ({ open, server }) => {
  const page = await open(`${server.origin}/map?text=a+dog`, {
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  });
  await page.locator(".point.best").nth(4).waitFor();
  await page.locator(".point.best.pictured").first().tap();
  await page.locator(".clip-card").waitFor();
  assert.equal(new URL(page.url()).pathname, "/map");
  await assertAccessible(page, "map at 360 with a card");
  await takePicture(page, "map-card-360");
  await page.locator(".clip-card").tap();
  await page.waitForURL(/\/clips\//);
  await page.getByRole("link", { name: "Map" }).click();
  await page.locator(".nearest-clips a").first().tap();
  await page.waitForURL(/\/clips\/.*at=/);
});

test("keeps the words of a search on the map", async ({ open, server }) => {
  const page = await open(`${server.origin}/map`, { viewport: { width: 360, height: 740 } });
  const { clips } = await mapped(page, server);
  const across = clips.toSorted((a, b) => a.x - b.x);
  for (const { name } of [across[0], across.at(-1)!]) {
    await page.goto(`${server.origin}/map?text=a+dog+that+runs+on+the+beach&path=${name}`);
    await page.locator(".asked span").waitFor();
    const [words, plane] = await page.evaluate(
      `[".asked span", ".plane"].map((it) => document.querySelector(it).getBoundingClientRect())
        .map(({ left, right }) => ({ left, right }))`,
    ) as { left: number; right: number }[];
    assert(words.left >= plane.left && words.right <= plane.right, JSON.stringify(words));
  }
});

test("says why there is no map", async ({ open, server }) => {
  const page = await open(`${server.origin}/`);
  await page.route("**/api/map", (route) =>
    route.fulfill({
      status: 500,
      contentType: "application/json",
      body: JSON.stringify({ error: "Cannot lay out the map: it is a test", kind: "failed" }),
    }));
  await page.goto(`${server.origin}/map?text=a+dog`);
  await page.getByText("Cannot lay out the map: it is a test").waitFor();
  await assertAccessible(page, "map that failed");
  await page.unroute("**/api/map");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".asked span").waitFor();
});

test("waits for enough clips, and says when there are more", async ({ open }) => {
  const home = await folder();
  const add = async (server: TestServer, name: string, count: number) => {
    await sampleVideos(join(home, name), count);
    await server.json("/api/indexing", {
      method: "POST",
      headers: { "content-type": "application/json", origin: server.origin },
      body: JSON.stringify({ folder: join(home, name) }),
    });
  };
  await using server = await openServer(home, { page: await bundlePage(), roots: [home] });
  const page = await open(`${server.origin}/map`);
  await page.getByText("Nothing is indexed yet").waitFor();
  await assertAccessible(page, "map of nothing");
  await add(server, "first", 2);
  await page.getByText("There are 2 so far, and it takes 3").waitFor();
  await assertAccessible(page, "map of too few clips");
  await add(server, "second", 3);
  await page.locator(".plane .point").nth(2).waitFor();
  await page.reload();
  const heading = (clips: number) =>
    page.getByRole("heading", { name: `${clips} clips of ${clips} videos` });
  await heading(5).waitFor();
  await add(server, "third", 6);
  await page.getByText("The index has changed").waitFor();
  await heading(5).waitFor();
  for (let state = ""; state !== "idle";) {
    ({ state } = await server.json<IndexingResponse>("/api/indexing"));
  }
  await page.getByRole("button", { name: "Lay it out anew" }).click();
  await heading(11).waitFor();
});

endPages();
