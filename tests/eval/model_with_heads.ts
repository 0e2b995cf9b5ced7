import { join } from "node:path";
import { readClipConfig } from "../../models/clip/config.ts";
import type { Heads } from "../../models/hvd/heads.ts";
import { MODEL } from "../cli/fovea.ts";
import { writeHeads } from "../models/hvd/random_heads.ts";

/** Puts a small CLIP of random weights into a folder, with random heads of two rounds. */
export async function modelWithHeads(dir: string, mode?: Heads["mode"]): Promise<string> {
  await Deno.mkdir(dir);
  for (const name of ["config.json", "model.safetensors", "tokenizer.json"]) {
    await Deno.copyFile(join(MODEL, name), join(dir, name));
  }
  const { dim } = await readClipConfig(join(dir, "config.json"));
  await writeHeads(dir, dim, 2, mode);
  return dir;
}
