/**
 * The trained heads of HVD and SKRR: the weights of the PFCM rounds and of the three interaction
 * MLPs. They lie beside the model in `heads.safetensors`, with their settings in `fovea.json`:
 *
 * ```json
 * {
 *   "name": "skrr-msrvtt",
 *   "rounds": 3,
 *   "keepRatio": 0.5,
 *   "neighbours": 3,
 *   "spotRatio": 0.5,
 *   "attentionHeads": 8,
 *   "mode": "skrr",
 *   "similarities": ["sentence_frame", "sentence_patch", "word_patch"],
 *   "trainedOn": "MSR-VTT 9k"
 * }
 * ```
 *
 * | tensor | shape |
 * |---|---|
 * | `rounds.R.convolution.weight` | [D, D, 3] |
 * | `rounds.R.norm.weight`, `.bias` | [D] |
 * | `rounds.R.importance.weight`, `.bias` | [1, D], [1] |
 * | `rounds.R.attention.norm.weight`, `.bias` | [D] |
 * | `rounds.R.attention.query.weight`, `.bias` | [D, D], [D] |
 * | `rounds.R.attention.key_value.weight`, `.bias` (keys first) | [2D, D], [2D] |
 * | `rounds.R.attention.project.weight`, `.bias` | [D, D], [D] |
 * | `interaction.{word,frame,patch}.0.weight`, `.bias` | [2D, D], [2D] |
 * | `interaction.{word,frame,patch}.2.weight`, `.bias` | [1, 2D], [1] |
 *
 * Without the files the heads are a true identity: a round is plain clustering, and every token
 * weighs the same.
 *
 * @module
 */
import {
  type Attention,
  type Linear,
  MAX_DIM,
  MAX_NEIGHBOURS,
  type Mlp,
  type Norm,
} from "../../kernels/backend.ts";
import { readSafetensors, type SafetensorsFile } from "../safetensors.ts";

/** The settings of the method, with the papers' values in {@linkcode PAPER_PARAMETERS}. */
export interface HvdParameters {
  /** How many times PFCM compresses the patches. */
  readonly rounds: number;
  /** λ: the share of the tokens that a round keeps, rounded up. */
  readonly keepRatio: number;
  /** k: the neighbours in the local density, the token itself included. */
  readonly neighbours: number;
  /** ħ: the share of the frames that FFSM keeps, rounded up (eq. 3). */
  readonly spotRatio: number;
  /** The heads of a round's attention (eq. 7). */
  readonly attentionHeads: number;
}

/** The papers' settings. */
export const PAPER_PARAMETERS: HvdParameters = {
  rounds: 3,
  keepRatio: 0.5, // λ, table 5
  neighbours: 3, // k
  spotRatio: 0.5, // ħ, eq. 3
  attentionHeads: 8, // of 64 each at D = 512, eq. 7
};

/** The similarities between a text and a clip. */
export type Similarity = "sentence_frame" | "sentence_patch" | "word_patch";

/** The weights of one PFCM round. */
export interface RoundWeights {
  /** [D, D, 3] */
  readonly convolution: Float32Array;
  readonly norm: Norm;
  /** [1, D] and [1] */
  readonly importance: Linear;
  readonly attention: Attention;
}

/** The weights of the interaction MLPs. */
export interface InteractionWeights {
  /** θ_w */
  readonly word: Mlp;
  /** θ_f */
  readonly frame: Mlp;
  /** θ_p */
  readonly patch: Mlp;
}

/** What {@linkcode loadHeads} found. */
export interface Heads {
  /** D */
  readonly dim: number;
  /** False for the identity. */
  readonly trained: boolean;
  /** What the heads are called; null for the identity. */
  readonly name: string | null;
  /** The SHA-256 of both files together; null for the identity. */
  readonly fingerprint: string | null;
  readonly parameters: HvdParameters;
  /**
   * How they were trained to score: `skrr` compares whole clips, `hvd` the frames that the query
   * spots, for which an index has to keep patches.
   */
  readonly mode: "skrr" | "hvd";
  /** What a score of `skrr` should be the sum of. */
  readonly similarities: readonly Similarity[];
  /** What the heads were trained on; null for the identity. */
  readonly trainedOn: string | null;
  /** One set of weights a round; null for plain clustering. */
  readonly rounds: readonly RoundWeights[] | null;
  /** Null for equal weights. */
  readonly interaction: InteractionWeights | null;
}

/**
 * Heads that change nothing: PFCM clusters the tokens as they are and averages each cluster, and
 * all tokens weigh the same. Raw CLIP patches are not aligned with text, so only sentence–frame
 * counts.
 *
 * @example
 * ```ts
 * import { identityHeads } from "./heads.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(identityHeads(512).trained, false);
 * ```
 */
export function identityHeads(
  dim: number,
  parameters: HvdParameters = PAPER_PARAMETERS,
): Heads {
  return {
    dim,
    trained: false,
    name: null,
    fingerprint: null,
    parameters,
    mode: "skrr",
    similarities: ["sentence_frame"],
    trainedOn: null,
    rounds: null,
    interaction: null,
  };
}

/**
 * Loads the heads that lie in a model's folder, or {@linkcode identityHeads} where there are none.
 *
 * @param dir The folder of `heads.safetensors` and `fovea.json`.
 * @param dim D, the width of the model's tokens.
 * @throws {Error} If one of the files is there without the other, cannot be read, or does not fit
 * the model.
 */
