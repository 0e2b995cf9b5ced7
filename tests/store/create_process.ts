/**
 * Makes an empty index in the folder that its argument names.
 *
 * @module
 */
import { ClipStore } from "../../store/clip_store.ts";
import { MANIFEST } from "./sample_clips.ts";

(await ClipStore.create(Deno.args[0], MANIFEST)).close();
