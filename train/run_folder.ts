/**
 * What a training run leaves on the disk:
 *
 * | file | what |
 * |---|---|
 * | `configuration.json` | every setting; from the first checkpoint on another command is refused |
 * | `metrics.jsonl` | a line a step: `{"step","loss",…}`; with an evaluation, its figures |
 * | `loss.svg`, `recall.svg` | the loss and recall on the validation split over the steps |
 * | `last.safetensors` | the state to go on from, with the step in its metadata |
 * | `current/` | with `--train all`: the towers as they are evaluated, and their features |
 * | `best/` | the best checkpoint by validation, in the layout of a model |
 *
 * @module
 */
import { join } from "node:path";
import { readSafetensors, type TensorSource, writeSafetensors } from "../models/safetensors.ts";
import type { ParameterSpecs, ParameterValues } from "./parameters.ts";
import { STATE_KINDS } from "./step.ts";

/** One line of `metrics.jsonl`. */
export type Metrics = Readonly<{ step: number } & Record<string, number>>;

/** The whole state of a run after a step. */
export interface Checkpoint {
  /** The steps done. */
  readonly step: number;
  /** The best validation score so far and its step; null before the first evaluation. */
  readonly best: { readonly score: number; readonly step: number } | null;
  /** By `parameters.NAME`, `first.NAME`, `second.NAME`. */
  readonly state: ParameterValues;
}

const CHECKPOINT = "last.safetensors";

/** The folder of one run. */
export class RunFolder {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** Where the best checkpoint goes. */
  get best(): string {
    return join(this.dir, "best");
  }

  /**
   * Opens the folder of a run, or makes it. One that ended before its first checkpoint left nothing
   * to go on from, so the next one there may have other settings.
   *
   * @param configuration Every setting of the run, as JSON has it.
   * @throws {Error} If the folder holds a run of other settings.
   */
  static async open(dir: string, configuration: object): Promise<RunFolder> {
    await Deno.mkdir(dir, { recursive: true });
    const path = join(dir, "configuration.json");
    const wanted = JSON.stringify(configuration, null, 2) + "\n";
    const found = await readIfThere(path);
    if (found === wanted) return new RunFolder(dir);
    if (found !== null && await isThere(join(dir, CHECKPOINT))) {
      throw new Error(
        `Cannot go on with the run in "${dir}": its ${firstDifference(found, wanted)}; ` +
          "give the same settings, or another --out",
      );
    }
    await writeWhole(path, wanted);
    return new RunFolder(dir);
  }

  /** The last checkpoint; null where there is none. */
  async last(specs: ParameterSpecs): Promise<Checkpoint | null> {
    const path = join(this.dir, CHECKPOINT);
    if (!await isThere(path)) return null;
    const file = await readSafetensors(path);
    const { step, best } = JSON.parse(file.metadata.checkpoint) as Omit<Checkpoint, "state">;
    const state: ParameterValues = {};
    for (const kind of STATE_KINDS) {
      for (const name of Object.keys(specs)) {
        state[`${kind}.${name}`] = await file.float32(`${kind}.${name}`);
      }
    }
    return { step, best, state };
  }

  /** Stores a checkpoint over the last one; a crash leaves one of both. */
  async save({ step, best, state }: Checkpoint, specs: ParameterSpecs): Promise<void> {
    const tensors = STATE_KINDS.flatMap((kind) =>
      Object.entries(specs).map(([name, { shape }]): TensorSource => ({
        name: `${kind}.${name}`,
        dtype: "F32",
        shape,
        data: bytesOf(state[`${kind}.${name}`]),
      }))
    );
    const checkpoint = JSON.stringify({ step, best });
    await writeSafetensors(join(this.dir, CHECKPOINT), tensors, { checkpoint });
  }

  /** The metrics of the first `steps` steps; those of later ones are dropped from the file. */
  async metrics(steps: number): Promise<Metrics[]> {
    const path = join(this.dir, "metrics.jsonl");
    const lines = (await readIfThere(path) ?? "").split("\n").slice(0, -1);
    const kept = lines.map((line) => JSON.parse(line) as Metrics)
      .filter(({ step }) => step <= steps);
    await writeWhole(path, kept.map((line) => JSON.stringify(line) + "\n").join(""));
    return kept;
  }

  /** Appends lines to the metrics. */
  async append(lines: readonly Metrics[]): Promise<void> {
    const text = lines.map((line) => JSON.stringify(line) + "\n").join("");
    await Deno.writeTextFile(join(this.dir, "metrics.jsonl"), text, { append: true });
  }

  /** Writes a picture or a text beside the metrics. */
  async write(name: string, text: string): Promise<void> {
    await writeWhole(join(this.dir, name), text);
  }
}

/** The bytes of a tensor. */
export function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

async function readIfThere(path: string): Promise<string | null> {
  return await isThere(path) ? await Deno.readTextFile(path) : null;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.partial`;
  await Deno.writeTextFile(temporary, text);
  await Deno.rename(temporary, path);
}

function firstDifference(found: string, wanted: string): string {
  const [a, b] = [found.split("\n"), wanted.split("\n")];
  const i = a.findIndex((line, i) => line !== b[i]);
  const said = (line: string | undefined) => line?.trim().replace(/,$/, "");
  return `configuration.json says ${said(a[i])} and this command ${said(b[i])}`;
}
