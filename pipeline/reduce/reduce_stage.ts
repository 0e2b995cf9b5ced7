import type { FrameTokens } from "../../models/clip/tokens.ts";
import type { ReducedClip } from "../../models/hvd/reducer.ts";
import { Remote } from "../remote.ts";
import { transfer } from "../transfer.ts";
import type { ReduceWorker } from "./worker.ts";

/** What a {@linkcode ReduceStage} runs on. */
export interface ReduceOptions {
  /** The model's folder, which may hold trained heads. */
  readonly modelDir: string;
  /** D, the width of a token. */
  readonly dim: number;
  readonly device: "cpu" | "webgpu";
  /** Told once when the GPU is lost and the CPU takes over. */
  readonly onFallback: (message: string) => void;
}

interface Waiting {
  readonly clip: FrameTokens;
  readonly resolve: (reduced: ReducedClip) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * The reduce stage: the kernels in a worker of their own. Clips that arrive while a batch runs
 * make up the next batch. When the GPU is lost the batch in hand is done again on the CPU.
 */
export class ReduceStage implements Disposable {
  readonly #options: ReduceOptions;
  #remote: Remote<ReduceWorker>;
  #device: "cpu" | "webgpu";
  #waiting: Waiting[] = [];
  #running = false;

  private constructor(options: ReduceOptions, remote: Remote<ReduceWorker>) {
    this.#options = options;
    this.#remote = remote;
    this.#device = options.device;
  }

  /** Opens the backend in its worker. */
  static async open(options: ReduceOptions): Promise<ReduceStage> {
    return new ReduceStage(options, await openRemote(options, options.device));
  }

  /** What the kernels run on now. */
  get device(): "cpu" | "webgpu" {
    return this.#device;
  }

  /** Reduces one clip; its tokens are transferred, so the caller's arrays are empty afterwards. */
  reduce(clip: FrameTokens): Promise<ReducedClip> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ clip, resolve, reject });
      if (!this.#running) this.#run();
    });
  }

  /** How often each kernel was dispatched, by name. */
  dispatches(): Promise<ReadonlyMap<string, number>> {
    return this.#remote.call((worker) => worker.dispatches());
  }

  /** Destroys the device, as a driver that resets does. */
  async destroyDevice(): Promise<void> {
    await this.#remote.call((worker) => worker.destroy());
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const reduced = await this.#reduce(batch.map(({ clip }) => clip));
        batch.forEach(({ resolve }, i) => resolve(reduced[i]));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running = false;
  }

  async #reduce(clips: FrameTokens[]): Promise<ReducedClip[]> {
    if (this.#device === "cpu") {
      const arrays = clips.flatMap(({ frames, patches }) => [frames, patches]);
      return await this.#remote.call((worker) => worker.reduce(transfer(clips, arrays)));
    }
    try {
      // Copied, not transferred: should the GPU be lost, the CPU needs them.
      return await this.#remote.call((worker) => worker.reduce(clips));
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "DeviceLostError") throw error;
      this.#options.onFallback(`${error.message}; the CPU goes on`);
      this.#remote[Symbol.dispose]();
      this.#remote = await openRemote(this.#options, "cpu");
      this.#device = "cpu";
      return await this.#reduce(clips);
    }
  }

  [Symbol.dispose](): void {
    this.#remote[Symbol.dispose]();
  }
}

async function openRemote(
  { modelDir, dim }: ReduceOptions,
  device: "cpu" | "webgpu",
): Promise<Remote<ReduceWorker>> {
  const remote = new Remote<ReduceWorker>(new URL("./worker.ts", import.meta.url), {
    read: "inherit",
    env: "inherit",
    ffi: "inherit",
  });
  try {
    await remote.call((worker) => worker.open(device, modelDir, dim));
    return remote;
  } catch (error) {
    remote[Symbol.dispose]();
    throw error;
  }
}
