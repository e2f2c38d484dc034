import { VERSION } from '../core/version.js';
import type { TrainedModel } from '../model/folder.js';
import { metadataOf } from './metadata.js';
import { networkGraph } from './network.js';
import { encodeModel, OPSET, type OnnxValue } from '../onnx/file.js';

export interface OnnxExport {
  /** The file. */
  readonly bytes: Uint8Array;
  /** Version of the operators. */
  readonly opset: number;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/**
 * A trained model as an ONNX file of standard operators in float32; inputs and outputs as in
 * `networkGraph`. Features have to be normalised as described in the metadata.
 *
 * @throws ConfigError if model and parameters disagree, or a task has the name of another value
 */
export function exportOnnx(trained: TrainedModel): OnnxExport {
  const graph = networkGraph(trained.model, trained.parameters);
  const bytes = encodeModel({
    graph,
    producer: { name: 'alstm', version: VERSION },
    metadata: metadataOf(trained),
  });
  return { bytes, opset: OPSET, inputs: graph.inputs, outputs: graph.outputs };
}
