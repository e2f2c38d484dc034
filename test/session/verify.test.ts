import { expect, it } from 'vitest';
import type { SafetensorsFile } from '../../src/core/safetensors.js';
import { verifyNetworkFixture } from '../../src/session/verify.js';
import { testEngine } from '../support/engine.js';
import { readNetworkFixture } from '../support/network-fixtures.js';

/** The file, with every value of the tensors that `change` names replaced. */
function changed(
  file: SafetensorsFile,
  change: Record<string, (value: number) => number>,
): SafetensorsFile {
  const tensors = new Map(file.tensors);
  for (const [name, own] of Object.entries(change)) {
    const { shape, data } = file.tensors.get(name) ?? { shape: [], data: [] };
    tensors.set(name, { dtype: 'F32', shape, data: Float32Array.from(data, Number).map(own) });
  }
  return { ...file, tensors };
}

it('takes a skipped update for a wrong trajectory, though every loss is finite', async () => {
  const name = 'lstm.safetensors';
  const engine = await testEngine();
  // every unit of the front end is 1, whatever it hears; but the gradient of its weights overflows
  const overflowing = changed(readNetworkFixture(name).file, {
    'input/features': () => 3e38,
    'param/frontend.weight': () => 0,
    'param/frontend.bias': () => 1,
    'param/heads.emotion.output.weight': (value) => 1e4 * value,
  });
  const found = await verifyNetworkFixture(engine, overflowing, name);
  const error = (tensor: string) => found.find((own) => own.tensor === tensor)?.error;
  expect(error('expect/loss/total')).toBeLessThan(Infinity);
  expect(error('expect/grad/frontend.weight')).toBe(Infinity);
  expect(error('expect/trajectory')).toBe(Infinity);
});
