/**
 * A training step of the plain LSTM network in jax-js, compiled by its `jit` as a whole: forward, loss,
 * backward, clipping by the gradients' global norm, Adam. Prints one JSON object.
 *
 *     node jax-js-train.mjs [--batch 8 --frames 50 --units 64 …] [--adapter gpu|lavapipe|swiftshader]
 *       [--backend webgpu|wasm] [--dropout 0.5] [--clip 5]
 */
import { oneOf, readArguments, runPeer } from './arguments.mjs';
import { initialParameters, lossFunction, trainingStep } from './jax-js-model.mjs';
import { madeUpBatch, timeSteps, versionOf } from './timing.mjs';
import { provideWebGpu } from './webgpu.mjs';

await runPeer('jax-js-train', async () => {
  const { shape, seconds, minBlocks, adapter, values } = readArguments({
    backend: { type: 'string', default: 'webgpu' },
    dropout: { type: 'string', default: '0.5' },
    clip: { type: 'string', default: '5' },
  });
  const backend = oneOf('backend', values.backend, ['webgpu', 'wasm']);
  const version = await versionOf('@jax-js/jax');
  const found =
    backend === 'webgpu' ? await provideWebGpu(adapter) : { name: 'cpu', driver: '', check() {} };
  const jax = await import('@jax-js/jax');
  const ready = await jax.init(backend);
  if (!ready.includes(backend)) throw new Error(`jax-js has no ${backend} backend here`);
  jax.defaultDevice(backend);

  const rate = Number(values.dropout);
  const run = trainingOf(jax, shape, rate, Number(values.clip));
  const { result: loss, ...times } = await timeSteps(run, { seconds, minBlocks });
  found.check();
  if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
  return {
    peer: 'jax-js',
    version,
    kind: 'train-step',
    backend,
    adapter: found.name,
    driver: found.driver,
    dropout: rate,
    shape,
    ...times,
    framesPerSecond: (1000 * shape.batch * shape.frames) / times.ms,
    loss,
  };
});

/** @param {typeof import('@jax-js/jax')} jax */
function trainingOf(jax, shape, dropout, clip) {
  const { numpy: np, nn, random, tree, jit } = jax;
  const made = madeUpBatch(shape);
  const features = np.array(made.features).reshape([shape.frames * shape.batch, shape.features]);
  const labels = Object.fromEntries(
    Object.entries(shape.heads).map(([task, classes]) => [
      task,
      nn.oneHot(np.array(made.labels[task]), classes),
    ]),
  );
  const step = jit(trainingStep(jax, lossFunction(jax, shape, dropout), { rate: 1e-3, clip }));
  let parameters = initialParameters(jax, shape);
  const zeros = () => tree.map((leaf) => np.zeros(leaf.shape), tree.ref(parameters));
  let [mean, square] = [zeros(), zeros()];
  let count = 0;
  return async (steps) => {
    let loss;
    for (let i = 0; i < steps; i++) {
      loss?.dispose();
      count++;
      const corrections = np.array(new Float32Array([1 - 0.9 ** count, 1 - 0.999 ** count]));
      [loss, parameters, mean, square] = step(
        parameters,
        mean,
        square,
        corrections,
        features.ref,
        tree.ref(labels),
        random.key(count),
      );
    }
    await jax.blockUntilReady([parameters, mean, square]);
    return (await loss.data())[0];
  };
}
