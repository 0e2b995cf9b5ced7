/**
 * ONNX Runtime sessions over the graphs of {@link ./graph.ts}.
 *
 * @module
 */
import * as ort from "onnxruntime-node";

/** Where a session runs. */
export type Provider = "cpu" | "cuda" | "webgpu";

/** How to open a session. */
export interface SessionOptions {
  /** The folder that external weights lie in; symlinks are resolved before ONNX Runtime sees it. */
  weights?: string;
  /** Threads inside an operator. Defaults to every core. */
  threads?: number;
  /** Defaults to `cpu`. */
  provider?: Provider;
  /**
   * Maps the weights straight from their file instead of packing them first: a session opens in
   * a tenth of the time and runs 3–5 % slower. For a process that runs the graph once.
   */
  oneShot?: boolean;
}

/**
 * Opens a session on a serialised model.
 *
 * @param model An ONNX model, as {@linkcode Graph.toModel} makes it.
 * @throws {Error} If ONNX Runtime refuses the model, or the provider is not there.
 */
export async function openSession(
  model: Uint8Array,
  { weights, threads = navigator.hardwareConcurrency, provider = "cpu", oneShot = false }:
    SessionOptions = {},
): Promise<ort.InferenceSession> {
  const session: Record<string, string> = {};
  if (weights !== undefined) {
    session.model_external_initializers_file_folder_path = await Deno.realPath(weights);
  }
  if (oneShot) session.disable_prepacking = "1";
  return await ort.InferenceSession.create(model, {
    executionProviders: provider === "cpu" ? ["cpu"] : [provider, "cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Warnings of the runtime would tear the progress bar; failures arrive as exceptions.
    logSeverityLevel: 3,
    extra: { session: { ...session, "intra_op.allow_spinning": "0" } },
  });
}
