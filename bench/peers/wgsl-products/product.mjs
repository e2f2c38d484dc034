/**
 * A plain f32 product C [m,n] = A [m,k] · B [k,n] by a library's WGSL kernels, with the operands on the
 * device and C left there. Prints one JSON object.
 *
 *     node wgsl-products/product.mjs [--m 1600 --n 512 --k 256] --peer tfjs|onnxruntime|jax-js|wgsl
 *       [--adapter gpu|lavapipe|swiftshader]
 *
 * wgsl.mjs says what `--peer wgsl` wants besides.
 */
import { readProductArguments, runPeer } from '../arguments.mjs';
import { timeSteps } from '../timing.mjs';
import { checkProduct } from './operands.mjs';

const peers = ['tfjs', 'onnxruntime', 'jax-js', 'wgsl'];
const ofWgsl = Object.fromEntries(
  ['file', 'entry', 'bindings', 'sizes', 'workgroups'].map((name) => [name, { type: 'string' }]),
);

await runPeer('product', async () => {
  const { m, n, k, peer, seconds, adapter, values } = readProductArguments(peers, ofWgsl);
  const { openProduct } = await import(`./${peer}.mjs`);
  const { run, read, version, found } = await openProduct({ m, n, k, adapter, values });
  const c = await read();
  checkProduct((row, column) => c[row * n + column], { m, n, k });
  const { ms, fastest, steps, firstStepMs } = await timeSteps(run, { seconds });
  found.check?.();
  return {
    peer,
    version,
    adapter: found.name,
    driver: found.driver,
    m,
    n,
    k,
    ms,
    fastest,
    steps,
    firstStepMs,
    gflops: (2e-6 * m * n * k) / ms,
  };
});
