/**
 * WebGPU as a backend: hand-written WGSL on Deno's own WebGPU.
 *
 * @module
 */
import type { Backend, Kernels } from "../backend.ts";
import { GpuDevice } from "./device.ts";
import { GpuKernels } from "./kernels.ts";
import { Recorder } from "./recorder.ts";

/** How to open WebGPU. */
export interface WebGpuOptions {
  /** Whether an adapter that is a program on the CPU counts, as for tests. Defaults to false. */
  readonly allowSoftware?: boolean;
}

/** An opened GPU as a {@linkcode Backend}. */
export class WebGpuBackend implements Backend {
  readonly name = "webgpu";
  readonly #device: GpuDevice;

  private constructor(device: GpuDevice) {
    this.#device = device;
  }

  /**
   * Opens the adapter that the platform prefers.
   *
   * @throws {Error} If there is none.
   */
  static async open({ allowSoftware = false }: WebGpuOptions = {}): Promise<WebGpuBackend> {
    return new WebGpuBackend(await GpuDevice.open(allowSoftware));
  }

  get device(): string {
    return this.#device.description;
  }

  /** Whether the adapter is a program on the CPU. */
  get software(): boolean {
    return this.#device.software;
  }

  get dispatches(): ReadonlyMap<string, number> {
    return this.#device.dispatches;
  }

  async batch<T>(work: (kernels: Kernels) => Promise<T>): Promise<T> {
    this.#device.check();
    using recorder = new Recorder(this.#device);
    return await work(new GpuKernels(recorder));
  }

  destroy(): void {
    this.#device.destroy();
  }
}
