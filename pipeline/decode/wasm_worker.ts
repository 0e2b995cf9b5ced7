/**
 * The sandbox. It has no permission but to read one video; the compiled program arrives as its first
 * message.
 *
 * @module
 */
import * as Comlink from "comlink";
import { type Decoder, DecodeServer } from "./serve.ts";
import { openWasm } from "./wasm.ts";
import { readWasmSubtitles } from "./wasm_subtitles.ts";

self.addEventListener("message", ({ data: program }: MessageEvent<WebAssembly.Module>) => {
  const decoder: Decoder = {
    openVideo: (path, alive) => openWasm(program, path, alive),
    readSubtitles: (path, alive) => readWasmSubtitles(program, path, alive),
  };
  Comlink.expose(new DecodeServer(() => Promise.resolve(decoder)));
}, { once: true });
