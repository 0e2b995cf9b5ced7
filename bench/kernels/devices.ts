/**
 * The backends that are benchmarked, and the product that each device is measured against.
 *
 * @module
 */
import type { Backend, Kernels } from "../../kernels/backend.ts";
import { CpuBackend } from "../../kernels/cpu/backend.ts";
import { Product } from "../../kernels/cpu/products.ts";
import { WebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { GpuDevice } from "../../kernels/webgpu/device.ts";
import { Recorder } from "../../kernels/webgpu/recorder.ts";
import type { Timed } from "./rate.ts";
import gemmCode from "./gemm.wgsl" with { type: "text" };

/** A shape of a product: [rows, depth] × [depth, columns], `batch` of them. */
export interface Shape {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly batch?: number;
}

/** Two operations for each multiply-add. */
export function flopOf({ rows, depth, columns, batch = 1 }: Shape): number {
  return 2 * rows * depth * columns * batch;
}

/** A backend under its bench. */
export interface Benched {
  readonly name: string;
  readonly backend: Backend;
  /** Calls between two waits for the device. */
  readonly repeats: number;
  /** Runs the plain product `repeats` times. */
  gemm(shape: Shape): Promise<() => Promise<void>>;
  /** Prepares a piece of work on the kernels, then times `repeats` runs of it. */
  step(prepare: (kernels: Kernels) => Promise<() => Promise<unknown>>, timed: Timed): Promise<void>;
}

const threads = navigator.hardwareConcurrency;

function numbers(count: number): Float32Array {
  return Float32Array.from({ length: count }, () => Math.random() - 0.5);
}

/** ONNX Runtime's product with constant weights, as the backend's own are. */
export async function ortGemm({ rows, depth, columns, batch = 1 }: Shape) {
  const right = numbers(batch * depth * columns);
  const left = numbers(batch * rows * depth);
  const product = await Product.open("gemm", threads, (g) => {
    const x = g.input("x", "float32", ["batch", "rows", "depth"]);
    return g.op("MatMul", [x, g.floats(right, [batch, depth, columns])]);
  });
  return async () => {
    await product.run({ x: [left, batch, rows, depth] });
  };
}

function cpu(): Benched {
  const backend = new CpuBackend({ threads });
  return {
    name: "cpu",
    backend,
    repeats: 1,
    gemm: ortGemm,
    step: async (prepare, timed) => {
      await backend.batch(async (kernels) => await timed(await prepare(kernels)));
    },
  };
}

async function webgpu(allowSoftware: boolean): Promise<Benched> {
  const backend = await WebGpuBackend.open({ allowSoftware });
  const device = await GpuDevice.open(true);
  const repeats = backend.software ? 1 : 20;
  return {
    name: `webgpu on ${backend.device}`,
    backend,
    repeats,
    gemm: ({ rows, depth, columns, batch = 1 }) => {
      const round = (size: number) => Math.ceil(size / 64) * 64;
      const [m, k, n] = [round(rows), round(depth), round(columns)];
      const kernel = { name: "gemm", code: gemmCode };
      return Promise.resolve(async () => {
        using recorder = new Recorder(device);
        const a = recorder.take(m * k * 4), b = recorder.take(k * n * 4);
        const y = recorder.take(m * n * 4);
        const grid = [n / 64, m / 64, batch] as const;
        for (let r = 0; r < repeats; r++) {
          recorder.dispatch(kernel, Uint32Array.of(m, n, k), [a, b, y], grid);
        }
        await recorder.read([{ buffer: y, bytes: 4 }]);
      });
    },
    step: async (prepare, timed) => {
      await backend.batch(async (kernels) => {
        const last = await kernels.upload([Float32Array.of(1)], 1);
        const work = await prepare(kernels);
        await kernels.read(last); // what was prepared is there
        await timed(async () => {
          for (let r = 0; r < repeats; r++) await work();
          await kernels.read(last);
        });
      });
    },
  };
}

/**
 * What this machine has. A software adapter, tens of times slower than the CPU backend, counts only
 * with `FOVEA_BENCH_SOFTWARE=1`.
 */
export const DEVICES: readonly Benched[] = await (async () => {
  const devices = [cpu()];
  try {
    devices.push(await webgpu(Deno.env.get("FOVEA_BENCH_SOFTWARE") === "1"));
  } catch (error) {
    console.log((error as Error).message);
  }
  return devices;
})();
