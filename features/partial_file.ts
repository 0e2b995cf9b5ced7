import { join } from "node:path";
import { readSafetensors, safetensorsHeader } from "../models/safetensors.ts";
import { type FeatureManifest, featureTensors, TENSORS_FILE } from "./layout.ts";
import { TensorRows } from "./tensor_rows.ts";

/** The tensors' file while a run fills it. */
export interface PartialFile extends Disposable {
  readonly file: Deno.FsFile;
  readonly rows: TensorRows;
  /** Puts the file, which is full now, under its name. */
  finish(): Promise<void>;
}

/**
 * Opens the file that a run fills: with what an interrupted run of the same features left in it,
 * or empty, but for the videos that earlier features of the same model and settings have.
 *
 * @param dir The folder, which no other process may be filling.
 * @param fingerprints Of each video's file, 64 hexadecimal digits.
 */
export async function openPartialFile(
  dir: string,
  manifest: FeatureManifest,
  fingerprints: readonly string[],
): Promise<PartialFile> {
  const path = join(dir, TENSORS_FILE), part = `${path}.part`, earlier = `${path}.earlier`;
  const { key, model, frames, fps, dtype } = manifest;
  const settings = JSON.stringify([model.fingerprint, model.precision, frames, fps, dtype]);
  const { prefix, tensors, size } = safetensorsHeader(featureTensors(manifest), { key, settings });

  const left = await readSafetensors(part).catch(() => null);
  // It has a header only once it holds all that was there before it.
  const goesOn = left !== null && left.metadata.key === key;
  if (left && !goesOn) await Deno.rename(part, earlier);
  const file = await Deno.open(part, { read: true, write: true, create: true });
  const rows = new TensorRows(file, tensors);
  if (!goesOn) {
    try {
      await file.truncate(0);
      await file.truncate(size);
      fingerprints.forEach((hex, i) => rows.write("fingerprints", i, Uint8Array.fromHex(hex)));
      for (const donor of [earlier, path]) await copyVideos(donor, settings, rows, fingerprints);
      await file.syncData();
      await file.seek(0, Deno.SeekMode.Start);
      for (let written = 0; written < prefix.length;) {
        written += await file.write(prefix.subarray(written));
      }
      await Deno.remove(earlier).catch(() => {}); // mostly there is none
    } catch (error) {
      file.close();
      throw error;
    }
  }
  return {
    file,
    rows,
    async finish() {
      await file.sync();
      await Deno.rename(part, path);
    },
    [Symbol.dispose]: () => file.close(),
  };
}

/** Copies the tokens of the videos that earlier features hold too. */
async function copyVideos(
  donor: string,
  settings: string,
  rows: TensorRows,
  fingerprints: readonly string[],
): Promise<void> {
  const stored = await readSafetensors(donor).catch(() => null);
  if (stored?.metadata.settings !== settings) return;
  using file = await Deno.open(donor);
  const from = new TensorRows(file, stored.tensors);
  const known = new Map<string, number>();
  for (let i = 0; i < stored.tensors.get("fingerprints")!.shape[0]; i++) {
    if (from.readCount("frame_counts", i) > 0) known.set(from.read("fingerprints", i).toHex(), i);
  }
  fingerprints.forEach((fingerprint, i) => {
    const at = known.get(fingerprint);
    if (at === undefined) return;
    for (const name of ["frames", "patches", "frame_counts"]) {
      rows.write(name, i, from.read(name, at));
    }
  });
}
