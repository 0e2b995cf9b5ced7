import assert from "node:assert/strict";
import { resolve } from "node:path";
import { sandbox } from "../../../pipeline/decode/sandbox.ts";
import { closeEncoder } from "../../media/encode.ts";
import { makeVideo } from "../../media/videos.ts";

Deno.test.afterAll(closeEncoder);

Deno.test("from inside the sandbox nothing can be done but to read its video", async () => {
  const path = resolve(await makeVideo({ frames: 3 }));
  const worker = new Worker(import.meta.resolve("./sandbox_probe.ts"), {
    type: "module",
    deno: { permissions: await sandbox(path) },
  });
  const { promise, resolve: done, reject } = Promise.withResolvers<Record<string, string[]>>();
  worker.onmessage = ({ data }) => done(data);
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage(path);
  const { allowed, denied } = await promise;
  worker.terminate();
  assert.deepEqual(allowed, ["read its video"]);
  assert.equal(denied.length, 10);
});
