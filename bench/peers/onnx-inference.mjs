/**
 * Inference of the plain LSTM network in ONNX Runtime: on the CPU, or by its WebGPU execution provider
 * (its own build of Dawn inside onnxruntime-node). Features go in from the CPU and logits come back to
 * it, every time. Prints one JSON object.
 *
 *     node onnx-inference.mjs [--batch 8 --frames 50 --units 64 …] [--backend webgpu|cpu]
 *       [--adapter gpu|lavapipe|swiftshader]
 */
import { oneOf, readArguments, runPeer } from './arguments.mjs';
import { madeUpBatch, timeSteps, versionOf } from './timing.mjs';
import { leaveOneDriver } from './vulkan-drivers.mjs';

await runPeer('onnx-inference', async () => {
  const { shape, seconds, minBlocks, adapter, values } = readArguments({
    backend: { type: 'string', default: 'webgpu' },
  });
  const backend = oneOf('backend', values.backend, ['webgpu', 'cpu']);
  const version = await versionOf('onnxruntime-node');
  const { onnxModel } = await import('./onnx-model.mjs'); // its package may be missing
  const found = backend === 'webgpu' ? await leaveOneDriver(adapter) : { name: 'cpu', driver: '' };
  const { default: ort } = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(onnxModel(shape), {
    executionProviders: [backend],
    logSeverityLevel: 3, // it warns of the few shape operators that it keeps on the CPU
  });
  const dims = [shape.frames, shape.batch, shape.features];
  const features = new ort.Tensor('float32', madeUpBatch(shape).features, dims);
  const { result, ...times } = await timeSteps(
    async (steps) => {
      let outputs;
      for (let i = 0; i < steps; i++) outputs = await session.run({ features });
      return outputs;
    },
    { seconds, minBlocks },
  );
  for (const [task, logits] of Object.entries(result)) {
    if (!logits.data.every(Number.isFinite)) throw new Error(`${task}: the logits are not finite`);
  }
  return {
    peer: 'onnxruntime',
    version,
    kind: 'inference',
    backend,
    adapter: found.name,
    driver: found.driver,
    shape,
    ...times,
    framesPerSecond: (1000 * shape.batch * shape.frames) / times.ms,
  };
});
