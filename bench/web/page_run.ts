/**
 * Searches an index of 1,000 clips in the page, as Chromium shows it, and prints as one JSON object
 * what passes between Enter and the first picture, in milliseconds:
 * `deno run … bench/web/page_run.ts MODEL`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { openBackend } from "../../kernels/open.ts";
import { openTextTower } from "../../models/clip/text.ts";
import { loadHeads } from "../../models/hvd/heads.ts";
import { Scorer } from "../../models/hvd/scorer.ts";
import { resolveModel } from "../../models/registry.ts";
import { openIndex } from "../../mod.ts";
import { AllFrames } from "../../pipeline/search/all_frames.ts";
import { ClipStore } from "../../store/clip_store.ts";
import { openBrowser, visit } from "../../tests/web/browser.ts";
import type { SearchResponse } from "../../web/api/schemas.ts";
import { newTexts, thousandClips } from "./thousand_clips.ts";
import { median, timed } from "../timed.ts";

/** Queries that are measured, and those before them, which are not. */
const QUERIES = 24, FIRST = 4;

/** When what happened, in milliseconds after Enter. */
interface Shown {
  /** The page asks the server. */
  readonly asked: number;
  /** The first byte of its answer. */
  readonly answered: number;
  readonly received: number;
  /** The results stand in the document. */
  readonly rendered: number;
  /** The first result's picture is there. */
  readonly fetched: number;
  /** The frame that shows it, decoded, by Chromium's own clock. */
  readonly painted: number;
  /** As the last but for all pictures that are in sight. */
  readonly complete: number;
}

/** Runs in the page before a search; `measured` waits for what it shows. */
const MEASURE = `(() => {
  let begun, rendered;
  const painted = new Map();
  addEventListener("keydown", ({ timeStamp }) => begun = timeStamp, { capture: true });
  // Chromium tells of the paint of what is marked before it is loaded.
  const create = document.createElementNS;
  document.createElementNS = function (...of) {
    const element = create.apply(this, of);
    if (element instanceof HTMLImageElement) element.setAttribute("elementtiming", "picture");
    return element;
  };
  new MutationObserver((mutations) => {
    const shows = (node) => node.querySelector?.(".picture img");
    if (mutations.some(({ addedNodes }) => [...addedNodes].some(shows))) {
      rendered ??= performance.now();
    }
  }).observe(document.body, { childList: true, subtree: true });
  new PerformanceObserver((list) => {
    for (const { url, renderTime } of list.getEntries()) painted.set(url, renderTime);
  }).observe({ type: "element" });
  const inSight = () => [...document.querySelectorAll(".moment .picture img")]
    .filter((image) => {
      const { top, bottom } = image.getBoundingClientRect();
      return bottom > 16 && top < innerHeight - 16;
    })
    .map(({ src }) => src);
  globalThis.measured = async () => {
    for (const until = performance.now() + 30_000; performance.now() < until;) {
      const wanted = rendered ? inSight() : [];
      if (wanted.length > 0 && wanted.every((src) => painted.has(src))) {
        const resources = performance.getEntriesByType("resource");
        const search = resources.find(({ name }) => name.includes("/api/search?"));
        const picture = resources.find(({ name }) => name === wanted[0]);
        return {
          asked: search.startTime - begun,
          answered: search.responseStart - begun,
          received: search.responseEnd - begun,
          rendered: rendered - begun,
          fetched: picture.responseEnd - begun,
          painted: painted.get(wanted[0]) - begun,
          complete: Math.max(...wanted.map((src) => painted.get(src))) - begun,
        };
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const missing = inSight().filter((src) => !painted.has(src));
    throw new Error("Cannot measure: never painted: " + missing.join(", "));
  };
})()`;

/** Medians in milliseconds. */
export interface Measured {
  readonly queries: number;
  /** From Enter to the first picture's paint. */
  readonly painted: number;
  /** The most that it took. */
  readonly slowest: number;
  /** From Enter to the paint of the last picture in sight. */
  readonly complete: number;
  /** What the time until the first picture went into, in order. */
  readonly split: Readonly<
    Record<"asking" | "answer" | "transfer" | "rendering" | "picture" | "painting", number>
  >;
  /** A search without a server, and what of it went where. */
  readonly search: Readonly<Record<"whole" | "text" | "coarse" | "best", number>>;
}

