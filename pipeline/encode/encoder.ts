import type { Provider } from "../../onnx/session.ts";
import type { ModelFiles } from "../../models/registry.ts";
import type { Precision } from "../../models/clip/tower.ts";
import type { FrameTokens } from "../../models/clip/tokens.ts";
import { Remote } from "../remote.ts";
import { transfer } from "../transfer.ts";
import type { EncodeWorker } from "./worker.ts";

/** What an {@linkcode Encoder} runs on. */
export interface EncoderOptions {
  /** The execution providers to try, best first; the last one must work. */
  readonly providers: readonly Provider[];
  readonly threads: number;
  readonly precision: Precision;
}

/** The encode stage: a vision tower in a worker of its own. */
export class Encoder implements Disposable {
  readonly #remote: Remote<EncodeWorker>;

  /** The execution provider that the tower runs on. */
  readonly provider: Provider;

  private constructor(remote: Remote<EncodeWorker>, provider: Provider) {
    this.#remote = remote;
    this.provider = provider;
  }

  /**
   * Opens the tower on the first provider that takes it.
   *
   * @throws {Error} If no provider takes it, with the last one's reason.
   */
  static async open(
    model: ModelFiles,
    { providers, threads, precision }: EncoderOptions,
  ): Promise<Encoder> {
    let reason: unknown;
    for (const provider of providers) {
      const remote = new Remote<EncodeWorker>(new URL("./worker.ts", import.meta.url), {
        read: "inherit",
        write: "inherit",
        env: "inherit",
        sys: "inherit",
        ffi: "inherit",
      });
      try {
        await remote.call((worker) => worker.open(model, { provider, threads, precision }));
        return new Encoder(remote, provider);
      } catch (error) {
        remote[Symbol.dispose]();
        reason = error;
      }
    }
    throw reason;
  }

  /**
   * Encodes one clip.
   *
   * @param pixels RGB crops [F, S, S, 3]; transferred, so the caller's array is empty afterwards.
   * @returns The projected tokens of every frame.
   */
  encode(pixels: Uint8Array): Promise<FrameTokens> {
    return this.#remote.call((worker) => worker.encode(transfer(pixels, [pixels])));
  }

  [Symbol.dispose](): void {
    this.#remote[Symbol.dispose]();
  }
}
