/**
 * Decodes several videos at a time, a worker each.
 *
 * @module
 */
import type { SubtitleLine } from "../subtitles/line.ts";
import { DecodeWorker } from "./decode_worker.ts";
import { imageFailure } from "./failure.ts";
import { sandbox } from "./sandbox.ts";
import { compileProgram } from "./wasm_program.ts";
import type { DecodedClip, DecodeEvent, DecodeRequest, OpenedVideo } from "./video.ts";

export type {
  DecodedClip,
  DecodeEvent,
  DecodeRequest,
  OpenedVideo,
  Span,
  VideoInfo,
} from "./video.ts";

/** How to open a {@linkcode DecodePool}. */
export interface DecodePoolOptions {
  /**
   * `native`: FFmpeg's libraries, the faster. `wasm`: FFmpeg in a worker without any permission but
   * to read the one file, for files one does not trust. `auto`: native where it loads.
   */
  readonly decoder: "auto" | "native" | "wasm";
  /** Videos that are decoded at a time; a positive integer. */
  readonly workers: number;
  /** S, the side of the model's pictures in pixels. */
  readonly imageSize: number;
  /** Seconds without any progress after which a file is given up. Defaults to 120. */
  readonly timeLimit?: number;
}

/** Gives workers to videos. */
interface WorkerSource {
  take(path: string): Promise<DecodeWorker>;
  give(worker: DecodeWorker): void;
  end(): void;
}

/**
 * Decodes videos in workers.
 *
 * @example
 * ```ts ignore
 * using pool = await DecodePool.open({ decoder: "auto", workers: 2, imageSize: 224 });
 * for await (const event of pool.decode("holiday.mp4", { frames: 12, segment: "auto" })) {
 *   if (event.kind === "clip") console.log(event.span, event.times);
 * }
 * ```
 */
export class DecodePool implements Disposable {
  /** Which decoder it is. */
  readonly decoder: "native" | "wasm";
  readonly #imageSize: number;
  readonly #source: WorkerSource;
  readonly #turns: Turns;
  readonly #closed = new AbortController();

  private constructor(
    decoder: "native" | "wasm",
    source: WorkerSource,
    options: DecodePoolOptions,
  ) {
    this.decoder = decoder;
    this.#source = source;
    this.#imageSize = options.imageSize;
    this.#turns = new Turns(options.workers);
  }

  /**
   * Opens a pool.
   *
   * @throws {RangeError} If a setting is out of its range.
   * @throws {Error} If the decoder that was asked for by name does not load.
   */
  static async open(options: DecodePoolOptions): Promise<DecodePool> {
    const { decoder, workers, imageSize, timeLimit = 120 } = options;
    for (const [name, value] of Object.entries({ workers, imageSize })) {
      if (!Number.isInteger(value) || value < 1) {
        throw new RangeError(`Expected ${name} to be an integer greater than 0 but found ${value}`);
      }
    }
    if (!(timeLimit > 0)) {
      throw new RangeError(`Expected timeLimit to be greater than 0 but found ${timeLimit}`);
    }
    if (decoder !== "wasm") {
      try {
        return new DecodePool("native", await NativeWorkers.open(timeLimit), options);
      } catch (error) {
        if (decoder === "native") throw error;
      }
    }
    return new DecodePool("wasm", await WasmWorkers.open(timeLimit), options);
  }

  /**
   * Decodes a video.
   *
   * @param path The file.
   * @param signal Gives the video up at once.
   * @returns The video, then its clips in order. One clip is decoded ahead of the one that is asked
   * for, no more: who is slow to ask holds the decoder back.
   * @throws {Error} What cannot be decoded and why, in one line; clips given before it stand.
   */
  async *decode(
    path: string,
    request: DecodeRequest,
    signal?: AbortSignal,
  ): AsyncGenerator<DecodeEvent> {
    const ended = signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal;
    await this.#turns.take(ended);
    let worker: DecodeWorker | undefined;
    let ahead: Promise<OpenedVideo | DecodedClip | null> | undefined;
    try {
      worker = await this.#source.take(path);
      const taken = worker;
      const imageSize = this.#imageSize;
      ahead = taken.call(path, (api, alive) => api.open(path, request, imageSize, alive), ended);
      while (true) {
        const event = await ahead;
        if (!event) return;
        ahead = taken.call(path, (api) => api.next(), ended);
        // Awaited in the next turn, or below.
        ahead.catch(() => {});
        yield event;
      }
    } finally {
      // The caller need not wait for a clip that it no longer wants.
      this.#release(path, worker, ahead);
    }
  }