const [name] = Deno.args;
const texts = newTexts(FIRST + 2 * QUERIES);
const index = await thousandClips(name);
const shown = await inPage(texts.slice(0, FIRST + QUERIES));
const steps = await inProcess(texts.slice(FIRST + QUERIES));
const part = (value: (shown: Shown) => number) => median(shown.slice(FIRST).map(value));
const measured: Measured = {
  queries: QUERIES,
  painted: part(({ painted }) => painted),
  slowest: Math.max(...shown.slice(FIRST).map(({ painted }) => painted)),
  complete: part(({ complete }) => complete),
  split: {
    asking: part(({ asked }) => asked),
    answer: part(({ asked, answered }) => answered - asked),
    transfer: part(({ answered, received }) => received - answered),
    rendering: part(({ received, rendered }) => rendered - received),
    picture: part(({ rendered, fetched }) => fetched - rendered),
    painting: part(({ fetched, painted }) => painted - fetched),
  },
  search: steps,
};
console.log(JSON.stringify(measured));

/** What `serve` and Chromium take together. */
async function inPage(texts: readonly string[]): Promise<Shown[]> {
  await using server = await serve();
  await using browser = await openBrowser();
  const { page, leave } = await visit(browser, server.address);
  // Each picture comes from the server, as that of a new result does.
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  const shown: Shown[] = [];
  for (const text of texts) shown.push(await enter(page, server.address, text));
  const wrong = await leave();
  if (wrong.length > 0) throw new Error(`Cannot measure: ${wrong.join("; ")}`);
  return shown;
}

/** Presses Enter on the start page, behind a text that was not searched for before. */
async function enter(page: Page, address: string, text: string): Promise<Shown> {
  // Loaded anew, it has no picture in memory.
  await page.goto(address);
  await page.getByText("can be searched").waitFor();
  await page.evaluate(MEASURE);
  // Set and not typed, so that nothing is asked before Enter.
  await page.evaluate(`document.querySelector("#search-text").value = ${JSON.stringify(text)}`);
  await page.keyboard.press("Enter");
  return await page.evaluate("measured()");
}

/** `serve` in a process of its own, warm. */
async function serve(): Promise<AsyncDisposable & { readonly address: string }> {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--config", `${root}deno.json`],
      ...["--allow-read", "--allow-env", "--allow-ffi", "--allow-write", "--allow-net=127.0.0.1"],
      ...[`${root}cli/main.ts`, "serve", "--index", index, "--port", "0"],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value: said } = await lines.read();
  if (!said) throw new Error("Cannot measure: serve did not start");
  const address = said.trim();
  // It is warm when it knows what chance finds.
  for (let isWarm = false; !isWarm;) {
    const answer = await fetch(`${address}api/search?text=warm`);
    if (!answer.ok) throw new Error(`Cannot measure: ${await answer.text()}`);
    const { match } = await answer.json() as SearchResponse;
    isWarm = match !== null;
  }
  return {
    address,
    async [Symbol.asyncDispose]() {
      child.kill("SIGINT");
      await child.status;
      await lines.cancel();
    },
  };
}

/** The same search without a server, and its steps that can be taken one by one. */
async function inProcess(texts: readonly string[]): Promise<Measured["search"]> {
  const whole: number[] = [], text: number[] = [], coarse: number[] = [];
  {
    await using opened = await openIndex(index, { model: name });
    await opened.calibrate();
    for (const text of texts) {
      await timed(whole, () => opened.search({ texts: [text] }, { top: 24 }));
    }
  }
  const model = await resolveModel(name);
  const heads = await loadHeads(model.dir, model.config.dim);
  const store = await ClipStore.open(index);
  const clips = await store.coarse({ entities: heads.similarities.includes("sentence_patch") });
  const tower = await openTextTower(model);
  const scorer = new Scorer(await openBackend("cpu"), heads);
  const frames = new AllFrames(store);
  const firstStage = async (sentence: Float32Array): Promise<unknown> =>
    heads.mode === "hvd"
      ? await frames.compared(clips, 1, async (rows) => [await scorer.spotFrames(sentence, rows)])
      : await scorer.coarse(sentence, clips.vectors);
  await firstStage(new Float32Array(clips.dim)); // reads the frames
  for (const it of texts) {
    const { sentence } = await scorer.prepare(await timed(text, () => tower.encode(it)));
    await timed(coarse, () => firstStage(sentence));
  }
  await tower.close();
  store.close();
  const medians = { whole: median(whole), text: median(text), coarse: median(coarse) };
  return { ...medians, best: medians.whole - medians.text - medians.coarse };
}
