/**
 * ONNX Runtime sessions over the graphs of {@link ./graph.ts}.
 *
 * @module
 */
import * as ort from "onnxruntime-node";

// The runtime's own lines would tear the progress bar; its failures arrive as exceptions.
ort.env.logLevel = "fatal";
const FATAL = 4;

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
  {
    weights,
    threads = navigator.hardwareConcurrency,
    provider = "cpu",
    oneShot = false,
  }: SessionOptions = {},
): Promise<ort.InferenceSession> {
  const session: Record<string, string> = {
    "intra_op.allow_spinning": "0",
  };
  if (weights !== undefined) {
    session.model_external_initializers_file_folder_path = await Deno.realPath(weights);
  }
  if (oneShot) session.disable_prepacking = "1";
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: provider === "cpu" ? ["cpu"] : [provider, "cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: FATAL,
      extra: { session },
    });
  } catch (error) {
    throw new Error(`Cannot open a model on ${provider}: ${firstReason(error)}`, { cause: error });
  }
}

/** The reason in an error of ONNX Runtime, without the places in its source around it. */
function firstReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split("\n")[0].replace(/^.* was false\. /, "").replace(/^\S+:\d+ /, "");
}
