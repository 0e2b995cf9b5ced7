import type { Result } from "../../api/schemas.ts";

let remembered: { readonly query: string; readonly clips: readonly Result[] } | undefined;

/** Keeps what was found last, for walking through it. */
export function rememberResults(query: string, clips: readonly Result[]): void {
  remembered = { query, clips };
}

/** The results beside a clip, of the search that is remembered; undefined where there are none. */
export function besideClip(query: string, clip: string): { previous?: Result; next?: Result } {
  if (remembered?.query !== query) return {};
  const at = remembered.clips.findIndex((it) => it.clip === clip);
  if (at < 0) return {};
  return { previous: remembered.clips[at - 1], next: remembered.clips[at + 1] };
}
