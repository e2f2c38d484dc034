/** MatMul of ONNX Runtime's WebGPU execution provider; its tensors stay in its GPU buffers. */
import { versionOf } from '../timing.mjs';
import { leaveOneDriver } from '../vulkan-drivers.mjs';
import { operands } from './operands.mjs';

export async function openProduct({ m, n, k, adapter }) {
  const version = await versionOf('onnxruntime-node');
  const { OnnxGraph } = await import('../onnx-graph.mjs'); // its package may be missing
  const found = await leaveOneDriver(adapter);
  const { default: ort } = await import('onnxruntime-node');
  const create = (model, preferredOutputLocation) =>
    ort.InferenceSession.create(model, {
      executionProviders: ['webgpu'],
      logSeverityLevel: 3,
      preferredOutputLocation,
    });
  const data = operands({ m, n, k });

  const upload = new OnnxGraph();
  upload.node('Identity', ['host'], 'a');
  const uploader = await create(upload.encode({ host: [m, k] }, { a: [m, k] }), 'gpu-buffer');
  const host = new ort.Tensor('float32', data.a, [m, k]);
  const { a } = await uploader.run({ host });
  if (a.location !== 'gpu-buffer') throw new Error('ONNX Runtime left a tensor on the CPU');

  const product = new OnnxGraph();
  product.node('MatMul', ['a', product.floats('b', [k, n], data.b)], 'c');
  const multiply = await create(product.encode({ a: [m, k] }, { c: [m, n] }), 'gpu-buffer');

  // One element, read back: the queue is then done with what came before.
  const corner = new OnnxGraph();
  const bounds = ['starts', 'ends'].map((name, i) => corner.integers(name, [i, i]));
  corner.node('Slice', ['c', ...bounds], 'element');
  const wait = await create(corner.encode({ c: [m, n] }, { element: [1, 1] }), 'cpu');

  const whole = new OnnxGraph();
  whole.node('Identity', ['c'], 'copy');
  const download = await create(whole.encode({ c: [m, n] }, { copy: [m, n] }), 'cpu');

  const run = async (steps) => {
    let c;
    for (let i = 0; i < steps; i++) {
      c?.dispose();
      ({ c } = await multiply.run({ a }));
    }
    await wait.run({ c });
    c.dispose();
  };
  const read = async () => {
    const { c } = await multiply.run({ a });
    const { copy } = await download.run({ c });
    c.dispose();
    return copy.data;
  };
  return { run, read, version, found };
}
