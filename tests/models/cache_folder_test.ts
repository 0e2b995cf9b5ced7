import assert from "node:assert/strict";
import { join } from "node:path";
import { cacheFolder } from "../../models/cache_folder.ts";

const NAMES = ["FOVEA_CACHE", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"];

/** The cache folder where only the given variables are set. */
function among(variables: Record<string, string>): string {
  const before = NAMES.map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const name of NAMES) Deno.env.delete(name);
    for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
    return cacheFolder();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

Deno.test("the cache is where the user says", () => {
  assert.equal(among({ FOVEA_CACHE: "mine", HOME: "/home/me", LOCALAPPDATA: "local" }), "mine");
  assert.throws(
    () => among({ FOVEA_CACHE: "" }),
    new Error("Cannot choose a cache folder: set FOVEA_CACHE to one"),
  );
});

Deno.test({
  name: "else it is in the system's place",
  ignore: Deno.build.os === "windows", // which has one place only
  fn() {
    assert.equal(among({ HOME: "/home/me", XDG_CACHE_HOME: "/cache" }), join("/cache", "fovea"));
    assert.equal(among({ HOME: "/home/me" }), join("/home/me", ".cache", "fovea"));
  },
});
