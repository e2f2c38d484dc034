import { poolsDeviation, type HeadConfig, type ModelConfig } from '../core/config.js';
import { functionalCount } from '../core/functionals.js';
import { isRegression, outputsOf } from '../core/heads.js';
import { layersOnnx } from '../network/layers/index.js';
import { GraphBuilder, NEVER } from '../onnx/graph-builder.js';
import { addFunctionals, functionalsDescription } from './functionals.js';
import type { OnnxGraph } from '../onnx/file.js';
import {
  addSharedWeights,
  addValid,
  addZeroPadding,
  type OnnxSequence,
  type OnnxTime,
} from '../onnx/sequence.js';
import { dense, parameter, type Parameters } from '../onnx/weights.js';

/** Names of the graph's inputs, and of the output besides those named after the tasks. */
export const FEATURES = 'features';
export const LENGTHS = 'lengths';
export const FUNCTIONALS = 'functionals';
export const ATTENTION = 'attention';

/**
 * The network of SPEC section 1 for inference, as a graph of standard ONNX operators.
 *
 * Inputs: `features` [B, T, F] float32, normalised; `lengths` [B] int64, valid frames of each row, from 1
 * to T; values of `features` past them are ignored; `functionals` [B, 8F + 1] float32, where the model's functionals
 * have the scope `functionals`: those of frames are computed. Outputs: the probabilities of each task under its
 * name, [B, C], or of a regression task its number, [B, 1], and `attention` [B, T], the weights of the pooling,
 * 0 past a row's length. B and T are
 * dynamic.
 *
 * @throws ConfigError if a parameter is missing, or a task has the name of another value
 */
export function networkGraph(model: ModelConfig, parameters: Parameters): OnnxGraph {
  const graph = new GraphBuilder();
  const features = graph.input({
    name: FEATURES,
    type: 'float32',
    shape: ['batch', 'frames', model.features],
    description:
      'normalised features of each frame, as described in the metadata; padded with zeros',
  });
  const lengths = graph.input({
    name: LENGTHS,
    type: 'int64',
    shape: ['batch'],
    description: 'number of valid frames of each row, at least 1',
  });
  const given =
    model.functionals?.scope === 'functionals'
      ? graph.input({
          name: FUNCTIONALS,
          type: 'float32',
          shape: ['batch', functionalCount(model.features)],
          description: functionalsDescription(model.features),
        })
      : undefined;

  const sizes = graph.node('shape', 'Shape', [features]);
  const frames = graph.entry('shape.frames', sizes, 1);
  const batch = graph.unsqueeze('shape.batch', graph.entry('shape.rows', sizes, 0), [0]);
  const valid = addValid(graph, 'valid', frames, lengths);
  const time: OnnxTime = { batch, steps: frames, lengths, valid };
  const whole: OnnxSequence = { x: features, width: model.features, time };
  const clean = { ...whole, x: addZeroPadding(graph, 'features.clean', whole) };
  const y = layersOnnx(graph, model, parameters, clean);
  const weights = addPoolingWeights(graph, model, parameters, y);
  const attention = addSharedWeights(graph, 'pooling.frames', weights, y.time);
  graph.node(ATTENTION, 'Identity', [attention]);
  graph.output({ name: ATTENTION, type: 'float32', shape: ['batch', 'frames'] });

  const pooled = addPooled(graph, model, weights, y.x);
  const into =
    model.functionals === undefined
      ? pooled
      : addBranch(graph, parameters, pooled, given ?? addFunctionals(graph, clean));
  for (const head of model.heads) addHead(graph, head, parameters, into);
  return graph.build('alstm');
}

/** The weighted mean over the steps y, and the weighted deviation if it is pooled: [B, D] or [B, 2D]. */
function addPooled(graph: GraphBuilder, model: ModelConfig, weights: string, y: string): string {
  const row = graph.unsqueeze('pooling.row', weights, [1]);
  const overTime = (name: string, sum: string, values: string) =>
    graph.squeeze(name, graph.node(sum, 'MatMul', [row, values]), [1]);
  if (!poolsDeviation(model.pooling)) return overTime('pooling.output', 'pooling.sum', y);
  const mean = overTime('pooling.mean', 'pooling.sum', y);
  const centred = graph.node('pooling.centred', 'Sub', [
    y,
    graph.unsqueeze('pooling.mean.row', mean, [1]),
  ]);
  const squares = graph.node('pooling.squares', 'Mul', [centred, centred]);
  const variance = overTime('pooling.variance', 'pooling.squares.sum', squares);
  const least = graph.float('pooling.least', 1e-6);
  const deviation = graph.node('pooling.deviation', 'Sqrt', [
    graph.node('pooling.above', 'Add', [variance, least]),
  ]);
  return graph.node('pooling.output', 'Concat', [mean, deviation], { axis: 1 });
}

/** The branch for functionals, behind the pooled vector. */
function addBranch(
  graph: GraphBuilder,
  parameters: Parameters,
  pooled: string,
  functionals: string,
): string {
  const [weight, bias] = ['weight', 'bias'].map((own) =>
    parameter(parameters, `functionals.${own}`),
  );
  const sum = dense(graph, 'functionals.dense', functionals, weight!, bias!);
  const hidden = graph.node('functionals.hidden', 'Relu', [sum]);
  return graph.node('heads.input', 'Concat', [pooled, hidden], { axis: 1 });
}

/** Eq. 1, 2: [B, steps], 0 past each length. */
function addPoolingWeights(
  graph: GraphBuilder,
  { pooling }: ModelConfig,
  parameters: Parameters,
  { x: y, time: { valid, lengths } }: OnnxSequence,
): string {
  if (pooling === 'mean') {
    const counts = graph.node('pooling.counts', 'Cast', [lengths], { to: 1 });
    return graph.node('pooling.weights', 'Div', [
      graph.node('pooling.valid', 'Cast', [valid], { to: 1 }),
      graph.unsqueeze('pooling.lengths', counts, [1]),
    ]);
  }
  const { shape, data } = parameter(parameters, 'pooling.attention');
  const vector = graph.floats('pooling.attention', { shape: [...shape, 1], data });
  const products = graph.node('pooling.products', 'MatMul', [y, vector]);
  const scores = graph.node('pooling.scores', 'Where', [
    valid,
    graph.squeeze('pooling.flat', products, [2]),
    graph.float('pooling.never', NEVER),
  ]);
  return graph.node('pooling.weights', 'Softmax', [scores], { axis: 1 });
}

function addHead(
  graph: GraphBuilder,
  head: HeadConfig,
  parameters: Parameters,
  pooled: string,
): void {
  const { task, hidden } = head;
  const name = `heads.${task}`;
  const layer = (part: string, x: string) =>
    dense(
      graph,
      `${name}.${part}`,
      x,
      parameter(parameters, `${name}.${part}.weight`),
      parameter(parameters, `${name}.${part}.bias`),
    );
  const inner =
    hidden > 0 ? graph.node(`${name}.hidden`, 'Relu', [layer('hidden', pooled)]) : pooled;
  const output = layer('output', inner);
  const answer = isRegression(head)
    ? graph.node(task, 'Identity', [output])
    : graph.node(task, 'Softmax', [output], { axis: 1 });
  graph.output({ name: answer, type: 'float32', shape: ['batch', outputsOf(head)] });
}
