import { clipAddress } from "../search/moment_card.tsx";
import { timecode } from "../timecode.ts";
import type { Asked } from "./map_view.tsx";
import type { PlacedClip } from "./placed_clips.ts";

/**
 * Where a clip of the map is looked at, from where one comes back to the map.
 *
 * @param query The search, as an address has it.
 * @param number Of the clip, on the map.
 */
export function mappedAddress(
  { clip }: PlacedClip,
  number: number,
  asked: Asked | null,
  query: string,
): string {
  const context = query ? `${query}&map=1` : "map=1";
  const moment = asked?.best.get(number);
  return moment ? clipAddress(moment, context) : `/clips/${clip}?${context}`;
}

/** The times of a clip, in a few characters. */
export function timeRange({ start, end }: { start: number; end: number }): string {
  return `${timecode(start)}–${timecode(end)}`;
}
