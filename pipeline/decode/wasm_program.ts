/**
 * The programs `ffmpeg` and `ffprobe`, compiled to WebAssembly: npm's `@ffmpeg/core`.
 *
 * @module
 */
import createFFmpegCore from "@ffmpeg/core";
import { createRequire } from "node:module";

/** What of Emscripten's file system is used. */
interface FileSystem {
  createFile(folder: string, name: string, properties: object, read: boolean, write: boolean): Node;
  readFile(path: string): Uint8Array<ArrayBuffer>;
  unlink(path: string): void;
}

/** A file of Emscripten's file system. */
interface Node {
  stream_ops: Record<string, unknown>;
}

/** The module that `@ffmpeg/core` makes. */
interface Core {
  readonly FS: FileSystem;
  exec(...args: string[]): number;
  ffprobe(...args: string[]): number;
  reset(): void;
  setLogger(log: (entry: { readonly message: string }) => void): void;
}

/** What of Emscripten's settings is used. */
interface CoreSettings {
  readonly mainScriptUrlOrBlob: string;
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, program: WebAssembly.Module) => void,
  ): object;
}

/** Bytes that are read ahead: FFmpeg asks for 32 KB at a time. */
const READ_AHEAD = 256 << 10;

/** Where the video stands in the program's file system. */
export const INPUT = "/input";

let compiled: Promise<WebAssembly.Module> | undefined;

/** Compiles the programs, for workers to start them from; once for all of them. */
export function compileProgram(): Promise<WebAssembly.Module> {
  return compiled ??= compile();
}

async function compile(): Promise<WebAssembly.Module> {
  const file = createRequire(import.meta.url).resolve("@ffmpeg/core/wasm");
  return await WebAssembly.compile(await Deno.readFile(file));
}

/**
 * The programs, with a video as their only input. It is not loaded: they read of it what they need,
 * where it is.
 */
export class WasmProgram implements Disposable {
  readonly #core: Core;
  readonly #input: Deno.FsFile;
  #log: string[] = [];

  private constructor(core: Core, input: Deno.FsFile) {
    this.#core = core;
    this.#input = input;
    core.setLogger(({ message }) => this.#log.push(message));
  }

  /**
   * Starts the programs.
   *
   * @param program What {@linkcode compileProgram} gave.
   * @param path The video.
   * @param alive Called while work goes on.
   */
  static async start(
    program: WebAssembly.Module,
    path: string,
    alive: () => void,
  ): Promise<WasmProgram> {
    const input = await Deno.open(path);
    const settings: CoreSettings = {
      // Only its fragment is read: where files would be fetched from.
      mainScriptUrlOrBlob: `#${btoa(JSON.stringify({ wasmURL: "", workerURL: "" }))}`,
      instantiateWasm(imports, done) {
        WebAssembly.instantiate(program, imports).then((instance) => done(instance, program));
        return {};
      },
    };
    const core: Core = await createFFmpegCore(settings);
    const { size } = await input.stat();
    serveInput(core.FS.createFile("/", INPUT.slice(1), {}, true, false), input, size, alive);
    return new WasmProgram(core, input);
  }

  /**
   * Runs `ffmpeg`.
   *
   * @returns The lines that it logged.
   */
  ffmpeg(args: readonly string[]): readonly string[] {
    this.#log = [];
    this.#core.reset();
    // The first argument after the program's own must be one that takes no value: it is lost.
    this.#core.exec("-hide_banner", ...args);
    return this.#log;
  }

  /**
   * Runs `ffprobe` on the video.
   *
   * @returns What it printed.
   */
  ffprobe(args: readonly string[]): string {
    this.#core.reset();
    this.#core.ffprobe(...args, "-o", "/printed", INPUT);
    return new TextDecoder().decode(this.take("/printed"));
  }

  /** Takes a file that a program wrote; empty where it wrote none. */
  take(path: string): Uint8Array<ArrayBuffer> {
    try {
      const bytes = this.#core.FS.readFile(path);
      this.#core.FS.unlink(path);
      return bytes;
    } catch {
      return new Uint8Array();
    }
  }

  /**
   * Makes a file of the program's that cannot be read back: what is written to it is handed on in
   * pieces of one size.
   *
   * @param piece Its memory is used again after the call.
   */
  pipe(path: string, size: number, piece: (bytes: Uint8Array) => void): void {
    const buffer = new Uint8Array(size);
    let filled = 0;
    const node = this.#core.FS.createFile("/", path.slice(1), {}, true, true);
    node.stream_ops = {
      ...node.stream_ops,
      write(_stream: unknown, memory: Int8Array, offset: number, length: number): number {
        for (let done = 0; done < length;) {
          const step = Math.min(length - done, size - filled);
          buffer.set(
            new Uint8Array(memory.buffer, memory.byteOffset + offset + done, step),
            filled,
          );
          filled += step;
          done += step;
          if (filled === size) {
            filled = 0;
            piece(buffer);
          }
        }
        return length;
      },
    };
  }

  /** Removes a file of the program's. */
  remove(path: string): void {
    this.#core.FS.unlink(path);
  }

  [Symbol.dispose](): void {
    this.#input.close();
  }
}

/** Makes a file of Emscripten's file system be one of Deno's, of any size. */
function serveInput(node: Node, file: Deno.FsFile, size: number, alive: () => void): void {
  Object.defineProperty(node, "usedBytes", { get: () => size });
  const ahead = new Uint8Array(READ_AHEAD);
  let begin = 0;
  let end = 0;
  node.stream_ops = {
    ...node.stream_ops,
    read(
      _stream: unknown,
      memory: Int8Array,
      offset: number,
      length: number,
      position: number,
    ): number {
      alive();
      if (position < begin || position >= end) {
        file.seekSync(position, Deno.SeekMode.Start);
        begin = position;
        end = position + (file.readSync(ahead) ?? 0);
      }
      const count = Math.min(length, end - position);
      memory.set(ahead.subarray(position - begin, position - begin + count), offset);
      return count;
    },
  };
}
