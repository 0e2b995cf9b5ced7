/** The worker that owns the kernels' backend: the GPU device, or the CPU's sessions. */
import * as Comlink from "comlink";
import { openBackend } from "../../kernels/open.ts";
import type { Backend } from "../../kernels/backend.ts";
import type { FrameTokens } from "../../models/clip/tokens.ts";
import { loadHeads } from "../../models/hvd/heads.ts";
import { type ReducedClip, Reducer } from "../../models/hvd/reducer.ts";
import { transfer } from "../transfer.ts";

/** Reduces the tokens of clips to entities. */
export class ReduceWorker {
  #backend?: Backend;
  #reducer?: Reducer;

  async open(device: "cpu" | "webgpu", modelDir: string, dim: number): Promise<void> {
    this.#backend = await openBackend(device, { allowSoftware: true });
    this.#reducer = new Reducer(this.#backend, await loadHeads(modelDir, dim));
  }

  async reduce(clips: FrameTokens[]): Promise<ReducedClip[]> {
    const reduced = await this.#reducer!.reduce(clips);
    return transfer(reduced, reduced.flatMap(arrays));
  }

  /** How often each kernel was dispatched, by name. */
  dispatches(): ReadonlyMap<string, number> {
    return this.#backend!.dispatches;
  }

  /** Destroys the device, as a driver that resets does. */
  destroy(): void {
    this.#backend!.destroy();
  }
}

function arrays(clip: ReducedClip): ArrayBufferView[] {
  return [
    clip.frameWeights,
    clip.framesPooled,
    clip.entities,
    clip.entityWeights,
    clip.entitiesPooled,
    ...clip.rounds.flatMap(({ labels, importance }) => [labels, importance]),
  ];
}

Comlink.expose(new ReduceWorker());
