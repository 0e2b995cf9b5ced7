import assert from "node:assert/strict";
import { locate } from "../../store/location.ts";

Deno.test("locate takes a URI of an unknown scheme for wrong usage", () => {
  assert.throws(() => locate("ftp://films/x"), {
    name: "RangeError",
    message:
      "Cannot open the index ftp://films/x: expected a folder or an s3, gs or az URI but found ftp",
  });
});
