/**
 * The network and its training step in jax-js. Its arrays are counted by reference: an array is given up
 * by each use, unless it is passed as `.ref`.
 */
import { taskWeights } from './arguments.mjs';
import { seededRandom, uniform } from './timing.mjs';

/**
 * @param {typeof import('@jax-js/jax')} jax
 * @param {import('./arguments.mjs').Shape} shape
 */
export function initialParameters({ numpy: np }, shape) {
  const { units: H, frontendUnits: U, headHidden, features: F } = shape;
  const random = seededRandom(2);
  const D = 2 * H;
  const glorot = (dims, fanIn, fanOut) => {
    const count = dims.reduce((a, b) => a * b, 1);
    return np.array(uniform(random, count, Math.sqrt(6 / (fanIn + fanOut)))).reshape(dims);
  };
  const dense = (inputs, units) => ({
    w: glorot([inputs, units], inputs, units),
    b: np.zeros([units]),
  });
  const gateBias = [0, 1, 0, 0].flatMap((value) => new Array(H).fill(value));
  return {
    frontend: dense(F, U),
    wIh: glorot([2, U, 4 * H], U, H),
    wHh: glorot([2, H, 4 * H], H, H),
    bias: np.array(Float32Array.from([...gateBias, ...gateBias])).reshape([2, 1, 4 * H]),
    ...(shape.pooling === 'attention' ? { attention: np.zeros([D, 1]) } : {}),
    heads: Object.fromEntries(
      Object.entries(shape.heads).map(([task, classes]) => [
        task,
        {
          ...(headHidden > 0 ? { hidden: dense(D, headHidden) } : {}),
          output: dense(headHidden || D, classes),
        },
      ]),
    ),
  };
}

/**
 * The loss of parameters, features [T·B, F], one-hot labels by task, and a key of random bits.
 *
 * @param {typeof import('@jax-js/jax')} jax
 * @param {import('./arguments.mjs').Shape} shape
 * @param {number} rate of dropout
 */
export function lossFunction({ numpy: np, nn, random }, shape, rate) {
  const { batch: B, frames: T, units: H, frontendUnits: U } = shape;
  const D = 2 * H;
  const apply = (x, { w, b }) => np.matmul(x, w).add(b);

  function recurrent(x /* [T·B, U] */, { wIh, wHh, bias }) {
    const forwards = x.reshape([T, B, U]);
    const both = np.stack([forwards.ref, np.flip(forwards, 0)]).reshape([2, T * B, U]);
    const gates = np
      .matmul(both, wIh)
      .add(bias)
      .reshape([2, T, B, 4 * H]);
    const outputs = [];
    let h, c;
    for (const gate of np.unstack(gates, 1) /* [2, B, 4H] */) {
      const z = h === undefined ? gate : gate.add(np.matmul(h, wHh.ref));
      const [i, f, o, g] = np.split(z, 4, -1);
      const input = nn.sigmoid(i).mul(np.tanh(g));
      if (c === undefined) f.dispose();
      c = c === undefined ? input : nn.sigmoid(f).mul(c).add(input);
      h = nn.sigmoid(o).mul(np.tanh(c.ref));
      outputs.push(h.ref);
    }
    for (const last of [h, c, wHh]) last.dispose();
    const [ahead, back] = np.unstack(np.stack(outputs, 1), 0); // each [T, B, H]
    return np.concatenate([ahead, np.flip(back, 0)], -1);
  }

  function pool(y /* [T, B, D] */, attention) {
    if (attention === undefined) return np.mean(y, 0);
    const scores = np.matmul(y.ref.reshape([T * B, D]), attention).reshape([T, B, 1]);
    return np.sum(y.mul(nn.softmax(scores, 0)), 0);
  }

  return (parameters, features, labels, key) => {
    const { frontend, attention, heads, ...cells } = parameters;
    const count = 2 + Object.values(heads).filter((head) => 'hidden' in head).length;
    const keys = rate > 0 ? np.unstack(random.split(key, count), 0) : [];
    if (rate === 0) key.dispose();
    const dropout = (x) => {
      if (rate === 0) return x;
      const drawn = random.uniform(keys.pop(), x.shape);
      return np.where(drawn.less(rate), 0, x.mul(1 / (1 - rate)));
    };
    const x = dropout(nn.relu(apply(features, frontend)));
    const pooled = pool(dropout(recurrent(x, cells)), attention);
    const losses = Object.entries(heads).map(([task, { hidden, output }]) => {
      const inner = hidden === undefined ? pooled.ref : dropout(nn.relu(apply(pooled.ref, hidden)));
      const likelihoods = nn.logSoftmax(apply(inner, output), -1);
      return np.sum(likelihoods.mul(labels[task])).mul(-(taskWeights[task] ?? 1) / B);
    });
    pooled.dispose();
    return losses.reduce((a, b) => a.add(b));
  };
}

/**
 * Clipping by the gradients' global norm, then Adam: the new state and the loss.
 *
 * @param {typeof import('@jax-js/jax')} jax
 */
export function trainingStep({ numpy: np, tree, valueAndGrad }, loss, { rate, clip }) {
  const [beta1, beta2, eps] = [0.9, 0.999, 1e-8];
  /** Corrections [2]: 1 - beta1^step and 1 - beta2^step. */
  return (parameters, mean, square, corrections, features, labels, key) => {
    const [value, tangents] = valueAndGrad(loss)(tree.ref(parameters), features, labels, key);
    const [grads, structure] = tree.flatten(tangents);
    const [values] = tree.flatten(parameters);
    const squares = grads.map((grad) => np.sum(np.square(grad.ref)));
    const norm = np.sqrt(squares.reduce((a, b) => a.add(b)));
    const scale = np.minimum(np.divide(clip, norm.add(1e-6)), 1);
    const [c1, c2] = np.unstack(corrections, 0);
    const next = { parameters: [], mean: [], square: [] };
    tree.leaves(mean).forEach((m, i) => {
      const grad = clip > 0 ? grads[i].mul(scale.ref) : grads[i];
      const v = tree.leaves(square)[i];
      const newMean = m.mul(beta1).add(grad.ref.mul(1 - beta1));
      const newSquare = v.mul(beta2).add(np.square(grad).mul(1 - beta2));
      const spread = np.sqrt(newSquare.ref.div(c2.ref)).add(eps);
      const change = newMean.ref.div(c1.ref).div(spread).mul(-rate);
      next.parameters.push(values[i].add(change));
      next.mean.push(newMean);
      next.square.push(newSquare);
    });
    for (const used of [scale, c1, c2]) used.dispose();
    const build = (leaves) => tree.unflatten(structure, leaves);
    return [value, build(next.parameters), build(next.mean), build(next.square)];
  };
}
