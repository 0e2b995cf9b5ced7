import assert from "node:assert/strict";
import { join } from "node:path";
import type { SearchResponse, VideoResponse } from "../../web/api/schemas.ts";
import { sampleVideos } from "../media/samples.ts";
import { ADDONS_STAY, folder, indexFolder } from "../web/open_server.ts";
import { fovea, MODEL, startAlone } from "./fovea.ts";

/** Starts to serve with the permissions of the task, and reads the address that it prints. */
async function serve(home: string): Promise<{ child: Deno.ChildProcess; address: string }> {
  const child = startAlone(["serve", "--port", "0", "--model", MODEL, "--root", home], home);
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let printed = "";
  while (!printed.includes("\n")) {
    const { value, done } = await reader.read();
    assert(!done, `serve ended: ${printed}`);
    printed += value;
  }
  await reader.cancel();
  return { child, address: printed.trim() };
}

Deno.test({
  name: "serve has the permissions it needs, and ends in order with requests in flight",
  ignore: Deno.build.os === "windows",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await folder();
    await sampleVideos(join(home, "videos"), 1);
    await indexFolder(home, 4);
    const { child, address } = await serve(home);
    assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    const get = (path: string, init?: RequestInit) => fetch(new URL(path, address), init);

    assert.match(await (await get("/")).text(), /<script type="module" src="\/page\.js">/);
    assert.equal((await get("/page.js")).status, 200);
    const { results } = await (await get("/api/search?text=a")).json() as SearchResponse;
    const [{ clip, video }] = results;
    const detail = await (await get(`/api/videos/${video}`)).json() as VideoResponse;
    assert.equal(detail.available, true);
    for (const part of ["file", "segments/0", "moment?start=0&end=1&cut=exact"]) {
      const response = await get(`/api/videos/${video}/${part}`);
      assert.equal(response.status, 200, await response.text());
    }
    const form = new FormData();
    form.set("image", await (await get(`/api/clips/${clip}/thumbnails/0`)).blob());
    const image = await get("/api/images", { method: "POST", body: form });
    assert.equal(image.status, 200, await image.text());

    const events = await get("/api/indexing/events");
    child.kill("SIGINT");
    await events.text();
    assert.equal((await child.status).code, 0);
  },
});

Deno.test("serve beyond this machine asks for the permission to listen there", async () => {
  const home = await folder();
  const { code, stderr } = await fovea(["serve", "--host", "0.0.0.0", "--port", "0"], home);
  assert.equal(code, 1);
  assert.match(stderr, /Cannot listen on 0\.0\.0\.0:0: .*--allow-net=0\.0\.0\.0/);
});

Deno.test("serve says which root is no folder, and that a port is taken", async () => {
  const home = await folder();
  const root = await fovea(["serve", "--root", join(home, "missing")], home);
  assert.equal(root.code, 1);
  assert.match(root.stderr, /^error: Cannot take .*missing for a root: it is no folder/);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = String((listener.addr as Deno.NetAddr).port);
  const taken = await fovea(["serve", "--port", port], home);
  assert.match(taken.stderr, /Cannot listen on 127\.0\.0\.1:\d+: the port is taken/);
});
