import { expect, it } from 'vitest';
import { clearGate } from '../../src/kernels/recurrence/clear_gate.js';
import { testGpu } from '../support/gpu.js';
import { Draw, runKernel } from '../support/kernel.js';

it('clear_gate clears the rows of one gate and leaves the others as they are', async () => {
  const draw = new Draw('clear_gate');
  for (let n = 0; n < 6; n++) {
    const rows = draw.size(1, 90);
    const columns = n % 2 === 0 ? 1 : draw.fours(6);
    const gate = draw.size(0, 3);
    const values = draw.values(rows * 4 * columns);
    const out = await runKernel(await testGpu(), clearGate, {
      uniforms: { rows, columns, gate },
      buffers: { values },
    });
    const twin = values.map((x, i) => (Math.floor(i / columns) % 4 === gate ? 0 : x));
    expect(out['values']).toEqual(twin);
  }
});
