import type { FormatContext, Packet, Stream } from "node-av/lib";
import { AV_NOPTS_VALUE, AVSEEK_FLAG_BACKWARD } from "node-av/constants";

/** Where reading has to begin for a moment to be seen. */
export interface KeyFrame {
  /** What to seek to, in ticks; null where reading begins with the file. */
  readonly target: bigint | null;
  /** Presentation time stamp of the last key frame at or before the moment, in ticks. */
  readonly stamp: bigint;
}

/**
 * Finds the last key frame at or before a moment. A container that seeks by decoding time may land
 * behind it, so the search steps back until it is before.
 *
 * @param reopen Gives the file afresh: not every container can seek back.
 * @param packet What packets are read into.
 * @param at The moment, in ticks of the stream.
 * @returns The key frame; the first of the file where none is before the moment, null where the
 * container gives no presentation times.
 */
export async function findKeyFrame(
  reopen: () => Promise<{ container: FormatContext; picture: Stream }>,
  packet: Packet,
  at: bigint,
): Promise<KeyFrame | null> {
  const { container, picture } = await reopen();
  const second = BigInt(Math.ceil(picture.timeBase.den / picture.timeBase.num));
  try {
    for (let back = 0n;; back = back === 0n ? second : 4n * back) {
      const target = at - back;
      const start = picture.startTime === AV_NOPTS_VALUE ? 0n : picture.startTime;
      const rewound = target <= start ||
        await container.seekFrame(picture.index, target, AVSEEK_FLAG_BACKWARD) < 0;
      if (rewound && back > 0n) {
        // From the very beginning, which seeking does not reach everywhere.
        const fresh = await reopen();
        try {
          return await lastKey(fresh.container, fresh.picture, packet, at, null);
        } finally {
          await fresh.container.closeInput();
        }
      }
      if (rewound) return await lastKey(container, picture, packet, at, null);
      const found = await lastKey(container, picture, packet, at, target);
      if (found && found.stamp <= at) return found;
    }
  } finally {
    await container.closeInput();
  }
}

async function lastKey(
  container: FormatContext,
  picture: Stream,
  packet: Packet,
  at: bigint,
  target: bigint | null,
): Promise<KeyFrame | null> {
  let found: bigint | null = null;
  packet.unref();
  while (await container.readFrame(packet) >= 0) {
    if (packet.streamIndex === picture.index) {
      const { pts, dts, isKeyframe } = packet;
      if (pts === AV_NOPTS_VALUE) return null;
      if (isKeyframe && (found === null || pts <= at)) found = pts;
      // Frames come in the order of their decoding times, which are never behind those shown.
      if ((dts === AV_NOPTS_VALUE ? pts : dts) > at) break;
    }
    packet.unref();
  }
  return found === null ? null : { target, stamp: found };
}
