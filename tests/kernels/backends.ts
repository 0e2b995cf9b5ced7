/**
 * The backends that the tests of this folder loop over. WebGPU is there on a software adapter, too.
 *
 * @module
 */
import type { Backend, Kernels } from "../../kernels/backend.ts";
import { openBackend } from "../../kernels/open.ts";

const adapter = await navigator.gpu?.requestAdapter();

interface Tested {
  readonly name: "cpu" | "webgpu";
  /** Why its tests are ignored, as a part of their name; empty where they run. */
  readonly missing: string;
}

const BACKENDS: readonly Tested[] = [
  { name: "cpu", missing: "" },
  { name: "webgpu", missing: adapter ? "" : " (ignored: this machine has no WebGPU adapter)" },
];

/** Opens a fresh backend by name. */
export function open(name: "cpu" | "webgpu"): Promise<Backend> {
  return openBackend(name, { allowSoftware: true });
}

/** Registers a test for each backend that is here, and a visibly ignored one for the others. */
export function testEach(title: string, run: (backend: Backend) => Promise<void>): void {
  for (const { name, missing } of BACKENDS) {
    Deno.test({
      name: `${name}: ${title}${missing}`,
      ignore: missing !== "",
      // ONNX Runtime and the GPU keep their sessions and pipelines from test to test.
      sanitizeResources: false,
      sanitizeOps: false,
      fn: async () => {
        const backend = await open(name);
        try {
          await run(backend);
        } finally {
          backend.destroy();
        }
      },
    });
  }
}

/** Runs work on the kernels of a backend. */
export function on<T>(backend: Backend, work: (kernels: Kernels) => Promise<T>): Promise<T> {
  return backend.batch(work);
}
