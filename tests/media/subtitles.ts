import { encode, makeOnce } from "./encode.ts";
import { makeVideo } from "./videos.ts";

/** One line of subtitles to make. */
export interface Line {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Lines as a `.srt` file. */
export function srt(lines: readonly Line[]): string {
  return lines
    .map(({ start, end, text }, i) => `${i + 1}\n${clock(start)} --> ${clock(end)}\n${text}\n`)
    .join("\n");
}

/** The standard numbered video with a stream of subtitles inside. */
export async function subtitledVideo(
  lines: readonly Line[],
  codec: "srt" | "ass" | "webvtt" | "mov_text",
  extension: "mkv" | "mp4" | "webm",
): Promise<string> {
  const file = await makeOnce(
    ["subtitles", lines],
    "srt",
    (path) => Deno.writeTextFile(path, srt(lines)),
  );
  const stream = await encode(
    ["-i", "input", "-c:s", codec],
    codec === "mov_text" ? "mp4" : "mkv",
    file,
  );
  const { Demuxer, Log, Muxer } = await import("node-av");
  const { AV_LOG_QUIET } = await import("node-av/constants");
  Log.setLevel(AV_LOG_QUIET);
  const pictures = extension === "webm"
    ? await makeVideo({ codec: ["-c:v", "libvpx", "-b:v", "1M"], extension })
    : await makeVideo();
  return await makeOnce(["subtitled", pictures, stream, codec], extension, async (path) => {
    await using video = await Demuxer.open(pictures);
    await using words = await Demuxer.open(stream);
    await using output = await Muxer.open(path);
    const tracks = [[video, output.addStream(video.video()!)], [
      words,
      output.addStream(words.streams[0]),
    ]] as const;
    for (const [input, track] of tracks) {
      for await (const packet of input.packets()) await output.writePacket(packet, track);
    }
  });
}

function clock(seconds: number): string {
  const part = (value: number, digits = 2) => String(Math.floor(value)).padStart(digits, "0");
  return `${part(seconds / 3600)}:${part(seconds / 60 % 60)}:${part(seconds % 60)},` +
    part(Math.round(seconds * 1000) % 1000, 3);
}
