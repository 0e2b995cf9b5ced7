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
  /** Clips that are encoded at a time on the CPU, by a session each. A GPU has one session. */
  readonly sessions: number;
  /** Threads, shared by the sessions. */
  readonly threads: number;
  /** Told once when the GPU fails and the CPU takes over. */
  readonly onFallback?: (message: string) => void;
}

/**
 * The encode stage: sessions of the vision tower, each in a worker of its own. Two sessions of half
 * the cores each are faster than one of all: they never wait for each other. When a GPU fails, the
 * clips in hand are encoded again on the CPU.
 */
export class Encoder implements Disposable {
  readonly #model: ModelFiles;
  readonly #options: EncoderOptions;
  #sessions: Sessions;
  #fallback?: Promise<void>;
  #ended = false;

  private constructor(model: ModelFiles, options: EncoderOptions, sessions: Sessions) {
    this.#model = model;
    this.#options = options;
    this.#sessions = sessions;
  }

  /**
   * Opens the tower on the first provider that takes it.
   *
   * @throws {Error} If no provider takes it, with the last one's reason.
   */
  static async open(model: ModelFiles, options: EncoderOptions): Promise<Encoder> {
    let reason: unknown;
    for (const provider of options.providers) {
      try {
        return new Encoder(model, options, await Sessions.open(model, provider, options));
      } catch (error) {
        reason = error;
      }
    }
    throw reason;
  }

  /** The execution provider that the tower runs on now. */
  get provider(): Provider {
    return this.#sessions.provider;
  }

  /**
   * Encodes one clip.
   *
   * @param pixels RGB crops [F, S, S, 3]; transferred, so the caller's array is empty afterwards.
   * @returns The projected tokens of every frame.
   */
  async encode(pixels: Uint8Array): Promise<FrameTokens> {
    const sessions = this.#sessions;
    if (sessions.provider === "cpu") return await sessions.encode(transfer(pixels, [pixels]));
    try {
      // Copied, not transferred: should the GPU fail, the CPU needs them.
      return await sessions.encode(pixels);
    } catch (error) {
      if (this.#ended) throw error;
      await (this.#fallback ??= this.#fallBack(error));
      return await this.encode(pixels);
    }
  }

  async #fallBack(error: unknown): Promise<void> {
    const { provider } = this.#sessions;
    const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
    this.#options.onFallback?.(`Cannot go on encoding on ${provider}: ${why}; the CPU goes on`);
    this.#sessions[Symbol.dispose]();
    this.#sessions = await Sessions.open(this.#model, "cpu", this.#options);
    if (this.#ended) this.#sessions[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    this.#sessions[Symbol.dispose]();
  }
}

/** Sessions on one provider, each in its worker, and who waits for one. */
class Sessions implements Disposable {
  readonly provider: Provider;
  readonly #remotes: readonly Remote<EncodeWorker>[];
  readonly #idle: Remote<EncodeWorker>[];
  readonly #waiting: ((remote: Remote<EncodeWorker>) => void)[] = [];

  private constructor(provider: Provider, remotes: readonly Remote<EncodeWorker>[]) {
    this.provider = provider;
    this.#remotes = remotes;
    this.#idle = [...remotes];
  }

  static async open(
    model: ModelFiles,
    provider: Provider,
    { sessions, threads, precision }: EncoderOptions,
  ): Promise<Sessions> {
    const count = provider === "cpu" ? sessions : 1;
    const share = Math.max(1, Math.floor(threads / count));
    using opened = new DisposableStack();
    const remotes: Remote<EncodeWorker>[] = [];
    for (let i = 0; i < count; i++) {
      const remote = opened.use(openRemote());
      await remote.call((worker) => worker.open(model, { provider, threads: share, precision }));
      remotes.push(remote);
    }
    opened.move();
    return new Sessions(provider, remotes);
  }

  async encode(pixels: Uint8Array): Promise<FrameTokens> {
    const remote = this.#idle.pop() ??
      await new Promise<Remote<EncodeWorker>>((resolve) => this.#waiting.push(resolve));
    try {
      return await remote.call((worker) => worker.encode(pixels));
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
    ffi: "inherit",
  });
}
