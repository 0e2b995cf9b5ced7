import { toPage } from "../figures/page.ts";
import type { VideoIndex } from "../mod.ts";
import type { ClipMap } from "./map_clips.ts";
import { mapFigure, onPicture, picturedClips } from "./map_figure.ts";
import script from "./map_page.js" with { type: "text" };

/** Clips whose pictures go into a page, some four kilobytes each. */
const MOST_EMBEDDED = 2000;

/** Clips whose pictures are read at a time. */
const AT_ONCE = 256;

/**
 * Draws a map with pictures of the clips.
 *
 * @param index Where the map is of.
 * @param onNotice Told what is left out.
 * @returns The text of the file.
 */
export async function drawMap(
  index: VideoIndex,
  map: ClipMap,
  format: "svg" | "html",
  onNotice: (message: string) => void = () => {},
): Promise<string> {
  const drawn = mapFigure(map, await picturesOf(index, map, picturedClips(map)));
  if (format === "svg") return drawn.svg;
  const { clips } = map;
  const embedded = spread(clips.length, MOST_EMBEDDED);
  if (embedded.length < clips.length) {
    onNotice(`Pictures of ${embedded.length} of the ${clips.length} clips are in the page`);
  }
  const pictures = await picturesOf(index, map, embedded);
  const videos = [...new Set(clips.map(({ path }) => path))];
  const numbers = new Map(videos.map((path, i) => [path, i]));
  const data = {
    videos,
    clips: clips.map((clip) => {
      const { x, y } = onPicture(clip);
      return [round(x), round(y), numbers.get(clip.path), round(clip.start), round(clip.end)];
    }),
    pictures: Object.fromEntries([...pictures].map(([i, jpeg]) => [i, jpeg.toBase64()])),
  };
  return toPage(drawn, `A map of ${clips.length} clips`, data, script);
}

/** The middle frame of each clip, by its number; of a clip removed since, none. */
async function picturesOf(
  index: VideoIndex,
  { clips }: ClipMap,
  chosen: readonly number[],
): Promise<Map<number, Uint8Array>> {
  const pictures = new Map<number, Uint8Array>();
  for (let start = 0; start < chosen.length; start += AT_ONCE) {
    const some = chosen.slice(start, start + AT_ONCE);
    const thumbnails = await index.thumbnails(some.map((i) => clips[i].clip));
    thumbnails.forEach((frames, at) => {
      if (frames) pictures.set(some[at], frames[Math.floor(frames.length / 2)]);
    });
  }
  return pictures;
}

/** `most` numbers from 0 to total − 1, evenly; all of them where there are fewer. */
function spread(total: number, most: number): number[] {
  const count = Math.min(total, most);
  return Array.from({ length: count }, (_, i) => Math.floor(i * total / count));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
