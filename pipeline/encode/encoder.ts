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
  readonly precision: Precision;
  /** Clips that are encoded at a time, by a session each. */
  readonly sessions: number;
  /** Threads of a session. */
  readonly threads: number;
}

/**
 * The encode stage: sessions of the vision tower, each in a worker of its own. Two sessions of half
 * the cores each are faster than one of all: they never wait for each other.
 */
export class Encoder implements Disposable {
  readonly #remotes: readonly Remote<EncodeWorker>[];
  readonly #idle: Remote<EncodeWorker>[];
  readonly #waiting: ((remote: Remote<EncodeWorker>) => void)[] = [];

  /** The execution provider that the tower runs on. */
  readonly provider: Provider;

  private constructor(remotes: readonly Remote<EncodeWorker>[], provider: Provider) {
    this.#remotes = remotes;
    this.#idle = [...remotes];
    this.provider = provider;
  }

  /**
   * Opens the tower on the first provider that takes it.
   *
   * @throws {Error} If no provider takes it, with the last one's reason.
   */
  static async open(
    model: ModelFiles,
    { providers, precision, sessions, threads }: EncoderOptions,
  ): Promise<Encoder> {
    let reason: unknown;
    for (const provider of providers) {
      using opened = new DisposableStack();
      try {
        const remotes: Remote<EncodeWorker>[] = [];
        for (let i = 0; i < sessions; i++) {
          const remote = opened.use(openRemote());
          await remote.call((worker) => worker.open(model, { provider, threads, precision }));
          remotes.push(remote);
        }
        opened.move();
        return new Encoder(remotes, provider);
      } catch (error) {
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
  async encode(pixels: Uint8Array): Promise<FrameTokens> {
    const remote = this.#idle.pop() ??
      await new Promise<Remote<EncodeWorker>>((resolve) => this.#waiting.push(resolve));
    try {
      return await remote.call((worker) => worker.encode(transfer(pixels, [pixels])));
    } finally {
      const next = this.#waiting.shift();
      if (next) next(remote);
      else this.#idle.push(remote);
    }
  }

  [Symbol.dispose](): void {
    for (const remote of this.#remotes) remote[Symbol.dispose]();
  }
}

function openRemote(): Remote<EncodeWorker> {
  return new Remote<EncodeWorker>(new URL("./worker.ts", import.meta.url), {
    read: "inherit",
    write: "inherit",
    env: "inherit",
    sys: "inherit",
    ffi: "inherit",
  });
}
