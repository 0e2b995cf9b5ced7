import type { CaptionedVideos } from "../../data/captioned_videos.ts";
import { makeVideo } from "../media/videos.ts";
import { closeEncoder } from "../media/encode.ts";
import { sampleVideos } from "../media/samples.ts";

/** Three videos of two seconds and one of three frames, some with several captions. */
export async function sampleData(folder: string): Promise<CaptionedVideos> {
  const [red, blue, test] = await sampleVideos(folder, 3);
  const short = `${folder}/short.mp4`;
  await Deno.copyFile(await makeVideo({ frames: 3 }), short);
  await closeEncoder();
  return {
    name: "samples",
    split: "test",
    videos: [
      { name: "red", path: red, captions: ["red turns to yellow", "a sunset"], recovered: [] },
      { name: "blue", path: blue, captions: ["the sea"], recovered: ["blue water", "cyan"] },
      { name: "test", path: test, captions: ["a test picture"], recovered: ["bars and a clock"] },
      { name: "short", path: short, captions: ["a number over bars"], recovered: [] },
    ],
  };
}
