import { openNative } from "../../pipeline/decode/native.ts";
import { readFrameNumber } from "./frame_number.ts";

/** What a file shows: the numbers on its frames, in order, and what its container says. */
export async function look(path: string, turned = false) {
  await using video = await openNative(path, () => {});
  const { facts } = video;
  const list = await video.list(-Infinity, Infinity);
  const stamps = [...list.stamps].filter((_, i) => list.shown[i]).sort((a, b) => a - b);
  const side = Math.min(facts.width, facts.height);
  const rgb = `crop=${side}:${side},format=rgb24`;
  const numbers = new Map<number, number>();
  const wanted = { rgb, thumbnail: null, width: side, height: side };
  const crop = (pixels: Uint8Array) => pixels.slice(0, 3 * side * side);
  for await (const { stamp, pixels } of video.pictures(list, stamps, { ...wanted, crop })) {
    numbers.set(stamp, readFrameNumber(pixels, side, turned));
  }
  return {
    facts,
    numbers: stamps.map((stamp) => numbers.get(stamp)),
    times: stamps.map((stamp) => stamp * facts.tick),
  };
}
