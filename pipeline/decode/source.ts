/**
 * What both decoders are: a video that lists its frames without decoding, and decodes those asked
 * for. Everything that decides (which frames, which clips, how pictures are scaled) is written once
 * on top of it, so that the decoders cannot differ in it.
 *
 * @module
 */
import type { Orientation } from "./orientation.ts";

/** What a container says of the video stream that is decoded. */
export interface StreamFacts {
  readonly codec: string;
  readonly container: string;
  /** Stored pixels across, before rotation. */
  readonly width: number;
  /** Stored rows. */
  readonly height: number;
  /** Width of a pixel over its height. */
  readonly pixelAspect: number;
  readonly orientation: Orientation;
  readonly color: Color;
  /** How samples are stored, in FFmpeg's names. */
  readonly pixelFormat: string;
  /** Seconds a tick of its time stamps. */
  readonly tick: number;
  /** The container's own zero, in seconds of its time stamps. */
  readonly startTime: number;
  /** Seconds to the end of the last picture; null where it does not say. */
  readonly duration: number | null;
  readonly created: Date | null;
}

/** How stored samples are to be read as colours, in FFmpeg's names. */
export interface Color {
  /** The matrix, as the `scale` filter names it. */
  readonly matrix: string;
  /** Whether samples fill the whole byte (`pc`) or leave room (`tv`). */
  readonly range: "tv" | "pc";
}

/**
 * Frames in the order in which they are decoded, the first of them a key frame. A frame's time
 * stamp names it: no two frames of a video have the same.
 */
export interface FrameList {
  /** Presentation time stamps in ticks. */
  readonly stamps: Float64Array;
  /** Decoding time stamps in ticks. */
  readonly starts: Float64Array;
  /** 0 where a frame is decoded for others alone: the container says not to show it. */
  readonly shown: Uint8Array;
  /** 1 where decoding can begin. */
  readonly keys: Uint8Array;
  /** Bytes of its packet. */
  readonly sizes: Uint32Array;
}

/** A decoded frame, the right way up. */
export interface Picture {
  /** Presentation time stamp in ticks. */
  readonly stamp: number;
  /** What {@linkcode Look.crop} made of it. */
  readonly pixels: Uint8Array;
  /** A JPEG file; empty where none was asked for. */
  readonly thumbnail: Uint8Array<ArrayBuffer>;
}

/** A key frame, tiny: enough to tell one shot from another. */
export interface Sketch {
  /**
   * Decoding time stamp in ticks. While frames are left out, MP4's presentation time stamps are
   * wrong.
   */
  readonly start: number;
  /** {@linkcode SKETCH_SIDE}² × 3 bytes of RGB. */
  readonly rgb: Uint8Array;
}

/** Pixels across and down of a {@linkcode Sketch}. */
export const SKETCH_SIDE = 16;

/** What becomes of a decoded frame. */
export interface Look {
  /** FFmpeg's filters to packed 8-bit RGB of {@linkcode width} × {@linkcode height}. */
  readonly rgb: string;
  /** FFmpeg's filters to what JPEG encodes; null where no thumbnail is wanted. */
  readonly thumbnail: string | null;
  /** Pixels across, after the filters. */
  readonly width: number;
  /** Rows, after the filters. */
  readonly height: number;
  /**
   * Called as soon as a frame is there, so that never more than one is held at its full size.
   *
   * @param rgb [height, width, 3]; its memory is used again afterwards.
   */
  crop(rgb: Uint8Array): Uint8Array;
}

/** The JPEG quality of thumbnails on FFmpeg's scale, 2 (best) to 31. */
export const THUMBNAIL_QUALITY = 4;

/** One open video. */
export interface VideoSource extends AsyncDisposable {
  readonly facts: StreamFacts;
  /**
   * Lists frames from the key frame that decoding must begin with to see the one at `start`, to
   * all that are shown before `end`. Reads packets and decodes nothing.
   *
   * @param start Time stamp in ticks.
   * @param end Time stamp in ticks, not included.
   */
  list(start: number, end: number): Promise<FrameList>;
  /**
   * Decodes the frames asked for, and of the others only what they need.
   *
   * @param list What {@linkcode list} gave for a span that holds them.
   * @param wanted Their time stamps in ticks, ascending.
   * @returns Them in no promised order; those that cannot be decoded are left out.
   */
  pictures(
    list: FrameList,
    wanted: readonly number[],
    look: Look,
  ): AsyncGenerator<Picture>;
  /**
   * Decodes key frames alone, from the first to the last.
   *
   * @param every Seconds that at least lie between two of them.
   */
  sketches(every: number, filter: string): AsyncGenerator<Sketch>;
}
