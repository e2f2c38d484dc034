/** The network as tfjs's documentation would have it: layers, put together with the functional API. */

/**
 * @param {typeof import('@tensorflow/tfjs-layers')} layers
 * @param {import('./arguments.mjs').Shape} shape
 * @param {number} rate of dropout
 */
export function layersModel({ layers: make, input, model: makeModel }, shape, rate) {
  const { batch, frames, units, frontendUnits, headHidden, features } = shape;
  const dropout = (x) => (rate > 0 ? make.dropout({ rate }).apply(x) : x);
  const x = input({ shape: [frames, features] });
  const frontend = make.dense({ units: frontendUnits, activation: 'relu' }).apply(x);
  const cell = {
    units,
    returnSequences: true,
    recurrentActivation: 'sigmoid',
    // The default, orthogonal, is a QR decomposition that takes minutes here.
    recurrentInitializer: 'glorotUniform',
  };
  const y = dropout(
    make.bidirectional({ layer: make.lstm(cell), mergeMode: 'concat' }).apply(dropout(frontend)),
  );
  const pooled = shape.pooling === 'mean' ? make.globalAveragePooling1d({}).apply(y) : attend(y);
  const tasks = Object.keys(shape.heads);
  const outputs = tasks.map((task) => {
    const hidden =
      headHidden > 0
        ? dropout(make.dense({ units: headHidden, activation: 'relu' }).apply(pooled))
        : pooled;
    return make.dense({ units: shape.heads[task] }).apply(hidden);
  });
  const network = makeModel({ inputs: x, outputs });

  /** Weights over the frames: their scores' softmax; then the weighted sum. */
  function attend(sequence) {
    const scores = make.dense({ units: 1, useBias: false, kernelInitializer: 'zeros' });
    const flat = make.flatten().apply(scores.apply(sequence));
    const weights = make.activation({ activation: 'softmax' }).apply(flat);
    return make.dot({ axes: [1, 1] }).apply([weights, sequence]);
  }

  /** @returns the logits of each task */
  function forward(values, training = true) {
    const logits = [network.apply(values, { training })].flat();
    return tasks.map((task, i) => ({ task, logits: logits[i] }));
  }

  return { forward, inputShape: [batch, frames, features], timeMajor: false };
}
