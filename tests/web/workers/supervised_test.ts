import assert from "node:assert/strict";
import { join } from "node:path";
import { Supervised } from "../../../web/workers/supervised.ts";
import type { DyingWorker } from "./dying_worker.ts";

function supervise(): Supervised<DyingWorker> {
  return new Supervised<DyingWorker>(
    new URL("./dying_worker.ts", import.meta.url),
    (api) => api.open(),
  );
}

Deno.test("a worker that dies is started again, and the call made once more", async () => {
  using worker = supervise();
  assert.deepEqual(worker.health, { state: "idle", restarts: 0, lastError: null });
  assert.equal(await worker.call((api) => api.double(21)), 42);
  const path = join(await Deno.makeTempDir({ prefix: "fovea-test-" }), "died");
  const calls = [
    worker.call((api) => api.dieOnce(path)),
    worker.call((api) => api.double(4)),
  ];
  assert.deepEqual(await Promise.all(calls), ["alive", 8]);
  const { state, restarts, lastError } = worker.health;
  assert.deepEqual([state, restarts], ["ready", 1]);
  assert.match(lastError!, /out of luck/);
});

Deno.test("a call that kills twice fails, and the next one works", async () => {
  using worker = supervise();
  await assert.rejects(worker.call((api) => api.die()), /out of luck/);
  assert.equal(worker.health.state, "failed");
  assert.equal(await worker.call((api) => api.double(1)), 2);
  assert.deepEqual([worker.health.state, worker.health.restarts], ["ready", 2]);
});

Deno.test("a call that takes too long ends its worker, and those beside it are made again", async () => {
  using worker = supervise();
  assert.equal(await worker.call((api) => api.double(2), 60), 4);
  const spinning = worker.call((api) => api.spin(), 0.2);
  const beside = worker.call((api) => api.double(3));
  await assert.rejects(spinning, { name: "TimeoutError", message: "it took more than 0.2 s" });
  assert.equal(await beside, 6);
  assert.deepEqual([worker.health.state, worker.health.restarts], ["ready", 1]);
});

Deno.test("an error of the callee comes through, and kills nothing", async () => {
  using worker = supervise();
  await assert.rejects(worker.call((api) => api.fail()), { name: "RangeError" });
  assert.deepEqual([worker.health.state, worker.health.restarts], ["ready", 0]);
});

Deno.test("a worker that does not open says so, and is tried again", async () => {
  let refuse = true;
  using worker = new Supervised<DyingWorker>(
    new URL("./dying_worker.ts", import.meta.url),
    () => refuse ? Promise.reject(new Error("not today")) : Promise.resolve(),
  );
  await assert.rejects(worker.call((api) => api.double(1)), /not today/);
  assert.equal(worker.health.state, "failed");
  refuse = false;
  assert.equal(await worker.call((api) => api.double(1)), 2);
});
