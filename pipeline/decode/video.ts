/**
 * What a decoder says of a video and hands on to the encoder.
 *
 * @module
 */

/** A stretch of time in seconds, end not included. Times count from the container's own zero. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is known of a video before any of it is decoded. */
export interface VideoInfo {
  /** Seconds, as players show it; null for a single picture. */
  readonly duration: number | null;
  /** Pixels across as shown: after rotation, and after pixels are made square. */
  readonly width: number;
  /** Rows as shown. */
  readonly height: number;
  /** Name of the codec as FFmpeg has it, such as `h264`. */
  readonly codec: string;
  /** Names of the container's format as FFmpeg has them, such as `matroska,webm`. */
  readonly container: string;
  /** When it was made, where the file says so. */
  readonly created: Date | null;
  /** One line on what is missing from a file that can only be read in part, else null. */
  readonly problem: string | null;
}

/** The first event of a video. */
export interface OpenedVideo {
  readonly kind: "video";
  readonly info: VideoInfo;
  /** The clips that it is cut into: every moment of it is in exactly one. */
  readonly clips: readonly Span[];
}

/** One clip, ready to be encoded. F is the number of its frames, S the side of their pictures. */
export interface DecodedClip {
  readonly kind: "clip";
  /** Which of the video's clips it is. */
  readonly index: number;
  readonly span: Span;
  /** [F] presentation times in seconds, ascending. */
  readonly times: Float64Array<ArrayBuffer>;
  /** [F, S, S, 3] 8-bit RGB, as CLIP crops it. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** F JPEG files of the whole picture. */
  readonly thumbnails: readonly Uint8Array<ArrayBuffer>[];
}

/** What decoding a video gives: the video itself, then its clips in their order. */
export type DecodeEvent = OpenedVideo | DecodedClip;

/** How a video is to be decoded. */
export interface DecodeRequest {
  /** N_f, the frames taken of a clip; fewer only where it has fewer. A positive integer. */
  readonly frames: number;
  /** Take the frames from candidates at this rate (a second) instead of from all frames. */
  readonly fps?: number | null;
  /** One clip a video, clips of so many seconds, or cuts at shot changes. */
  readonly segment: "auto" | "whole" | number;
  /** The width of thumbnails in pixels, as shown. Defaults to 160. */
  readonly thumbnailWidth?: number;
  /** Clips that are not wanted, by index: nothing of them is decoded. */
  readonly skip?: ReadonlySet<number>;
}
