import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { bundlePage } from "../../web/page/bundle.ts";
import { CHROMIUM, openBrowser, type Visit, visit } from "./browser.ts";
import { ADDONS_STAY, openServer, type TestServer } from "./open_server.ts";
import { sampleIndex } from "./sample_index.ts";

interface Opened {
  readonly browser: Browser & AsyncDisposable;
  readonly home: string;
  readonly server: TestServer;
}

let opened: Promise<Opened> | undefined;

/** One browser, and one server for what changes nothing. */
function shared(): Promise<Opened> {
  return opened ??= (async () => {
    const page = await bundlePage();
    const home = await sampleIndex();
    const server = await openServer(home, { page });
    await server.server.warm();
    return { browser: await openBrowser(), home, server };
  })();
}

/** What a test works with. */
export interface Given extends Opened {
  /** Opens the page, which must neither fail nor ask anyone else for anything. */
  open(address: string, options?: BrowserContextOptions): Promise<Page>;
}

/** Registers a test of the page. */
export function test(name: string, fn: (given: Given) => Promise<void>): void {
  const missing = CHROMIUM ? "" : " (there is no chromium: apt-get install chromium)";
  Deno.test({
    name: `the page ${name}${missing}`,
    ignore: CHROMIUM === null,
    ...ADDONS_STAY,
    fn: async () => {
      const opened = await shared();
      const visits: Visit[] = [];
      const open = async (address: string, options?: BrowserContextOptions) => {
        const visited = await visit(opened.browser, address, options);
        visits.push(visited);
        return visited.page;
      };
      let wrong: string[] = [];
      try {
        await fn({ ...opened, open });
      } finally {
        wrong = (await Promise.all(visits.map((visited) => visited.leave()))).flat();
        for (const text of wrong) console.error(text);
      }
      assert.deepEqual(wrong, []);
    },
  });
}

/** Registers the end of what the tests of a file shared. */
export function endPages(): void {
  Deno.test({
    name: "the page's browser and server end",
    ignore: CHROMIUM === null,
    ...ADDONS_STAY,
    fn: async () => {
      const { browser, server } = await shared();
      await browser[Symbol.asyncDispose]();
      await server.server[Symbol.asyncDispose]();
    },
  });
}
