import assert from "node:assert/strict";
import { PATIENCE, SETTLE, Settling } from "../../files/settling.ts";

const file = { path: "/films/a.mp4", size: 100, modified: 5 };

Deno.test("a file that changes in size or time is not whole until it rests", () => {
  const settling = new Settling();
  assert.equal(settling.due, Infinity);
  assert.equal(settling.look(file, 0), "unsettled");
  assert.equal(settling.due, SETTLE);
  assert.equal(settling.look({ ...file, size: 200 }, SETTLE), "unsettled");
  assert.equal(settling.look({ ...file, size: 200, modified: 6 }, 2 * SETTLE), "unsettled");
  assert.equal(settling.look({ ...file, size: 200, modified: 6 }, 2.5 * SETTLE), "unsettled");
  assert.equal(settling.look({ ...file, size: 200, modified: 6 }, 3 * SETTLE), "whole");
  settling.done(file.path);
  assert.equal(settling.due, Infinity);
});

Deno.test("a file that fails gets time, then is told of once, until it changes", () => {
  const settling = new Settling();
  settling.look(file, 0);
  assert.equal(settling.look(file, SETTLE), "whole");
  assert.equal(settling.failed(file.path, SETTLE), false);
  assert.equal(settling.due, SETTLE + PATIENCE);
  assert.equal(settling.look(file, 2 * SETTLE), "unreadable");
  assert.equal(settling.look(file, SETTLE + PATIENCE), "whole");
  assert.equal(settling.failed(file.path, SETTLE + PATIENCE), true);
  assert.equal(settling.due, Infinity);
  assert.equal(settling.look(file, 99 * PATIENCE), "unreadable");
  assert.equal(settling.look({ ...file, size: 101 }, 99 * PATIENCE), "unsettled");
  assert.equal(settling.look({ ...file, size: 101 }, 99 * PATIENCE + SETTLE), "whole");
  settling.keep(new Set());
  assert.equal(settling.due, Infinity);
});
