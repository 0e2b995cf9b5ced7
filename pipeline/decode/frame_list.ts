import type { FrameList } from "./source.ts";

/** Collects the packets of a span into a {@linkcode FrameList}. */
export class FrameListBuilder {
  readonly #stamps: number[] = [];
  readonly #starts: number[] = [];
  readonly #shown: number[] = [];
  readonly #keys: number[] = [];
  readonly #sizes: number[] = [];
  readonly #seen = new Set<number>();

  /** The time stamp of the key frame that the list begins with; undefined while it is empty. */
  get first(): number | undefined {
    return this.#stamps[0];
  }

  /**
   * Adds the next packet in the order of decoding. Dropped are those that no key frame in the list
   * leads to, and those whose time stamp was there before: it could not be told apart.
   */
  add(
    packet: {
      readonly stamp: number;
      readonly start: number;
      readonly shown: boolean;
      readonly key: boolean;
      readonly size: number;
    },
  ): void {
    const first = this.first;
    if (first === undefined ? !packet.key : packet.stamp < first) return;
    if (this.#seen.has(packet.stamp)) return;
    this.#seen.add(packet.stamp);
    this.#stamps.push(packet.stamp);
    this.#starts.push(packet.start);
    this.#shown.push(Number(packet.shown));
    this.#keys.push(Number(packet.key));
    this.#sizes.push(packet.size);
  }

  build(): FrameList {
    return {
      stamps: Float64Array.from(this.#stamps),
      starts: Float64Array.from(this.#starts),
      shown: Uint8Array.from(this.#shown),
      keys: Uint8Array.from(this.#keys),
      sizes: Uint32Array.from(this.#sizes),
    };
  }
}

/**
 * Time stamps of the frames that are first shown in [start, end), ascending. Where none is, the one
 * that is still shown at `start`, so that a slide show has a picture for every clip.
 */
export function framesWithin(list: FrameList, start: number, end: number): number[] {
  const shown = [...list.stamps.filter((_, i) => list.shown[i])].sort((a, b) => a - b);
  const within = shown.filter((stamp) => stamp >= start && stamp < end);
  if (within.length > 0) return within;
  const before = shown.filter((stamp) => stamp < start);
  return before.slice(-1);
}
