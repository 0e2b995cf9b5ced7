import assert from "node:assert/strict";
import { Recent } from "../../store/recent.ts";

Deno.test("Recent drops what was used longest ago when it is full", () => {
  const recent = new Recent<number>(10);
  recent.set("a", 1, 4);
  recent.set("b", 2, 4);
  assert.equal(recent.get("a"), 1);
  recent.set("c", 3, 4);
  assert.deepEqual(["a", "b", "c"].map((key) => recent.get(key)), [1, undefined, 3]);
});

Deno.test("Recent counts a value that is set again once, and keeps none that is too large", () => {
  const recent = new Recent<number>(10);
  recent.set("a", 1, 6);
  recent.set("a", 2, 6);
  recent.set("b", 3, 4);
  assert.deepEqual([recent.get("a"), recent.get("b")], [2, 3]);
  recent.set("c", 4, 11);
  assert.equal(recent.get("c"), undefined);
  recent.clear();
  assert.equal(recent.get("a"), undefined);
});
