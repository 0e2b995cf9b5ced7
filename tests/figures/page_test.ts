import assert from "node:assert/strict";
import { figure } from "../../figures/figure.ts";
import { toPage } from "../../figures/page.ts";
import { CHROMIUM, openBrowser } from "../web/browser.ts";

Deno.test({
  name: "a picture fits the window, and scrolls where its letters would be too small",
  ignore: CHROMIUM === null,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using browser = await openBrowser();
    const page = await browser.newPage();
    for (
      const [drawn, window, shown] of [
        [1600, 2000, 1600],
        [1600, 1280, 1280],
        [1600, 360, 960],
        [500, 1280, 500],
        [500, 360, 500],
      ]
    ) {
      await page.setViewportSize({ width: window, height: 2000 });
      await page.setContent(toPage(figure(drawn, drawn / 2, "test", []), "test", null, ""));
      const [width, height, around] = await page.evaluate(`(() => {
        const { width, height } = document.querySelector("svg").getBoundingClientRect();
        return [width, height, document.documentElement.scrollWidth];
      })()`) as number[];
      assert.deepEqual([width, height, around], [shown, shown / 2, window]);
    }
  },
});
