/** The network as an ONNX model of standard operators, with random weights. */
import { OnnxGraph } from './onnx-graph.mjs';
import { seededRandom, uniform } from './timing.mjs';

/**
 * Input `features` [T, B, F], time-major as the LSTM operator wants it; one output of logits a task.
 *
 * @param {import('./arguments.mjs').Shape} shape
 * @returns {Uint8Array} the model file
 */
export function onnxModel(shape) {
  const { batch: B, frames: T, units: H, frontendUnits: U, headHidden, features: F } = shape;
  const D = 2 * H;
  const random = seededRandom(2);
  const graph = new OnnxGraph();
  const weights = (name, dims, fan) => {
    const count = dims.reduce((a, b) => a * b, 1);
    return graph.floats(name, dims, uniform(random, count, Math.sqrt(3 / fan)));
  };
  const dense = (x, inputs, units, name) => {
    const w = weights(`${name}.w`, [inputs, units], inputs);
    return graph.node('Gemm', [x, w, weights(`${name}.b`, [units], inputs)], name);
  };
  const relu = (x) => graph.node('Relu', [x], `${x}.relu`);

  const frontend = relu(dense(graph.reshape('features', [T * B, F], 'rows'), F, U, 'frontend'));
  const lstmInputs = [
    graph.reshape(frontend, [T, B, U], 'sequence'),
    weights('lstm.w', [2, 4 * H, U], U),
    weights('lstm.r', [2, 4 * H, H], H),
    weights('lstm.b', [2, 8 * H], H),
  ];
  const attributes = { hidden_size: H, direction: 'bidirectional' };
  const outputs = graph.node('LSTM', lstmInputs, 'lstm', attributes); // [T, 2, B, H]
  const byRow = graph.node('Transpose', [outputs], 'lstm.by-row', { perm: [2, 0, 1, 3] });
  const y = graph.reshape(byRow, [B, T, D], 'sequence.out');
  const pooled = shape.pooling === 'attention' ? attend() : average();
  for (const [task, classes] of Object.entries(shape.heads)) {
    const hidden = headHidden > 0 ? relu(dense(pooled, D, headHidden, `${task}.hidden`)) : pooled;
    dense(hidden, headHidden || D, classes, task);
  }
  const tasks = Object.entries(shape.heads).map(([task, classes]) => [task, [B, classes]]);
  return graph.encode({ features: [T, B, F] }, Object.fromEntries(tasks));

  function attend() {
    const scores = graph.node('MatMul', [y, weights('attention', [D, 1], D)], 'scores');
    const rows = graph.reshape(scores, [B, 1, T], 'scores.rows');
    const a = graph.node('Softmax', [rows], 'pooling.weights', { axis: -1 });
    return graph.reshape(graph.node('MatMul', [a, y], 'weighted'), [B, D], 'pooled');
  }

  function average() {
    return graph.node('ReduceMean', [y], 'pooled', { axes: [1], keepdims: 0 });
  }
}
