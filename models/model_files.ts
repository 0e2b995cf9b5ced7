import type { ClipConfig } from "./clip/config.ts";

/** The files of a model on the disk. */
export interface ModelFiles {
  /** What the model is called: a name of the registry, `hf:OWNER/REPO`, or its folder. */
  readonly name: string;
  /** The hub's commit that the files are of; null for a folder. */
  readonly revision: string | null;
  /** The folder, in Hugging Face layout. */
  readonly dir: string;
  /** The safetensors file of both towers. */
  readonly weightsPath: string;
  /** The shape of the model. */
  readonly config: ClipConfig;
  /** Tells the weights from any other's: a hash of samples of the file and of every tensor. */
  readonly fingerprint: string;
}
