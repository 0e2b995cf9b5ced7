import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/** Where pictures of the page are left for whoever wants to look at them. */
const SCREENSHOTS = fileURLToPath(new URL("screenshots", import.meta.url));

/** Milliseconds that anything on a busy machine may take. */
export const PATIENCE = 60_000;

/** Settings of a browser beside a mouse, which a machine in a rack lacks. */
const MOUSE = "primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4," +
  "availablePointerTypes=4";

/** The command that starts Chromium; null where there is none. */
export const CHROMIUM = ["chromium", "chromium-browser"].find(isThere) ?? null;

function isThere(command: string): boolean {
  try {
    return new Deno.Command(command, { args: ["--version"] }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Starts Chromium, whose end is the caller's to ask for. */
export async function openBrowser(): Promise<Browser & AsyncDisposable> {
  const profile = await Deno.makeTempDir({ prefix: "fovea-test-" });
  const child = new Deno.Command(CHROMIUM!, {
    args: [
      "--headless=new",
      // Tests run as root in containers, and visit nothing but the page.
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--disable-gpu",
      "--no-first-run",
      "--mute-audio",
      `--blink-settings=${MOUSE}`,
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "about:blank",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const { promise: address, resolve, reject } = Promise.withResolvers<string>();
  const reading = (async () => {
    let said = "";
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      said += text;
      const match = /DevTools listening on (\S+)/.exec(said);
      if (match) resolve(match[1]);
    }
    reject(new Error(`Cannot start Chromium: ${said}`));
  })();
  // Else it looks for Windows around it when it is loaded, at a place that needs all permissions.
  Deno.env.set("__IS_WSL_TEST__", "1");
  const { chromium } = await import("playwright-core");
  const browser = await chromium.connectOverCDP(await address, { timeout: PATIENCE });
  return Object.assign(browser, {
    async [Symbol.asyncDispose]() {
      await browser.close();
      child.kill();
      await Promise.all([child.status, reading]);
      await Deno.remove(profile, { recursive: true });
    },
  });
}

/** A page in a window of its own. */
export interface Visit {
  readonly page: Page;
  /** Closes the window. @returns What failed in it, and whom else it asked for anything. */
  leave(): Promise<readonly string[]>;
}

/** Opens the page. */
export async function visit(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: "no-preference",
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const wrong: string[] = [];
  const { origin } = new URL(address);
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (message) => {
    // Answers with an error are shown in the page, and listed by the browser as well.
    const isAnswer = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isAnswer) wrong.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(blob|data|about):/.test(url)) wrong.push(`asked ${url}`);
  });
  await page.goto(address);
  return {
    page,
    async leave() {
      await context.close();
      return wrong;
    },
  };
}

/**
 * Waits until something holds in a page, at its first match of a selector.
 *
 * Not by Playwright's `waitForFunction`, which the page's content security policy forbids.
 */
export async function until<T>(page: Page, selector: string, condition: string): Promise<T> {
  return await page.evaluate(`(async () => {
    for (const began = performance.now(); performance.now() < began + ${PATIENCE};) {
      const it = document.querySelector(${JSON.stringify(selector)});
      const holds = it && (${condition});
      if (holds) return holds;
      await new Promise(requestAnimationFrame);
    }
    throw new Error(${JSON.stringify(`It never came to be: ${selector}: ${condition}`)});
  })()`) as T;
}

const axe = Deno.readTextFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"));

interface Found {
  readonly violations: {
    id: string;
    help: string;
    nodes: { html: string; failureSummary: string }[];
  }[];
}

/** Checks that nothing on the page shuts anyone out, as far as a program can tell. */
export async function assertAccessible(page: Page, view: string): Promise<void> {
  await page.evaluate(`globalThis.axe || (() => { ${axe} })()`);
  const { violations } = await page.evaluate("axe.run()") as Found;
  const told = violations.map(({ id, help, nodes }) =>
    `${id}: ${help}\n${
      nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join("\n")
    }`
  );
  assert.deepEqual(told, [], `${view}\n${told.join("\n")}`);
}

/** Leaves a picture of the page for people. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}
