import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { sampleVideos } from "../tests/media/samples.ts";

/**
 * The folder of videos to measure with: `FOVEA_CLIPS`, or 24 small generated ones, whose figures
 * say little about real footage.
 */
export async function clipsFolder(): Promise<string> {
  const given = Deno.env.get("FOVEA_CLIPS");
  if (given) return await Deno.realPath(given);
  const folder = join(fileURLToPath(new URL("data/", import.meta.url)), "videos");
  await sampleVideos(folder, 24);
  return folder;
}
