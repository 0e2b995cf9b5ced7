/** An adapter of WebGPU. */
export interface Adapter {
  readonly gpu: GPUAdapter;
  readonly name: string;
  /** Whether it is a program on the CPU, such as Mesa's llvmpipe. */
  readonly software: boolean;
}

const SOFTWARE = /llvmpipe|lavapipe|swiftshader|software|basic render/i;

/** Finds the adapter that the platform prefers; null where there is none. */
export async function findAdapter(): Promise<Adapter | null> {
  const gpu = await withRuntimeDir(async () =>
    await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" })
  );
  if (!gpu) return null;
  const { description, device, vendor, isFallbackAdapter } = gpu.info;
  const name = description || device || vendor || "an unnamed adapter";
  return { gpu, name, software: isFallbackAdapter || SOFTWARE.test(name) };
}

/** Mesa looks for a display there, and complains on the terminal where it is not set. */
async function withRuntimeDir<T>(run: () => Promise<T>): Promise<T> {
  if (Deno.build.os !== "linux" || Deno.env.has("XDG_RUNTIME_DIR")) return await run();
  Deno.env.set("XDG_RUNTIME_DIR", "/tmp");
  try {
    return await run();
  } finally {
    Deno.env.delete("XDG_RUNTIME_DIR");
  }
}
