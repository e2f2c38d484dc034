/** tf.matMul of tfjs-backend-webgpu: the product that its own rules choose for the sizes. */
import { openTfjs } from '../tfjs-backend.mjs';
import { operands } from './operands.mjs';

export async function openProduct({ m, n, k, adapter }) {
  const { tf, version, ...found } = await openTfjs('webgpu', adapter);
  const data = operands({ m, n, k });
  const a = tf.tensor2d(data.a, [m, k]);
  const b = tf.tensor2d(data.b, [k, n]);
  const run = async (steps) => {
    let c;
    for (let i = 0; i < steps; i++) {
      c?.dispose();
      c = tf.matMul(a, b);
    }
    // One element, read back: the queue is then done with what came before.
    const element = tf.slice(c, [0, 0], [1, 1]);
    await element.data();
    tf.dispose([c, element]);
  };
  const read = async () => {
    const c = tf.matMul(a, b);
    const values = await c.data();
    c.dispose();
    return values;
  };
  return { run, read, version, found: { ...found, name: found.adapter } };
}
