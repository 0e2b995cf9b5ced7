/**
 * An opened WebGPU device: its pipelines by kernel, and its free buffers by size.
 *
 * @module
 */
import { findAdapter } from "./adapter.ts";
import { DeviceLostError } from "../backend.ts";

/** A kernel: its name in the counts, its text, and the function of it that runs. */
export interface Kernel {
  readonly name: string;
  readonly code: string;
  /** Defaults to `main`. */
  readonly entryPoint?: string;
}

/** The least size of a buffer; sizes are powers of two, so that few kinds are kept. */
const SMALLEST = 256;
/** Free bytes that are kept for the next batch. */
const KEPT = 1 << 30;

/** The device, shared by the batches. */
export class GpuDevice {
  /** The adapter in words. */
  readonly description: string;
  /** Whether the adapter is a program on the CPU. */
  readonly software: boolean;
  /** How often each kernel ran. */
  readonly dispatches = new Map<string, number>();
  readonly gpu: GPUDevice;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  readonly #free = new Map<number, GPUBuffer[]>();
  readonly #weights = new WeakMap<object, GPUBuffer>();
  #kept = 0;
  #lost: string | null = null;
  #error: string | null = null;

  private constructor(gpu: GPUDevice, description: string, software: boolean) {
    this.gpu = gpu;
    this.description = description;
    this.software = software;
    gpu.lost.then(({ message }) => this.#lost ??= message || "no reason given");
    gpu.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#error ??= (event as GPUUncapturedErrorEvent).error.message;
    });
  }

  /**
   * Opens the adapter that the platform prefers.
   *
   * @param allowSoftware Whether a program on the CPU counts as an adapter.
   * @throws {Error} If there is none.
   */
  static async open(allowSoftware: boolean): Promise<GpuDevice> {
    const adapter = await findAdapter();
    if (!adapter) throw new Error("Cannot open webgpu: this machine has no adapter");
    const { name, software } = adapter;
    if (software && !allowSoftware) {
      throw new Error(`Cannot open webgpu: ${name} is a program on the CPU, not a GPU`);
    }
    const { limits } = adapter.gpu;
    const gpu = await adapter.gpu.requestDevice({
      requiredLimits: {
        maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
        maxBufferSize: limits.maxBufferSize,
        // The kernels are written for the limits that every adapter has, but for `merge`'s and
        // `attend`'s number of bindings and memory.
        maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
        maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      },
    });
    return new GpuDevice(gpu, name, software);
  }

  /** @throws {DeviceLostError} If the device is gone. */
  check(): void {
    if (this.#lost !== null) throw new DeviceLostError(this.#lost);
    if (this.#error !== null) {
      const error = this.#error;
      this.#error = null;
      throw new Error(`Cannot compute on ${this.description}: ${error.replaceAll("\n", " ")}`);
    }
  }

  /** Gives the device back. */
  destroy(): void {
    this.#lost ??= "the backend was destroyed";
    this.gpu.destroy();
  }

  /** The pipeline of a kernel, compiled on first use. */
  pipeline({ code, entryPoint = "main" }: Kernel): GPUComputePipeline {
    const key = `${entryPoint}\n${code}`;
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      const module = this.gpu.createShaderModule({ code });
      pipeline = this.gpu.createComputePipeline({
        layout: "auto",
        compute: { module, entryPoint },
      });
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  /**
   * Takes a buffer of at least `bytes`, its content undefined.
   *
   * @throws {RangeError} If the device cannot bind that many.
   */
  take(bytes: number): GPUBuffer {
    const most = this.gpu.limits.maxStorageBufferBindingSize;
    if (bytes > most) {
      throw new RangeError(
        `Cannot hold a tensor of ${bytes} bytes on ${this.description}: expected at most ${most}`,
      );
    }
    const size = Math.min(Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(bytes))), most);
    const buffer = this.#free.get(size)?.pop();
    if (buffer) {
      this.#kept -= size;
      return buffer;
    }
    const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = GPUBufferUsage;
    return this.gpu.createBuffer({ size, usage: STORAGE | UNIFORM | COPY_SRC | COPY_DST });
  }

  /** Gives a buffer back for later batches; what is queued before still reads it as it was. */
  release(buffer: GPUBuffer): void {
    if (this.#kept + buffer.size > KEPT) {
      buffer.destroy();
      return;
    }
    this.#kept += buffer.size;
    const free = this.#free.get(buffer.size);
    if (free) free.push(buffer);
    else this.#free.set(buffer.size, [buffer]);
  }

  /**
   * The device's copy of weights on the host, made once.
   *
   * @param arrange Lays them out as the kernel reads them.
   */
  weights(
    host: Float32Array,
    arrange: (host: Float32Array) => Float32Array = (same) => same,
  ): GPUBuffer {
    let buffer = this.#weights.get(host);
    if (!buffer) {
      const data = arrange(host);
      const { STORAGE, COPY_DST } = GPUBufferUsage;
      buffer = this.gpu.createBuffer({ size: data.byteLength, usage: STORAGE | COPY_DST });
      this.write(buffer, 0, data);
      this.#weights.set(host, buffer);
    }
    return buffer;
  }

  /** Queues a write in front of everything that is submitted later. */
  write(buffer: GPUBuffer, offset: number, data: Float32Array | Uint32Array | Uint16Array): void {
    this.gpu.queue.writeBuffer(buffer, offset, data as ArrayBufferView<ArrayBuffer>);
  }
}
