import type { ClipConfig } from "./clip/config.ts";

/** The files of a model on the disk. */
export interface ModelFiles {
  /** What the model is called: a registry name, `hf:OWNER/REPO`, or the folder's name. */
  readonly name: string;
  /** The commit of the hub that the files are of; null for a folder. */
  readonly revision: string | null;
  readonly dir: string;
  readonly weightsPath: string;
  readonly config: ClipConfig;
  readonly fingerprint: string;
  /** Whether trained heads lie beside the weights. */
  readonly hasHeads: boolean;
}
