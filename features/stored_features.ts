import { join } from "node:path";
import { oneLine } from "../files/one_line.ts";
import { whyUnreadable } from "../files/unreadable.ts";
import { readSafetensors, type SafetensorsFile } from "../models/safetensors.ts";
import type {
  CaptionFeatures,
  FeatureCaption,
  Features,
  RecoveredFeatures,
  VideoFeatures,
} from "./features.ts";
import {
  FEATURE_FORMAT,
  type FeatureManifest,
  featureTensors,
  MANIFEST_FILE,
  TENSORS_FILE,
} from "./layout.ts";
import { TensorRows } from "./tensor_rows.ts";

/**
 * Opens a folder of features. Nothing but the names and captions is loaded; the file stays open.
 *
 * @param dir A folder that `computeFeatures` wrote.
 * @throws {Error} If there are no features in it, or they are of another layout or damaged.
 */
export async function openFeatures(dir: string): Promise<StoredFeatures> {
  const manifest = await readManifest(dir);
  const tensors = await readSafetensors(join(dir, TENSORS_FILE));
  const problem = difference(manifest, tensors);
  if (problem) throw new Error(`Cannot open the features in ${oneLine(dir)}: ${problem}`);
  return new StoredFeatures(manifest, tensors);
}

async function readManifest(dir: string): Promise<FeatureManifest> {
  const path = join(dir, MANIFEST_FILE);
  const problem = (why: string) =>
    new Error(`Cannot open the features in ${oneLine(dir)}: ${MANIFEST_FILE}: ${why}`);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw problem(whyUnreadable(error));
  }
  let manifest: FeatureManifest;
  try {
    manifest = JSON.parse(text);
  } catch {
    throw problem("it is not JSON");
  }
  if (manifest?.format !== FEATURE_FORMAT) {
    throw problem(`it is of format ${manifest?.format}, and this program reads ${FEATURE_FORMAT}`);
  }
  return manifest;
}

/** Why the two files do not belong together; null where they do. */
function difference(manifest: FeatureManifest, { metadata, tensors }: SafetensorsFile) {
  if (metadata.key !== manifest.key) return "its two files are of different runs; remove both";
  for (const { name, dtype, shape } of featureTensors(manifest)) {
    const found = tensors.get(name);
    if (found?.dtype !== dtype || String(found.shape) !== String(shape)) {
      return `expected its tensor "${name}" to be ${dtype} [${shape}] but found ` +
        (found ? `${found.dtype} [${found.shape}]` : "none");
    }
  }
  return null;
}

/** Features in a file. */
export class StoredFeatures implements Features, Disposable {
  /** All that `features.json` says. */
  readonly manifest: FeatureManifest;
  readonly #file: Deno.FsFile;
  readonly #rows: TensorRows;
  readonly #frameCounts: Int32Array;

  /** @ignore Use {@linkcode openFeatures}. */
  constructor(manifest: FeatureManifest, { path, tensors }: SafetensorsFile) {
    this.manifest = manifest;
    this.#file = Deno.openSync(path);
    this.#rows = new TensorRows(this.#file, tensors);
    this.#frameCounts = Int32Array.from(
      manifest.videos,
      (_, i) => this.#rows.readCount("frame_counts", i),
    );
  }

  get model(): string {
    return this.manifest.model.name;
  }

  get dim(): number {
    return this.manifest.dim;
  }

  get frames(): number {
    return this.manifest.frames;
  }

  get patches(): number {
    return this.manifest.patches;
  }

  get words(): number {
    return this.manifest.words;
  }

  get videos(): readonly string[] {
    return this.manifest.videos;
  }

  get captions(): readonly FeatureCaption[] {
    return this.manifest.captions;
  }

  get recoveredPerVideo(): number {
    return this.manifest.recoveredPerVideo;
  }

  video(i: number): VideoFeatures {
    this.#check(i, "video", this.videos.length);
    return {
      frames: this.#rows.read32("frames", i),
      patches: this.#rows.read32("patches", i),
      frameCount: this.#frameCounts[i],
    };
  }

  caption(i: number): CaptionFeatures {
    this.#check(i, "caption", this.captions.length);
    return {
      sentence: this.#rows.read32("sentences", i),
      words: this.#rows.read32("words", i),
      wordCount: sum(this.#rows.read("word_mask", i)),
    };
  }

  recovered(i: number): RecoveredFeatures {
    this.#check(i, "video", this.videos.length);
    const mask = this.#rows.read("recovered_mask", i);
    const { words, recoveredPerVideo } = this;
    return {
      sentences: this.#rows.read32("recovered_sentences", i),
      words: this.#rows.read32("recovered_words", i),
      wordCounts: Int32Array.from(
        { length: recoveredPerVideo },
        (_, s) => sum(mask.subarray(s * words, (s + 1) * words)),
      ),
    };
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  #check(i: number, what: string, count: number): void {
    if (Number.isInteger(i) && i >= 0 && i < count) return;
    throw new RangeError(`Expected a ${what} from 0 to ${count - 1} but found ${i}`);
  }
}

function sum(mask: Uint8Array): number {
  return mask.reduce((total, value) => total + value, 0);
}
