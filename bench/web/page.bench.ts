/**
 * From Enter to the first result's picture on the screen: `serve`, warm, over 1,000 clips of
 * generated videos with the embedded model, driven in Chromium with texts that are new. Below the
 * table: the medians and their split.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { CHROMIUM } from "../../tests/web/browser.ts";
import { EMBEDDED_MODEL } from "../../models/embedded.ts";
import type { Measured } from "./page_run.ts";

const missing = CHROMIUM ? "" : " (not measured: there is no chromium; apt-get install chromium)";

Deno.bench({
  name: `page 1000 clips${missing}`,
  group: "page",
  ignore: CHROMIUM === null,
  n: 1,
  warmup: 0,
  fn: async () => {
    const { queries, painted, slowest, complete, split, search } = await run(EMBEDDED_MODEL);
    const ms = (value: number) => `${value.toFixed(0)} ms`;
    console.log(
      `1000 clips, ${queries} new texts: the first picture ${
        ms(painted)
      } after Enter (the slowest ` +
        `${ms(slowest)}), all in sight ${ms(complete)}; of the first: until the server is asked ` +
        `${ms(split.asking)}, its answer ${ms(split.answer)}, the rest of its bytes ` +
        `${ms(split.transfer)}, reading and rendering ${ms(split.rendering)}, the picture from ` +
        `the server ${ms(split.picture)}, decoding and painting ${ms(split.painting)}. The same ` +
        `searches without a server ${ms(search.whole)}: the text tower ${ms(search.text)}, all ` +
        `clips ${ms(search.coarse)}, words and frames of the best hundred ${ms(search.best)}`,
    );
  },
});

/** In a process of its own, which may listen to the browser and the server. */
async function run(model: string): Promise<Measured> {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--config", `${root}deno.json`],
      ...["--allow-read", "--allow-write", "--allow-env", "--allow-sys", "--allow-ffi"],
      ...["--allow-run", "--allow-net=127.0.0.1,localhost"],
      ...[`${root}bench/web/page_run.ts`, model],
    ],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot measure: page_run.ts failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}
