/**
 * The backends that the tests of this folder loop over. WebGPU is there on a software adapter, too.
 *
 * @module
 */
import type { Backend } from "../../kernels/backend.ts";
import { openBackend } from "../../kernels/open.ts";
import { findAdapter } from "../../kernels/webgpu/adapter.ts";

const adapter = await findAdapter();

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

// Shaders take long to compile on a software adapter: once for all tests of a file.
const opened = new Map<string, Promise<Backend>>();

/** Registers a test for each backend that is here, and a visibly ignored one for the others. */
export function testEach(title: string, run: (backend: Backend) => Promise<void>): void {
  for (const { name, missing } of BACKENDS) {
    Deno.test({
      name: `${name}: ${title}${missing}`,
      ignore: missing !== "",
      // Sessions and pipelines are kept from test to test.
      sanitizeResources: false,
      sanitizeOps: false,
      fn: async () => {
        const backend = opened.get(name) ?? open(name);
        opened.set(name, backend);
        await run(await backend);
      },
    });
  }
}
