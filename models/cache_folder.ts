import { join } from "node:path";

/**
 * The folder for what can be made or fetched again: `FOVEA_CACHE`, else the system's place for
 * such things.
 *
 * @throws {Error} If no environment variable says where that is.
 */
export function cacheFolder(): string {
  const own = Deno.env.get("FOVEA_CACHE");
  if (own) return own;
  if (Deno.build.os === "windows") {
    const local = Deno.env.get("LOCALAPPDATA");
    if (local) return join(local, "fovea", "cache");
  } else {
    const shared = Deno.env.get("XDG_CACHE_HOME");
    if (shared) return join(shared, "fovea");
    const home = Deno.env.get("HOME");
    if (home) return join(home, ".cache", "fovea");
  }
  throw new Error("Cannot choose a cache folder: set FOVEA_CACHE to one");
}