  /**
   * Decodes a picture file, or the first frame of a video.
   *
   * @param signal Gives the file up at once.
   * @returns [S, S, 3] 8-bit RGB, as CLIP crops it.
   * @throws {Error} If it cannot be decoded; in one line.
   */
  async image(path: string, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    try {
      for await (const event of this.decode(path, { frames: 1, segment: "whole" }, signal)) {
        if (event.kind === "clip") return event.pixels;
      }
    } catch (error) {
      throw imageFailure(path, error);
    }
    throw new Error("unreachable: a video without clips fails");
  }

  /**
   * Reads the lines of all text subtitles inside a video, in order of time.
   *
   * @param signal Gives the video up at once.
   * @throws {Error} If it cannot be read; in one line.
   */
  async subtitles(path: string, signal?: AbortSignal): Promise<SubtitleLine[]> {
    const ended = signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal;
    await this.#turns.take(ended);
    let worker: DecodeWorker | undefined;
    try {
      worker = await this.#source.take(path);
      return await worker.call(path, (api, alive) => api.subtitles(path, alive), ended);
    } finally {
      this.#release(path, worker, undefined);
    }
  }

  /** Ends all workers; what is being decoded fails. */
  close(): void {
    this.#closed.abort(new Error("Cannot decode on: the decoders were closed"));
    this.#source.end();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #release(
    path: string,
    worker: DecodeWorker | undefined,
    pending: Promise<unknown> | undefined,
  ): Promise<void> {
    try {
      await pending;
    } catch {
      // It was reported to whoever awaited it.
    }
    try {
      if (worker?.usable) await worker.call(path, (api) => api.close());
    } catch {
      worker?.end();
    }
    if (worker) this.#source.give(worker);
    this.#turns.give();
  }
}

/** Workers with the native decoder; each decodes one video after the other. */
class NativeWorkers implements WorkerSource {
  readonly #timeLimit: number;
  readonly #idle: DecodeWorker[] = [];
  #ended = false;

  private constructor(timeLimit: number) {
    this.#timeLimit = timeLimit;
  }

  /** @throws {Error} If `node-av` does not load. */
  static async open(timeLimit: number): Promise<NativeWorkers> {
    const workers = new NativeWorkers(timeLimit);
    const first = workers.#start();
    try {
      await first.call("", (api) => api.load());
    } catch (error) {
      first.end();
      const reason = (error as Error).message.split(/\s*\n\s*/).filter(Boolean).join(" ");
      throw new Error(`Cannot load the native decoder: ${reason}`, { cause: error });
    }
    workers.#idle.push(first);
    return workers;
  }

  take(): Promise<DecodeWorker> {
    return Promise.resolve(this.#idle.pop() ?? this.#start());
  }

  give(worker: DecodeWorker): void {
    if (this.#ended) worker.end();
    else if (worker.usable) this.#idle.push(worker);
  }

  end(): void {
    this.#ended = true;
    for (const worker of this.#idle) worker.end();
  }

  #start(): DecodeWorker {
    const url = new URL("./native_worker.ts", import.meta.url);
    const permissions = { read: "inherit", env: "inherit", ffi: "inherit" } as const;
    return new DecodeWorker(url, permissions, this.#timeLimit);
  }
}

/**
 * Workers with the WebAssembly decoder. Each may read one video and nothing else, so each is used
 * for one; they share the compiled program, so that one starts in a few hundredths of a second.
 */
class WasmWorkers implements WorkerSource {
  readonly #program: WebAssembly.Module;
  readonly #timeLimit: number;

  private constructor(program: WebAssembly.Module, timeLimit: number) {
    this.#program = program;
    this.#timeLimit = timeLimit;
  }

  static async open(timeLimit: number): Promise<WasmWorkers> {
    return new WasmWorkers(await compileProgram(), timeLimit);
  }

  async take(path: string): Promise<DecodeWorker> {
    const url = new URL("./wasm_worker.ts", import.meta.url);
    const worker = new DecodeWorker(url, await sandbox(path), this.#timeLimit);
    worker.post(this.#program);
    return worker;
  }

  give(worker: DecodeWorker): void {
    worker.end();
  }

  end(): void {}
}

/** Lets so many through at a time, first come, first served. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** @param signal Gives up the wait. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = () => {
      this.#waiting.splice(this.#waiting.indexOf(resolve), 1);
      reject(signal.reason);
    };
    this.#waiting.push(resolve);
    signal.addEventListener("abort", giveUp);
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
