// @ts-types="npm:@types/picomatch@4.0.3"
import picomatch from "picomatch";
import type { CoarseClips, CoarseVideo } from "../../store/coarse_clips.ts";
import type { Root } from "../root.ts";
import type { SearchOptions } from "./query.ts";

/** What of {@linkcode SearchOptions} narrows a search to some videos. */
export type Filter = Pick<SearchOptions, "path" | "after" | "before" | "longer" | "shorter">;

/** Each further star of a glob multiplies the places that it is tried at. */
const MOST_STARS = 6;

/**
 * Says which clips a filter lets through.
 *
 * A glob without a slash is compared with file names, any other with the whole path and with the
 * path below the index's root. Videos that do not say when they were made, or how long they are,
 * do not pass a filter that asks for it.
 *
 * @returns One entry a clip; null where every clip passes.
 * @throws {RangeError} If a glob has more than six stars.
 */
export function allowedClips(clips: CoarseClips, filter: Filter, root: Root): boolean[] | null {
  const { path, after, before, longer, shorter } = filter;
  if ([path, after, before, longer, shorter].every((it) => it === undefined)) return null;
  const matches = path === undefined ? () => true : matcher(path);
  const allows = ({ path, created, duration }: CoarseVideo) =>
    (matches(path) || matches(root.toFile(path))) &&
    (after === undefined || (created !== null && created >= after.getTime())) &&
    (before === undefined || (created !== null && created < before.getTime())) &&
    (longer === undefined || (duration !== null && duration > longer)) &&
    (shorter === undefined || (duration !== null && duration < shorter));
  const allowed = clips.videos.map(allows);
  return Array.from(clips.video, (video) => allowed[video]);
}

function matcher(glob: string): (path: string) => boolean {
  // The same names, and a matcher that goes back over them less: *?* is ?*.
  const segments = glob.split("/").map((segment) =>
    segment === "**" ? segment : segment.replaceAll(/(?<!\\)[*?]{2,}/g, (run) => {
      return run.replaceAll("*", "") + (run.includes("*") ? "*" : "");
    })
  );
  const stars = segments.join("/").match(/\*+/g)?.length ?? 0;
  if (stars > MOST_STARS) {
    throw new RangeError(
      `Cannot filter by the path ${glob}: expected at most ${MOST_STARS} stars but found ${stars}`,
    );
  }
  const basename = !glob.includes("/");
  return picomatch(segments.join("/"), { dot: true, basename, noextglob: true });
}
