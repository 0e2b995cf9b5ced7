import { makeOnce } from "./encode.ts";
import { makeVideo } from "./videos.ts";

/**
 * Encodes the standard numbered video with one of the native libraries.
 *
 * @param encoder FFmpeg's name of it.
 * @param extension Says what container it goes into.
 * @param pixelFormat FFmpeg's name of the format.
 * @param options The encoder's own.
 * @returns The path of the file.
 */
export async function reencode(
  encoder: "libvpx-vp9" | "libx265" | "libsvtav1",
  extension: string,
  pixelFormat: string,
  options: Record<string, string>,
): Promise<string> {
  const source = await makeVideo();
  return await makeOnce([encoder, pixelFormat, options, source], extension, async (path) => {
    // Loads a native library: not where only the WebAssembly decoder is tested.
    // SVT-AV1 tells of itself on the terminal.
    Deno.env.set("SVT_LOG", "0");
    const { Codec, Decoder, Demuxer, Encoder, FilterAPI, Log, Muxer, pipeline } = await import(
      "node-av"
    );
    const { AV_LOG_QUIET } = await import("node-av/constants");
    Log.setLevel(AV_LOG_QUIET);
    await using input = await Demuxer.open(source);
    using decoder = await Decoder.create(input.video()!);
    using filter = FilterAPI.create(`format=${pixelFormat}`);
    const codec = Codec.findEncoderByName(encoder as Parameters<typeof Codec.findEncoderByName>[0]);
    using encoding = await Encoder.create(codec!, {
      decoder,
      filter,
      gopSize: 25,
      options: encoder === "libx265" ? { ...options, "x265-params": "log-level=none" } : options,
    });
    await using output = await Muxer.open(path, { input });
    await pipeline(input, decoder, filter, encoding, output).completion;
  });
}
