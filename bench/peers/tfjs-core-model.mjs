/**
 * The network in tfjs's core operations, as its kernels like it best: one product projects the inputs
 * of all frames, both directions go through the recurrence together as one batched product a step, and
 * the three sigmoids of a cell are one operation.
 */
import { seededRandom, uniform } from './timing.mjs';

/**
 * @param {typeof import('@tensorflow/tfjs-core')} tf
 * @param {import('./arguments.mjs').Shape} shape
 * @param {(x: import('@tensorflow/tfjs-core').Tensor) => import('@tensorflow/tfjs-core').Tensor} dropout
 */
export function coreModel(tf, shape, dropout) {
  const { batch: B, frames: T, units: H, frontendUnits: U, headHidden, features: F } = shape;
  const random = seededRandom(2);
  const D = 2 * H;
  const glorot = (dims, fanIn, fanOut) => {
    const count = dims.reduce((a, b) => a * b, 1);
    return tf.variable(tf.tensor(uniform(random, count, Math.sqrt(6 / (fanIn + fanOut))), dims));
  };
  const zeros = (dims) => tf.variable(tf.zeros(dims));
  const dense = (inputs, units) => ({
    w: glorot([inputs, units], inputs, units),
    b: zeros([units]),
  });

  const frontend = dense(F, U);
  const wIh = glorot([2, U, 4 * H], U, H);
  const wHh = glorot([2, H, 4 * H], H, H);
  // Gates in the order i, f, o, g; the forget gate starts at 1.
  const gateBias = [0, 1, 0, 0].flatMap((value) => new Array(H).fill(value));
  const bias = tf.variable(tf.tensor([...gateBias, ...gateBias], [2, 1, 4 * H]));
  const attention = shape.pooling === 'attention' ? zeros([D, 1]) : undefined;
  const heads = Object.entries(shape.heads).map(([task, classes]) => ({
    task,
    hidden: headHidden > 0 ? dense(D, headHidden) : undefined,
    output: dense(headHidden || D, classes),
  }));

  const apply = (x, { w, b }, activation) =>
    tf.fused.matMul({ a: x, b: w, bias: b, activation: activation ?? 'linear' });

  /** @returns the layer's outputs [T, B, D] */
  function recurrent(x /* [T·B, U] */) {
    const forwards = tf.reshape(x, [1, T, B, U]);
    const both = tf.reshape(tf.concat([forwards, tf.reverse(forwards, 1)]), [2, T * B, U]);
    const gates = tf.reshape(tf.add(tf.matMul(both, wIh), bias), [2, T, B, 4 * H]);
    const outputs = [];
    let h, c;
    for (const gate of tf.unstack(gates, 1) /* [2, B, 4H] */) {
      const z = h === undefined ? gate : tf.add(gate, tf.matMul(h, wHh));
      const [sigmoids, g] = tf.split(z, [3 * H, H], -1);
      const [i, f, o] = tf.split(tf.sigmoid(sigmoids), 3, -1);
      const input = tf.mul(i, tf.tanh(g));
      c = c === undefined ? input : tf.add(tf.mul(f, c), input);
      h = tf.mul(o, tf.tanh(c));
      outputs.push(h);
    }
    const [ahead, back] = tf.unstack(tf.stack(outputs, 1)); // each [T, B, H]
    return tf.concat([ahead, tf.reverse(back, 0)], -1);
  }

  function pool(y /* [T, B, D] */) {
    if (attention === undefined) return tf.mean(y, 0);
    const scores = tf.reshape(tf.matMul(tf.reshape(y, [T * B, D]), attention), [T, B]);
    const weights = tf.softmax(tf.transpose(scores)); // over the last axis only
    return tf.sum(tf.mul(y, tf.reshape(tf.transpose(weights), [T, B, 1])), 0);
  }

  /** @returns the logits of each task */
  function forward(features /* [T·B, F] */) {
    const x = dropout(apply(features, frontend, 'relu'));
    const pooled = pool(dropout(recurrent(x)));
    return heads.map(({ task, hidden, output }) => {
      const inner = hidden === undefined ? pooled : dropout(apply(pooled, hidden, 'relu'));
      return { task, logits: apply(inner, output) };
    });
  }

  return { forward, inputShape: [T * B, F], timeMajor: true };
}
