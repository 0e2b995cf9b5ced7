/**
 * Takes the batch out of towers that have learned, and puts it back where they are to learn on: what
 * normalised their layers by the batch becomes part of their weights.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import type { ClipConfig } from "../models/clip/config.ts";
import {
  foldBatchNorms,
  type Moments,
  normalisingWeights,
  unfoldedNorm,
} from "../models/clip/trainable.ts";
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
  await using meter = await openMeter(config);
  return foldBatchNorms(parameters, await meter.measure(parameters, cut));
}

/**
 * The inverse of {@linkcode settle}: the towers see pictures as they did while a batch has the
 * moments of these.
 *
 * @param settled The weights as inference reads them.
 * @param cut Normalised patches of pictures like those that are to be learned from, as rows.
 * @returns The weights as training has them.
 */
export async function unsettle(
  settled: ParameterValues,
  config: ClipConfig,
  cut: Float32Array,
): Promise<ParameterValues> {
  await using meter = await openMeter(config);
  const parameters = { ...settled };
  const set = (layer: string, moments: Moments) => {
    const { scale, shift } = unfoldedNorm(settled[`${layer}.bias`], moments);
    parameters[`${layer}.norm.weight`] = scale;
    parameters[`${layer}.norm.bias`] = shift;
    delete parameters[`${layer}.bias`];
  };
  for (const layer of meter.layers) {
    const nothing = settled[`${layer}.bias`].map(() => 0);
    set(layer, { mean: nothing, variance: nothing });
  }
  // The moments of a layer are right once those of all layers before it are.
  for (const layer of meter.layers) set(layer, (await meter.measure(parameters, cut)).get(layer)!);
  return parameters;
}

/** What measures the layers of a vision tower that batches normalise, from the first to the last. */
async function openMeter(config: ClipConfig) {
  const graph = new Graph("clip-vision");
  const rowSize = 3 * config.vision.patchSize ** 2;
  const layers: string[] = [];
  const weights = normalisingWeights((name, mean, variance) => {
    layers.push(name);
    graph.output(`${name}.mean`, mean, "float32", [1, `${name} channels`]);
    graph.output(`${name}.variance`, variance, "float32", [1, `${name} channels`]);
  });
  visionTokens(graph, config, weights, graph.input("cut", "float32", ["patches", rowSize]));
  const session = await openSession(graph.toModel());
  return {
    layers,
    async measure(
      parameters: ParameterValues,
      cut: Float32Array,
    ): Promise<ReadonlyMap<string, Moments>> {
      const output = await session.run({
        ...feeds(graph, parameters),
        cut: new ort.Tensor("float32", cut, [cut.length / rowSize, rowSize]),
      });
      const values = (name: string) => output[name].data as Float32Array;
      return new Map(layers.map((layer) => [
        layer,
        { mean: values(`${layer}.mean`), variance: values(`${layer}.variance`) },
      ]));
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}
