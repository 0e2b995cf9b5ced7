import * as Comlink from "comlink";
import { DecodeServer } from "./serve.ts";

// Loaded when it is asked for: what a worker's own module throws, Deno prints.
Comlink.expose(
  new DecodeServer(async () => {
    const { openNative } = await import("./native.ts");
    const { readNativeSubtitles } = await import("./native_subtitles.ts");
    return { openVideo: openNative, readSubtitles: readNativeSubtitles };
  }),
);
