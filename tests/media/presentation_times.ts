/**
 * Reads when the samples of a fragmented MP4 are shown, as ISO/IEC 14496-12 says, without edit
 * lists: the time of a fragment, the durations before the sample, its composition offset.
 *
 * @returns Seconds, by track and in order of decoding; the pictures are the first track.
 */
export function presentationTimes(mp4: Uint8Array<ArrayBuffer>): number[][] {
  const view = new DataView(mp4.buffer);
  const scales = new Map<number, number>();
  const times = new Map<number, number[]>();
  let track = 0, time = 0, usual = 0;
  const walk = (from: number, to: number) => {
    for (let at = from; at + 8 <= to; at += view.getUint32(at)) {
      const type = new TextDecoder().decode(mp4.subarray(at + 4, at + 8));
      const body = at + 8, version = view.getUint8(body);
      if (["moov", "trak", "mdia", "moof", "traf"].includes(type)) {
        walk(body, at + view.getUint32(at));
      } else if (type === "tkhd") track = view.getUint32(body + (version === 1 ? 20 : 12));
      else if (type === "mdhd") scales.set(track, view.getUint32(body + (version === 1 ? 20 : 12)));
      else if (type === "tfhd") {
        const flags = view.getUint32(body) & 0xffffff;
        track = view.getUint32(body + 4);
        const skipped = (flags & 1 ? 8 : 0) + (flags & 2 ? 4 : 0);
        if (flags & 8) usual = view.getUint32(body + 8 + skipped);
      } else if (type === "tfdt") {
        time = version === 1 ? Number(view.getBigUint64(body + 4)) : view.getUint32(body + 4);
      } else if (type === "trun") {
        const flags = view.getUint32(body) & 0xffffff;
        let next = body + 8 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0);
        const read = (flag: number) => {
          if (!(flags & flag)) return null;
          next += 4;
          return view.getInt32(next - 4);
        };
        const shown = times.get(track) ?? [];
        for (let i = view.getUint32(body + 4); i > 0; i--) {
          const duration = read(0x100) ?? usual;
          read(0x200);
          read(0x400);
          shown.push((time + (read(0x800) ?? 0)) / scales.get(track)!);
          time += duration;
        }
        times.set(track, shown);
      }
    }
  };
  walk(0, mp4.length);
  return [...times.entries()].sort(([a], [b]) => a - b).map(([, shown]) => shown);
}