export async function loadHeads(dir: string, dim: number): Promise<Heads> {
  const weightsPath = `${dir}/heads.safetensors`;
  const settingsPath = `${dir}/fovea.json`;
  const settingsText = await readIfThere(settingsPath);
  const weightsBytes = await readIfThere(weightsPath);
  if (!settingsText && !weightsBytes) return identityHeads(dim);
  const problem = (why: string, cause?: unknown) =>
    new Error(`Cannot load the heads in "${dir}": ${why}`, { cause });
  if (!settingsText) throw problem("heads.safetensors is there but fovea.json is not");
  if (!weightsBytes) throw problem("fovea.json is there but heads.safetensors is not");
  if (dim > MAX_DIM) throw problem(`they take tokens of at most ${MAX_DIM} but found ${dim}`);

  const settings = parseSettings(settingsText, problem);
  const { parameters } = settings;
  if (dim % parameters.attentionHeads !== 0) {
    throw problem(`attentionHeads ${parameters.attentionHeads} does not divide the width ${dim}`);
  }
  const read = tensorReader(await readSafetensors(weightsPath), problem);
  const linear = async (name: string, outputs: number, inputs: number): Promise<Linear> => ({
    weight: await read(`${name}.weight`, [outputs, inputs]),
    bias: await read(`${name}.bias`, [outputs]),
  });
  const norm = async (name: string): Promise<Norm> => ({
    weight: await read(`${name}.weight`, [dim]),
    bias: await read(`${name}.bias`, [dim]),
  });
  const mlp = async (name: string): Promise<Mlp> => ({
    hidden: await linear(`${name}.0`, 2 * dim, dim),
    output: await linear(`${name}.2`, 1, 2 * dim),
  });
  const rounds: RoundWeights[] = [];
  for (let r = 0; r < parameters.rounds; r++) {
    const attention = `rounds.${r}.attention`;
    rounds.push({
      convolution: await read(`rounds.${r}.convolution.weight`, [dim, dim, 3]),
      norm: await norm(`rounds.${r}.norm`),
      importance: await linear(`rounds.${r}.importance`, 1, dim),
      attention: {
        heads: parameters.attentionHeads,
        norm: await norm(`${attention}.norm`),
        query: await linear(`${attention}.query`, dim, dim),
        keyValue: await linear(`${attention}.key_value`, 2 * dim, dim),
        project: await linear(`${attention}.project`, dim, dim),
      },
    });
  }
  const interaction = {
    word: await mlp("interaction.word"),
    frame: await mlp("interaction.frame"),
    patch: await mlp("interaction.patch"),
  };
  const fingerprint = await sha256(settingsText, weightsBytes);
  return { ...settings, dim, trained: true, fingerprint, rounds, interaction };
}

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function sha256(...files: Uint8Array<ArrayBuffer>[]): Promise<string> {
  const hashes = await Promise.all(files.map((file) => crypto.subtle.digest("SHA-256", file)));
  const both = await new Blob(hashes).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", both)).toHex();
}

type Problem = (why: string, cause?: unknown) => Error;

function tensorReader(file: SafetensorsFile, problem: Problem) {
  return async (name: string, shape: readonly number[]): Promise<Float32Array> => {
    const entry = file.tensors.get(name);
    if (!entry) throw problem(`there is no tensor "${name}"`);
    if (entry.shape.length !== shape.length || shape.some((size, i) => size !== entry.shape[i])) {
      throw problem(`expected "${name}" to be [${shape}] but found [${entry.shape}]`);
    }
    return await file.float32(name);
  };
}

const SIMILARITIES: readonly string[] = ["sentence_frame", "sentence_patch", "word_patch"];

function parseSettings(
  bytes: Uint8Array,
  problem: Problem,
): Pick<Heads, "name" | "parameters" | "mode" | "similarities" | "trainedOn"> {
  let json: Record<string, unknown>;
  try {
    json = Object(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw problem("fovea.json is not JSON", cause);
  }
  const parameters = { ...PAPER_PARAMETERS, ...numbers(json) };
  const { rounds, keepRatio, neighbours, spotRatio, attentionHeads } = parameters;
  const whole = (name: string, value: number, most: number) => {
    if (!Number.isInteger(value) || value < 1 || value > most) {
      throw problem(`expected ${name} to be an integer from 1 to ${most} but found ${value}`);
    }
  };
  const share = (name: string, value: number) => {
    if (!(value > 0 && value <= 1)) {
      throw problem(`expected ${name} to be above 0 and at most 1 but found ${value}`);
    }
  };
  whole("rounds", rounds, 12);
  whole("neighbours", neighbours, MAX_NEIGHBOURS);
  whole("attentionHeads", attentionHeads, 64);
  share("keepRatio", keepRatio);
  share("spotRatio", spotRatio);
  const mode = json.mode ?? "skrr";
  if (mode !== "skrr" && mode !== "hvd") {
    throw problem(`expected mode to be "skrr" or "hvd" but found ${JSON.stringify(mode)}`);
  }
  const similarities = json.similarities ?? SIMILARITIES;
  if (
    !Array.isArray(similarities) || similarities.length === 0 ||
    !similarities.every((name) => SIMILARITIES.includes(name))
  ) {
    throw problem(`expected similarities to be a list of ${SIMILARITIES.join(", ")}`);
  }
  // The first stage of a search always counts it.
  if (!similarities.includes("sentence_frame")) {
    throw problem(`expected similarities to have sentence_frame but found ${similarities}`);
  }
  return {
    name: typeof json.name === "string" ? json.name : "heads",
    parameters,
    mode,
    similarities: similarities as Similarity[],
    trainedOn: typeof json.trainedOn === "string" ? json.trainedOn : null,
  };
}

/** The entries of `json` that are settings of the method. */
function numbers(json: Record<string, unknown>): Partial<HvdParameters> {
  const known = Object.keys(PAPER_PARAMETERS);
  return Object.fromEntries(Object.entries(json).filter(([name]) => known.includes(name)));
}
