import * as Comlink from "comlink";
import { openNative } from "./native.ts";
import { DecodeServer } from "./serve.ts";

Comlink.expose(new DecodeServer(openNative));
