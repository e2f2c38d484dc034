/**
 * A training step of the plain LSTM network in TensorFlow.js: forward, loss, backward, clipping by the
 * gradients' global norm, Adam. Prints one JSON object.
 *
 *     node tfjs-train.mjs [--batch 8 --frames 50 --units 64 …] [--adapter gpu|lavapipe|swiftshader]
 *       [--backend webgpu|wasm|cpu] [--implementation core|layers] [--dropout 0.5] [--clip 5]
 *       [--submit-batch 15] [--inference]
 *
 * `core` is the default as the faster: at B 8, T 50, H 64 `layers` took 1.6 times its time on lavapipe and
 * 2.6 times on SwiftShader. Of tfjs's flags none gained more than the noise there: dispatches a submit (4
 * lost; 15, 30, 60, 250, 1000 alike), WEBGPU_CPU_FORWARD off, one kind of product for all (slower, or refused).
 */
import { oneOf, readArguments, runPeer, taskWeights } from './arguments.mjs';
import { backends, openTfjs } from './tfjs-backend.mjs';
import { coreModel } from './tfjs-core-model.mjs';
import { layersModel } from './tfjs-layers-model.mjs';
import { madeUpBatch, timeSteps } from './timing.mjs';

await runPeer('tfjs-train', async () => {
  const { shape, seconds, minBlocks, adapter, values } = readArguments({
    backend: { type: 'string', default: 'webgpu' },
    implementation: { type: 'string', default: 'core' },
    dropout: { type: 'string', default: '0.5' },
    clip: { type: 'string', default: '5' },
    'submit-batch': { type: 'string', default: '15' },
    inference: { type: 'boolean', default: false },
  });
  const backend = oneOf('backend', values.backend, backends);
  const implementation = oneOf('implementation', values.implementation, ['core', 'layers']);
  const opened = await openTfjs(backend, adapter, Number(values['submit-batch']));
  const { tf } = opened;
  const rate = values.inference ? 0 : Number(values.dropout);
  const model =
    implementation === 'core'
      ? coreModel(tf, shape, dropoutOf(tf, rate))
      : layersModel(opened.layers, shape, rate);
  const batch = tensorsOf(tf, shape, model);
  const run = values.inference
    ? inferenceOf(tf, model, batch)
    : trainingOf(tf, model, batch, Number(values.clip));
  const { result: loss, ...times } = await timeSteps(run, { seconds, minBlocks });
  opened.check();
  if (loss !== undefined && !Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
  return {
    peer: 'tfjs',
    version: opened.version,
    kind: values.inference ? 'inference' : 'train-step',
    backend,
    adapter: opened.adapter,
    driver: opened.driver,
    implementation,
    dropout: rate,
    shape,
    ...times,
    framesPerSecond: (1000 * shape.batch * shape.frames) / times.ms,
    ...(loss === undefined ? {} : { loss }),
  };
});

/** Features and one-hot labels on the device. */
function tensorsOf(tf, shape, model) {
  const { features, labels } = madeUpBatch(shape);
  const { batch, frames } = shape;
  const dims = [frames, batch, shape.features];
  const x = tf.tidy(() => {
    const timeMajor = tf.tensor(features, dims);
    return model.timeMajor
      ? tf.reshape(timeMajor, model.inputShape)
      : tf.transpose(timeMajor, [1, 0, 2]);
  });
  const targets = Object.entries(shape.heads).map(([task, classes]) => ({
    task,
    oneHot: tf.tidy(() => tf.cast(tf.oneHot(labels[task], classes), 'float32')),
  }));
  return { x, targets };
}

/**
 * tf.dropout draws its mask in JavaScript by a slow generator, which a large batch on a GPU would wait
 * for: here a fast one (xorshift) draws it.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tf
 * @param {number} rate
 */
function dropoutOf(tf, rate) {
  if (rate === 0) return (x) => x;
  const below = Math.round(rate * 2 ** 32);
  const kept = 1 / (1 - rate);
  let bits = 1;
  return (x) => {
    const mask = new Float32Array(x.size);
    for (let i = 0; i < mask.length; i++) {
      bits ^= bits << 13;
      bits ^= bits >>> 17;
      bits ^= bits << 5;
      mask[i] = bits >>> 0 < below ? 0 : kept;
    }
    return tf.mul(x, tf.tensor(mask, x.shape));
  };
}

function trainingOf(tf, model, { x, targets }, clip) {
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-8);
  const lossOf = () =>
    model
      .forward(x)
      .map(({ task, logits }, i) => {
        const loss = tf.losses.softmaxCrossEntropy(targets[i].oneHot, logits);
        return tf.mul(loss, taskWeights[task] ?? 1);
      })
      .reduce((a, b) => tf.add(a, b));
  const step = () =>
    tf.tidy(() => {
      const { value, grads } = optimizer.computeGradients(lossOf);
      optimizer.applyGradients(clip > 0 ? clipByNorm(tf, grads, clip) : grads);
      return value;
    });
  return async (steps) => {
    let loss;
    for (let i = 0; i < steps; i++) {
      loss?.dispose();
      loss = step();
    }
    const [total] = await loss.data(); // the queue is done with everything before this copy
    loss.dispose();
    return total;
  };
}

/** All gradients scaled so that their norm together is at most `most`, as PyTorch's clip_grad_norm_. */
function clipByNorm(tf, grads, most) {
  const squares = Object.values(grads).map((grad) => tf.sum(tf.square(grad)));
  const norm = tf.sqrt(tf.sum(tf.stack(squares))); // tfjs's addN takes no more than 7
  const scale = tf.minimum(tf.div(most, tf.add(norm, 1e-6)), 1);
  return Object.fromEntries(
    Object.entries(grads).map(([name, grad]) => [name, tf.mul(grad, scale)]),
  );
}

function inferenceOf(tf, model, { x }) {
  return async (steps) => {
    for (let i = 0; i < steps; i++) {
      const logits = tf.tidy(() => model.forward(x, false).map((head) => head.logits));
      const reads = logits.map((tensor) => tensor.data()); // what inference is for
      await Promise.all(reads);
      tf.dispose(logits);
    }
  };
}
