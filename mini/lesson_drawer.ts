import { Remote } from "../pipeline/remote.ts";
import type { LessonApi } from "./lesson_worker.ts";

/** A worker that draws lessons while others are learned. */
export function openLessonDrawer(): Remote<LessonApi> {
  return new Remote<LessonApi>(new URL("./lesson_worker.ts", import.meta.url), {
    read: true,
    env: true,
  });
}
