/**
 * The commands of one batch. Kernels are recorded one behind the other and submitted in one go when
 * something is read; the batch's buffers go back to the device when it ends.
 *
 * @module
 */
import { DeviceLostError } from "../backend.ts";
import type { GpuDevice, Kernel } from "./device.ts";

/** Every kernel's uniforms lie in one buffer, this far apart (the alignment every device takes). */
const SLOT = 256;
const SLOTS = 256;
/** The most workgroups in a dimension that every device takes. */
const MOST_GROUPS = 65_535;

/** The workgroups of a dispatch: x, y, z. */
export type Grid = readonly [number, number?, number?];

/** A grid of `count` workgroups in a row, folded where it is too long for one dimension. */
export function folded(count: number): Grid {
  const x = Math.min(count, MOST_GROUPS);
  return [x, Math.ceil(count / x)];
}

/** Records one batch. */
export class Recorder implements Disposable {
  readonly device: GpuDevice;
  readonly #taken: GPUBuffer[] = [];
  readonly #done: GPUBuffer[] = [];
  readonly #uniforms = new Uint32Array(SLOTS * SLOT / 4);
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #uniformBuffer: GPUBuffer | null = null;
  #slot = 0;

  constructor(device: GpuDevice) {
    this.device = device;
  }

  /** Takes a buffer for a kernel to write, which lives as long as the batch. */
  take(bytes: number): GPUBuffer {
    const at = this.#done.findIndex(({ size }) => size >= bytes && size <= 2 * bytes);
    return at < 0 ? this.#takeFresh(bytes) : this.#done.splice(at, 1)[0];
  }

  /**
   * Says that no later kernel reads these: kernels run in the order they are recorded, so that one
   * recorded later may write there.
   */
  done(...buffers: readonly GPUBuffer[]): void {
    this.#done.push(...buffers);
  }

  /** Takes a buffer and fills it. */
  upload(data: Float32Array | Uint32Array, ...more: readonly Float32Array[]): GPUBuffer {
    const parts = [data, ...more];
    // A write overtakes what is recorded and not submitted: never into a buffer of this batch.
    const buffer = this.#takeFresh(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
    let offset = 0;
    for (const part of parts) {
      this.device.write(buffer, offset, part);
      offset += part.byteLength;
    }
    return buffer;
  }

  #takeFresh(bytes: number): GPUBuffer {
    const buffer = this.device.take(bytes);
    this.#taken.push(buffer);
    return buffer;
  }

  /** Takes a buffer of zeros. */
  zeros(bytes: number): GPUBuffer {
    const buffer = this.take(bytes);
    this.#pass?.end();
    this.#pass = null;
    this.#encoder ??= this.device.gpu.createCommandEncoder();
    this.#encoder.clearBuffer(buffer, 0, bytes);
    return buffer;
  }

  /**
   * Records a dispatch.
   *
   * @param uniforms The fields of binding 0, or null where the kernel has no uniforms and its
   * buffers begin at 0.
   * @param buffers The bindings behind it; a null is one that this entry point does not use.
   */
  dispatch(
    kernel: Kernel,
    uniforms: Uint32Array | null,
    buffers: readonly (GPUBuffer | null)[],
    grid: Grid,
  ): void {
    this.device.check();
    const { gpu, dispatches } = this.device;
    const pipeline = this.device.pipeline(kernel);
    const entries: GPUBindGroupEntry[] = [];
    if (uniforms) {
      if (this.#slot === SLOTS) this.submit();
      this.#uniformBuffer ??= this.#takeFresh(SLOTS * SLOT);
      this.#uniforms.set(uniforms, this.#slot * SLOT / 4);
      const resource = {
        buffer: this.#uniformBuffer,
        offset: this.#slot++ * SLOT,
        size: Math.ceil(uniforms.byteLength / 16) * 16,
      };
      entries.push({ binding: 0, resource });
    }
    const first = uniforms ? 1 : 0;
    buffers.forEach((buffer, i) => {
      if (buffer) entries.push({ binding: first + i, resource: { buffer } });
    });
    this.#encoder ??= gpu.createCommandEncoder();
    this.#pass ??= this.#encoder.beginComputePass();
    this.#pass.setPipeline(pipeline);
    const layout = pipeline.getBindGroupLayout(0);
    this.#pass.setBindGroup(0, gpu.createBindGroup({ layout, entries }));
    this.#pass.dispatchWorkgroups(...grid);
    dispatches.set(kernel.name, (dispatches.get(kernel.name) ?? 0) + 1);
  }

  /** Submits what is recorded. */
  submit(): void {
    this.#pass?.end();
    this.#pass = null;
    if (this.#uniformBuffer) {
      const used = this.#uniforms.subarray(0, this.#slot * SLOT / 4);
      this.device.write(this.#uniformBuffer, 0, used);
    }
    if (this.#encoder) this.device.gpu.queue.submit([this.#encoder.finish()]);
    this.#encoder = null;
    this.#uniformBuffer = null;
    this.#slot = 0;
  }

  /**
   * Submits what is recorded and reads the first bytes of some buffers, in one copy.
   *
   * @throws {DeviceLostError} If the device is lost before the bytes are here.
   */
  async read(parts: readonly { buffer: GPUBuffer; bytes: number }[]): Promise<ArrayBuffer[]> {
    this.device.check();
    const { gpu } = this.device;
    const size = parts.reduce((sum, { bytes }) => sum + bytes, 0);
    const { MAP_READ, COPY_DST } = GPUBufferUsage;
    const staging = gpu.createBuffer({ size, usage: MAP_READ | COPY_DST });
    try {
      this.#pass?.end();
      this.#pass = null;
      this.#encoder ??= gpu.createCommandEncoder();
      let offset = 0;
      for (const { buffer, bytes } of parts) {
        this.#encoder.copyBufferToBuffer(buffer, 0, staging, offset, bytes);
        offset += bytes;
      }
      this.submit();
      await this.#map(staging);
      const mapped = staging.getMappedRange();
      offset = 0;
      return parts.map(({ bytes }) => mapped.slice(offset, offset += bytes));
    } finally {
      staging.destroy();
    }
  }

  async #map(staging: GPUBuffer): Promise<void> {
    try {
      await staging.mapAsync(GPUMapMode.READ);
    } catch (cause) {
      this.device.check();
      throw new DeviceLostError(cause instanceof Error ? cause.message : String(cause));
    }
    this.device.check();
  }

  /** Ends the batch. What was recorded and not read is dropped. */
  [Symbol.dispose](): void {
    this.#pass?.end();
    this.#pass = null;
    for (const buffer of this.#taken) this.device.release(buffer);
    this.#taken.length = 0;
    this.#done.length = 0;
  }
}
