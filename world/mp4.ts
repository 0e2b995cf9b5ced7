/**
 * Writes pictures as H.264 in MP4, the same bytes for the same pictures. Needs `ffi`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  Codec,
  CodecContext,
  FFmpegError,
  FormatContext,
  Frame,
  Log,
  Packet,
  Rational,
} from "node-av/lib";
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_LOG_QUIET,
  AV_OPT_SEARCH_CHILDREN,
  AV_OPT_TYPE_STRING,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_SMPTE170M,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_SMPTE170M,
  FF_ENCODER_LIBX264,
} from "node-av/constants";

Log.setLevel(AV_LOG_QUIET);

/**
 * Writes a file; one that is there is replaced.
 *
 * @param path The file's, in a folder that exists.
 * @param pictures RGB, [side, side, 3] each, in their order.
 * @param side In pixels; must be even.
 * @param rate Pictures a second.
 * @throws {Error} If the file cannot be written.
 */
export function writeMp4(
  path: string,
  pictures: Iterable<Uint8Array>,
  side: number,
  rate: number,
): void {
  if (side % 2 !== 0) throw new RangeError(`Expected an even side but found ${side}`);
  const check = (code: number) => FFmpegError.throwIfError(code, `Cannot write ${path}`);
  using encoder = openEncoder(side, rate, check);
  const container = new FormatContext();
  check(container.allocOutputContext2(null, "mp4", null));
  try {
    const stream = container.newStream();
    check(stream.codecpar.fromContext(encoder));
    stream.timeBase = encoder.timeBase;
    stream.avgFrameRate = encoder.framerate;
    container.url = `file:${path}`;
    check(container.openOutputSync());
    // Without versions and dates.
    check(container.setOption("fflags", "+bitexact", AV_OPT_TYPE_STRING));
    check(container.writeHeaderSync());
    using packet = new Packet();
    packet.alloc();
    const drain = () => {
      while (encoder.receivePacketSync(packet) >= 0) {
        packet.streamIndex = stream.index;
        packet.duration = 1n;
        packet.rescaleTs(encoder.timeBase, stream.timeBase);
        check(container.interleavedWriteFrameSync(packet));
        packet.unref();
      }
    };
    let number = 0n;
    for (const picture of pictures) {
      using frame = Frame.fromVideoBuffer(toYuv420(picture, side), {
        width: side,
        height: side,
        format: AV_PIX_FMT_YUV420P,
        pts: number++,
        timeBase: encoder.timeBase,
      });
      check(encoder.sendFrameSync(frame));
      drain();
    }
    check(encoder.sendFrameSync(null));
    drain();
    check(container.writeTrailerSync());
  } finally {
    container.closeOutputSync();
    container.freeContext();
  }
}

function openEncoder(side: number, rate: number, check: (code: number) => void): CodecContext {
  const codec = Codec.findEncoderByName(FF_ENCODER_LIBX264);
  if (!codec) throw new Error("Cannot write H.264: FFmpeg's libraries have no encoder for it");
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  encoder.width = encoder.height = side;
  encoder.pixelFormat = AV_PIX_FMT_YUV420P;
  encoder.timeBase = new Rational(1, rate);
  encoder.framerate = new Rational(rate, 1);
  encoder.gopSize = rate * 2;
  encoder.colorRange = AVCOL_RANGE_MPEG;
  encoder.colorSpace = AVCOL_SPC_SMPTE170M;
  encoder.colorPrimaries = AVCOL_PRI_SMPTE170M;
  encoder.colorTrc = AVCOL_TRC_SMPTE170M;
  // Several threads would split the work, and so the bytes, by how many cores there are.
  encoder.threadCount = 1;
  encoder.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  const set = (name: string, value: string) =>
    check(encoder.setOption(name, value, AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN));
  set("preset", "veryfast");
  set("crf", "22");
  // What it decides differs from run to run, and so would the bytes.
  set("mbtree", "0");
  check(encoder.open2Sync(codec));
  return encoder;
}

/**
 * BT.601 with limited range, the colours of two by two pixels averaged. In plain arithmetic, because
 * FFmpeg's scaler rounds as each processor does best.
 */
function toYuv420(rgb: Uint8Array, side: number): Buffer {
  const half = side / 2;
  const planes = Buffer.allocUnsafe(side * side + 2 * half * half);
  const u = side * side, v = u + half * half;
  for (let y = 0; y < side; y += 2) {
    for (let x = 0; x < side; x += 2) {
      let red = 0, green = 0, blue = 0;
      for (let corner = 0; corner < 4; corner++) {
        const at = (y + (corner >> 1)) * side + x + (corner & 1);
        const r = rgb[at * 3], g = rgb[at * 3 + 1], b = rgb[at * 3 + 2];
        planes[at] = (16829 * r + 33039 * g + 6416 * b + 1081344) >> 16;
        red += r;
        green += g;
        blue += b;
      }
      const to = (y >> 1) * half + (x >> 1);
      planes[u + to] = (-9714 * red - 19070 * green + 28784 * blue + 33685504) >> 18;
      planes[v + to] = (28784 * red - 24103 * green - 4681 * blue + 33685504) >> 18;
    }
  }
  return planes;
}
