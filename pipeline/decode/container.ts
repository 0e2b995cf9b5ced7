/**
 * Opening files with FFmpeg's own libraries. Needs `ffi`.
 *
 * @module
 */
import { Dictionary, FFmpegError, FormatContext, Log, type Stream } from "node-av/lib";
import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_LOG_QUIET,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVMEDIA_TYPE_VIDEO,
} from "node-av/constants";
import { checkFile, decodeFailure, NOT_VIDEOS, REASONS } from "./failure.ts";
import { type Orientation, orientationOf } from "./orientation.ts";

Log.setLevel(AV_LOG_QUIET);

/**
 * Opens a file and reads what its streams are.
 *
 * @param path The file, taken as it is: no URL, no pattern.
 * @returns The container; the caller closes its input.
 * @throws {Error} If it cannot be opened or only names other files; in one line.
 */
export async function openContainer(path: string): Promise<FormatContext> {
  await checkFile(path);
  const container = new FormatContext();
  using options = openOptions();
  const code = await container.openInput(`file:${path}`, null, options);
  if (code < 0) throw decodeFailure(path, REASONS.noContainer, new FFmpegError(code));
  if (NOT_VIDEOS.has(container.iformat?.name ?? "")) {
    await container.closeInput();
    throw decodeFailure(path, REASONS.playlist);
  }
  await container.findStreamInfo(null);
  return container;
}

/** Only the file itself is opened, whatever it or its name says. */
export function openOptions(): Dictionary {
  return Dictionary.fromObject({ pattern_type: "none", protocol_whitelist: "file" });
}

/** The largest of the video streams that are no cover picture; the first of equals. */
export function pictureStream(streams: readonly Stream[]): Stream | undefined {
  const area = ({ codecpar }: Stream) => codecpar.width * codecpar.height;
  return streams
    .filter((stream) =>
      stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO &&
      !(stream.disposition & AV_DISPOSITION_ATTACHED_PIC) && area(stream) > 0
    )
    .sort((a, b) => area(b) - area(a) || a.index - b.index)[0];
}

/** How players turn a stream's pictures. */
export function streamOrientation({ codecpar }: Stream): Orientation {
  const data = codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  if (!data) return orientationOf(null);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return orientationOf(Int32Array.from({ length: 9 }, (_, i) => view.getInt32(4 * i, true)));
}
