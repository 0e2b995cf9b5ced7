import * as Comlink from "comlink";
import { DecodeServer } from "./serve.ts";

// Loaded when it is asked for: what a worker's own module throws, Deno prints.
Comlink.expose(new DecodeServer(async () => (await import("./native.ts")).openNative));
