/**
 * Reads the text subtitles inside a video with FFmpeg's own libraries, from npm's `node-av`. Needs
 * `ffi`. Packets are read, nothing is decoded: all these codecs are text in wrappings.
 *
 * @module
 */
import { Packet, type Stream } from "node-av/lib";
import {
  AV_CODEC_ID_ASS,
  AV_CODEC_ID_MOV_TEXT,
  AV_CODEC_ID_SSA,
  AV_CODEC_ID_SUBRIP,
  AV_CODEC_ID_TEXT,
  AV_CODEC_ID_WEBVTT,
  AV_NOPTS_VALUE,
  AVDISCARD_ALL,
} from "node-av/constants";
import { plainText, type SubtitleLine } from "../subtitles/line.ts";
import { openContainer } from "./container.ts";

/** What stands before the text of an event of ASS: order, layer, style, name, margins, effect. */
const ASS_FIELDS = /^(?:[^,]*,){8}/;

const asIs = (data: Uint8Array) => new TextDecoder().decode(data);
const afterFields = (data: Uint8Array) => asIs(data).replace(ASS_FIELDS, "");

/** How the text is read out of a packet, by codec. */
const TEXTS: ReadonlyMap<number, (data: Uint8Array) => string> = new Map([
  [AV_CODEC_ID_SUBRIP, asIs],
  [AV_CODEC_ID_TEXT, asIs],
  [AV_CODEC_ID_WEBVTT, asIs],
  [AV_CODEC_ID_ASS, afterFields],
  [AV_CODEC_ID_SSA, afterFields],
  // Its length comes first, styles come last.
  [AV_CODEC_ID_MOV_TEXT, (data: Uint8Array) => asIs(data.subarray(2, 2 + 256 * data[0] + data[1]))],
]);

/**
 * Reads the lines of all text subtitles of a video.
 *
 * @param alive Called while work goes on.
 * @returns The lines in order of time, those of all streams together.
 * @throws {Error} If the file cannot be opened; in one line.
 */
export async function readNativeSubtitles(
  path: string,
  alive: () => void,
): Promise<SubtitleLine[]> {
  const container = await openContainer(path);
  using packet = new Packet();
  packet.alloc();
  try {
    const zero = container.startTime === AV_NOPTS_VALUE ? 0 : Number(container.startTime) / 1e6;
    const streams = new Map<number, Stream>();
    for (const stream of container.streams) {
      if (TEXTS.has(stream.codecpar.codecId)) streams.set(stream.index, stream);
      else stream.discard = AVDISCARD_ALL;
    }
    const lines: SubtitleLine[] = [];
    // A file may have to be read to its end, which is not worth it for nothing.
    while (streams.size > 0 && container.readFrameSync(packet) >= 0) {
      alive();
      const stream = streams.get(packet.streamIndex);
      if (stream && packet.data && packet.pts !== AV_NOPTS_VALUE) {
        const text = plainText(TEXTS.get(stream.codecpar.codecId)!(packet.data));
        const tick = stream.timeBase.num / stream.timeBase.den;
        const start = Number(packet.pts) * tick - zero;
        if (text !== "") lines.push({ start, end: start + Number(packet.duration) * tick, text });
      }
      packet.unref();
    }
    return lines.sort((a, b) => a.start - b.start);
  } finally {
    await container.closeInput();
  }
}
