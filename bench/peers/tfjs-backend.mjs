/** TensorFlow.js with one of its backends, ready to compute. */
import { versionOf } from './timing.mjs';
import { provideWebGpu } from './webgpu.mjs';

const SUBMIT_BATCH = 15;
const CPU = { name: 'cpu', driver: '', check: () => undefined };

export const backends = ['webgpu', 'wasm', 'cpu'];

/**
 * @param {string} backend
 * @param {string | undefined} adapter
 * @param {number} submitBatch dispatches a submit of the WebGPU backend
 */
export async function openTfjs(backend, adapter, submitBatch = SUBMIT_BATCH) {
  const version = await versionOf('@tensorflow/tfjs-core');
  // The backend registers itself only where it finds navigator.gpu as it loads.
  const found = backend === 'webgpu' ? await provideWebGpu(adapter) : CPU;
  const tf = await import('@tensorflow/tfjs-core');
  const layers = await import('@tensorflow/tfjs-layers'); // core's gradients are registered by it
  await import(`@tensorflow/tfjs-backend-${backend}`);
  tf.enableProdMode();
  if (backend === 'webgpu') tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', submitBatch);
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no ${backend} backend here`);
  await tf.ready();
  return { tf, layers, version, adapter: found.name, driver: found.driver, check: found.check };
}
