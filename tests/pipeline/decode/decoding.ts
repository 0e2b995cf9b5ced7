/**
 * What the tests of the decoders share: the decoders that load here, and how to gather what one says.
 *
 * @module
 */
import {
  type DecodedClip,
  DecodePool,
  type DecodeRequest,
  type OpenedVideo,
} from "../../../pipeline/decode/pool.ts";
import { readFrameNumber } from "../../media/frame_number.ts";

/** Side of the pictures in the tests. */
export const SIDE = 112;

/** Opens a decoder; small and patient. */
export function openPool(
  decoder: "native" | "wasm",
  options: { readonly workers?: number; readonly timeLimit?: number } = {},
): Promise<DecodePool> {
  return DecodePool.open({ decoder, workers: 1, imageSize: SIDE, ...options });
}

/** Whether the native decoder loads here. */
export const hasNative: boolean = await openPool("native").then((pool) => {
  pool.close();
  return true;
}, () => false);

/** Declares a test for each decoder; visibly skipped where one does not load. */
export function testDecoders(
  name: string,
  run: (pool: DecodePool) => Promise<void>,
  options: { readonly timeLimit?: number } = {},
): void {
  for (const decoder of ["native", "wasm"] as const) {
    const ignore = decoder === "native" && !hasNative;
    Deno.test({
      name: `${decoder}: ${name}${ignore ? " (node-av does not load here)" : ""}`,
      ignore,
      async fn() {
        using pool = await openPool(decoder, options);
        await run(pool);
      },
    });
  }
}

/** A decoded video. */
export interface Decoded {
  readonly video: OpenedVideo;
  readonly clips: readonly DecodedClip[];
}

/** Decodes a video to its end. */
export async function decodeAll(
  pool: DecodePool,
  path: string,
  request: Partial<DecodeRequest> = {},
): Promise<Decoded> {
  let video: OpenedVideo | undefined;
  const clips: DecodedClip[] = [];
  for await (const event of pool.decode(path, { frames: 12, segment: "auto", ...request })) {
    if (event.kind === "video") video = event;
    else clips.push(event);
  }
  return { video: video!, clips };
}

/** The picture of one frame of a clip. */
export function frameOf(clip: DecodedClip, frame: number): Uint8Array {
  const bytes = 3 * SIDE * SIDE;
  return clip.pixels.subarray(frame * bytes, (frame + 1) * bytes);
}

/** The numbers drawn on the frames of a clip. */
export function frameNumbers(clip: DecodedClip, turned = false): number[] {
  return Array.from(clip.times, (_, i) => readFrameNumber(frameOf(clip, i), SIDE, turned));
}

/** Mean difference of two pictures, of 255. */
export function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}
