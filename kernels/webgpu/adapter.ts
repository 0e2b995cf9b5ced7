/** What WebGPU runs on here. */
export interface AdapterDescription {
  readonly name: string;
  /** Whether it is a program that stands in for a GPU, such as Mesa's llvmpipe. */
  readonly software: boolean;
}

/** Describes the adapter that WebGPU would take; null where there is none. */
export async function describeAdapter(): Promise<AdapterDescription | null> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return null;
  const { description, device, vendor, isFallbackAdapter } = adapter.info;
  const name = description || device || vendor || "an adapter without a name";
  return { name, software: isFallbackAdapter || /llvmpipe|swiftshader|lavapipe/i.test(name) };
}
