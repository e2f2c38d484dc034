/** np.matmul of jax-js, compiled by its `jit`, which tunes the kernel for the sizes. */
import { versionOf } from '../timing.mjs';
import { provideWebGpu } from '../webgpu.mjs';
import { operands } from './operands.mjs';

export async function openProduct({ m, n, k, adapter }) {
  const version = await versionOf('@jax-js/jax');
  const found = await provideWebGpu(adapter);
  const { numpy: np, ...jax } = await import('@jax-js/jax');
  await jax.init('webgpu');
  jax.defaultDevice('webgpu');
  const data = operands({ m, n, k });
  const a = np.array(data.a).reshape([m, k]);
  const b = np.array(data.b).reshape([k, n]);
  await jax.blockUntilReady([a, b]);
  const multiply = jax.jit((x, y) => np.matmul(x, y));
  // each waited for: a result that is disposed of before it is due is never computed
  const run = async (steps) => {
    for (let i = 0; i < steps; i++) {
      const c = multiply(a.ref, b.ref);
      await jax.blockUntilReady(c);
      c.dispose();
    }
  };
  return { run, read: () => multiply(a.ref, b.ref).data(), version, found };
}
