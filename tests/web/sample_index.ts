import { join } from "node:path";
import { closeEncoder } from "../media/encode.ts";
import { sampleVideos } from "../media/samples.ts";
import { longVideo, makeVideo, nativelyMadeVideos } from "../media/videos.ts";
import { folder, indexFolder } from "./open_server.ts";

/**
 * Makes and indexes videos of the kinds that browsers play and do not play: `0.mp4` to `3.mp4`,
 * `long.mp4` of several clips, `hevc.mp4`, `old.avi`, `tv.ts`.
 *
 * @returns The folder; the videos are in `videos` in it.
 */
export async function sampleIndex(model?: string): Promise<string> {
  const home = await folder();
  const videos = join(home, "videos");
  await sampleVideos(videos, 4);
  const made = {
    "long.mp4": await longVideo(),
    "hevc.mp4": await nativelyMadeVideos["HEVC in MP4"](),
    "old.avi": await makeVideo({ codec: ["-c:v", "mpeg4", "-q:v", "4"], extension: "avi" }),
    "tv.ts": await makeVideo({ extension: "ts", sound: true }),
  };
  await closeEncoder();
  for (const [name, path] of Object.entries(made)) await Deno.copyFile(path, join(videos, name));
  await indexFolder(home, undefined, model);
  return home;
}
