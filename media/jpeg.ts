/**
 * Decoding the index's own small pictures with FFmpeg's libraries. Needs `ffi`.
 *
 * @module
 */
import {
  Codec,
  CodecContext,
  FFmpegError,
  Frame,
  Log,
  Packet,
  SoftwareScaleContext,
} from "node-av/lib";
import { AV_CODEC_ID_MJPEG, AV_LOG_QUIET, AV_PIX_FMT_RGBA, SWS_BILINEAR } from "node-av/constants";

Log.setLevel(AV_LOG_QUIET);

/** A picture of 8-bit RGB and opacity. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** [height, width, 4] */
  readonly rgba: Uint8Array;
}

/**
 * Decodes a JPEG.
 *
 * @throws {Error} If it is none.
 */
export function decodeJpeg(jpeg: Uint8Array): Bitmap {
  const codec = Codec.findDecoder(AV_CODEC_ID_MJPEG)!;
  using decoder = new CodecContext();
  decoder.allocContext3(codec);
  FFmpegError.throwIfError(decoder.open2Sync(codec, null), "open the JPEG decoder");
  using packet = new Packet();
  packet.alloc();
  packet.data = Buffer.from(jpeg);
  using frame = new Frame();
  frame.alloc();
  FFmpegError.throwIfError(decoder.sendPacketSync(packet), "decode a thumbnail");
  FFmpegError.throwIfError(decoder.receiveFrameSync(frame), "decode a thumbnail");
  const { width, height } = frame;
  using rgba = new Frame();
  rgba.alloc();
  rgba.width = width;
  rgba.height = height;
  rgba.format = AV_PIX_FMT_RGBA;
  FFmpegError.throwIfError(rgba.getBuffer(1), "convert a thumbnail");
  using scaler = new SoftwareScaleContext();
  scaler.getContext(
    ...[width, height, frame.format as typeof AV_PIX_FMT_RGBA] as const,
    ...[width, height, AV_PIX_FMT_RGBA, SWS_BILINEAR] as const,
  );
  FFmpegError.throwIfError(scaler.scaleFrameSync(rgba, frame), "convert a thumbnail");
  return { width, height, rgba: Uint8Array.from(rgba.toBuffer()) };
}
