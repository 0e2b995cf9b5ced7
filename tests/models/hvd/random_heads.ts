import type { Heads } from "../../../models/hvd/heads.ts";
import { type TensorSource, writeSafetensors } from "../../../models/safetensors.ts";
import { normals } from "../../kernels/random.ts";

/** Random heads of a size that keeps activations around 1. */
export function headTensors(dim: number, rounds: number): TensorSource[] {
  const random = normals(dim + rounds);
  const tensors: TensorSource[] = [];
  const add = (name: string, shape: number[], scale: number, offset = 0) => {
    const values = random(shape.reduce((a, b) => a * b, 1), scale).map((v) => v + offset);
    tensors.push({ name, dtype: "F32", shape, data: new Uint8Array(values.buffer) });
  };
  const linear = (name: string, outputs: number, inputs: number) => {
    add(`${name}.weight`, [outputs, inputs], inputs ** -0.5);
    add(`${name}.bias`, [outputs], 0.1);
  };
  const norm = (name: string) => {
    add(`${name}.weight`, [dim], 0.1, 1);
    add(`${name}.bias`, [dim], 0.1);
  };
  for (let r = 0; r < rounds; r++) {
    add(`rounds.${r}.convolution.weight`, [dim, dim, 3], (3 * dim) ** -0.5);
    norm(`rounds.${r}.norm`);
    linear(`rounds.${r}.importance`, 1, dim);
    norm(`rounds.${r}.attention.norm`);
    linear(`rounds.${r}.attention.query`, dim, dim);
    linear(`rounds.${r}.attention.key_value`, 2 * dim, dim);
    linear(`rounds.${r}.attention.project`, dim, dim);
  }
  for (const side of ["word", "frame", "patch"]) {
    linear(`interaction.${side}.0`, 2 * dim, dim);
    linear(`interaction.${side}.2`, 1, 2 * dim);
  }
  return tensors;
}

/** The settings that go with them. */
export function settings(rounds: number) {
  return { name: "test", rounds, attentionHeads: 4, trainedOn: "noise" };
}

/** Writes both files into a folder. */
export async function writeHeads(
  dir: string,
  dim: number,
  rounds: number,
  mode: Heads["mode"] = "skrr",
): Promise<void> {
  await writeSafetensors(`${dir}/heads.safetensors`, headTensors(dim, rounds));
  await Deno.writeTextFile(`${dir}/fovea.json`, JSON.stringify({ ...settings(rounds), mode }));
}
