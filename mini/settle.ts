/**
 * Takes the batch out of towers that have learned: what normalised their layers by the batch
 * becomes part of their weights.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import type { ClipConfig } from "../models/clip/config.ts";
import { foldBatchNorms, normalisingWeights } from "../models/clip/trainable.ts";
import { visionTokens } from "../models/clip/vision.ts";
import { Graph } from "../onnx/graph.ts";
import { openSession } from "../onnx/session.ts";
import type { ParameterValues } from "../train/parameters.ts";
import { feeds } from "./tower_encoder.ts";

/**
 * Measures the moments of every normalised layer over pictures and folds them in.
 *
 * @param cut Normalised patches of pictures like those that were learned from, as rows.
 * @returns The weights as inference reads them.
 */
export async function settle(
  parameters: ParameterValues,
  config: ClipConfig,
  cut: Float32Array,
): Promise<ParameterValues> {
  const graph = new Graph("clip-vision");
  const rowSize = 3 * config.vision.patchSize ** 2;
  const layers: string[] = [];
  const weights = normalisingWeights((name, mean, variance) => {
    layers.push(name);
    graph.output(`${name}.mean`, mean, "float32", [1, `${name} channels`]);
    graph.output(`${name}.variance`, variance, "float32", [1, `${name} channels`]);
  });
  visionTokens(graph, config, weights, graph.input("cut", "float32", ["patches", rowSize]));
  if (layers.length === 0) return parameters;
  const session = await openSession(graph.toModel());
  try {
    const output = await session.run({
      ...feeds(graph, parameters),
      cut: new ort.Tensor("float32", cut, [cut.length / rowSize, rowSize]),
    });
    const values = (name: string) => output[name].data as Float32Array;
    return foldBatchNorms(
      parameters,
      new Map(layers.map((layer) => [
        layer,
        {
          mean: values(`${layer}.mean`),
          variance: values(`${layer}.variance`),
        },
      ])),
    );
  } finally {
    await session.release();
  }
}
