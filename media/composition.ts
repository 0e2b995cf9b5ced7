/**
 * Composition times of fragmented MP4 (ISO/IEC 14496-12).
 *
 * Where pictures are decoded in another order than they are shown, FFmpeg's writer has a fragment
 * begin, by decoding time, when its first picture is to be shown, and leaves it to an edit list to
 * show all of them that much earlier. Media Source Extensions need not heed edit lists.
 *
 * @module
 */

/** Boxes with boxes in them, on the way to the runs of samples. */
const CONTAINERS: ReadonlySet<string> = new Set(["moof", "traf"]);

/** Flags of a run of samples: what is there before and in its table. */
const DATA_OFFSET = 0x1, FIRST_FLAGS = 0x4;
const DURATION = 0x100, SIZE = 0x200, FLAGS = 0x400, COMPOSITION = 0x800;

/**
 * Shows the samples of each track earlier by what its first sample is shown after it is decoded, so
 * that the times that were asked of the writer are those of the file.
 *
 * @param mp4 A fragmented MP4, changed in place.
 */
export function removeDelay(mp4: Uint8Array<ArrayBuffer>): void {
  const view = new DataView(mp4.buffer, mp4.byteOffset, mp4.byteLength);
  const delays = new Map<number, number>();
  let track = 0;
  const walk = (start: number, end: number) => {
    for (const { type, body, next } of boxes(view, start, end)) {
      if (CONTAINERS.has(type)) walk(body, next);
      else if (type === "tfhd") track = view.getUint32(body + 4);
      else if (type === "trun") shiftRun(view, body, delays, track);
    }
  };
  walk(0, mp4.length);
}

function shiftRun(
  view: DataView,
  body: number,
  delays: Map<number, number>,
  track: number,
): void {
  const flags = view.getUint32(body) & 0xffffff;
  if (!(flags & COMPOSITION)) return;
  const count = view.getUint32(body + 4);
  let at = body + 8;
  for (const flag of [DATA_OFFSET, FIRST_FLAGS]) if (flags & flag) at += 4;
  const before = [DURATION, SIZE, FLAGS].filter((flag) => flags & flag).length * 4;
  for (let i = 0; i < count; i++, at += before + 4) {
    const offset = view.getInt32(at + before);
    if (!delays.has(track)) delays.set(track, offset);
    view.setInt32(at + before, offset - delays.get(track)!);
  }
  // In version 1 offsets may be negative.
  view.setUint8(body, 1);
}

function* boxes(view: DataView, start: number, end: number) {
  for (let at = start; at + 8 <= end;) {
    const large = view.getUint32(at) === 1;
    const size = large ? Number(view.getBigUint64(at + 8)) : view.getUint32(at);
    const type = String.fromCharCode(
      ...Array.from({ length: 4 }, (_, i) => view.getUint8(at + 4 + i)),
    );
    const next = size === 0 ? end : at + size;
    yield { type, body: at + (large ? 16 : 8), next };
    at = next;
  }
}
