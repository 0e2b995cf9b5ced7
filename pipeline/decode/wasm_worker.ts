/**
 * The sandbox. It has no permission but to read one video; the compiled program arrives as its first
 * message.
 *
 * @module
 */
import * as Comlink from "comlink";
import { DecodeServer } from "./serve.ts";
import { openWasm } from "./wasm.ts";

self.addEventListener("message", ({ data: program }: MessageEvent<WebAssembly.Module>) => {
  Comlink.expose(new DecodeServer((path, alive) => openWasm(program, path, alive)));
}, { once: true });
