/**
 * Opens a backend by its name.
 *
 * @module
 */
import type { Backend } from "./backend.ts";
import { CpuBackend } from "./cpu/backend.ts";
import { WebGpuBackend } from "./webgpu/backend.ts";

/** How to open a backend. */
export interface OpenBackendOptions {
  /** Threads of a matrix product on the CPU. Defaults to every core. */
  readonly threads?: number;
  /** Whether `webgpu` may run on a software adapter, for tests. Defaults to false. */
  readonly allowSoftware?: boolean;
}

/**
 * Opens the backend `name`.
 *
 * @throws {Error} If there is no adapter for `webgpu`.
 *
 * @example The lengths of two vectors
 * ```ts
 * import { openBackend } from "./open.ts";
 * import assert from "node:assert/strict";
 *
 * const backend = await openBackend("cpu");
 * const [[unit]] = await backend.batch(async (kernels) => {
 *   const x = await kernels.upload([Float32Array.of(3, 4)], 2);
 *   return await kernels.read(await kernels.unit(x));
 * });
 * assert.ok(Math.abs(unit[0] - 0.6) < 1e-6);
 * ```
 */
export async function openBackend(
  name: "cpu" | "webgpu",
  { threads, allowSoftware }: OpenBackendOptions = {},
): Promise<Backend> {
  if (name === "cpu") return new CpuBackend({ threads });
  return await WebGpuBackend.open({ allowSoftware });
}
