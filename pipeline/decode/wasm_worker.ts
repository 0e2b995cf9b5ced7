/**
 * The sandbox. It has no permission but to read one video; the compiled program arrives as its first
 * message.
 *
 * @module
 */
import * as Comlink from "comlink";
import { DecodeServer, type OpenVideo } from "./serve.ts";
import { openWasm } from "./wasm.ts";

self.addEventListener("message", ({ data: program }: MessageEvent<WebAssembly.Module>) => {
  const open: OpenVideo = (path, alive) => openWasm(program, path, alive);
  Comlink.expose(new DecodeServer(() => Promise.resolve(open)));
}, { once: true });
