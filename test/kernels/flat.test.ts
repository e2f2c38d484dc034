import { expect, it } from 'vitest';
import { cast } from '../../src/kernels/reductions/cast.js';
import { clearGate } from '../../src/kernels/recurrence/clear_gate.js';
import { flatGroups, MOST_WORKGROUPS } from '../../src/kernels/descriptor.js';
import { reducePartials } from '../../src/kernels/reductions/reduce_partials.js';
import { testGpu } from '../support/gpu.js';
import { Draw, expectClose, runKernel } from '../support/kernel.js';

it('workgroups of flat kernels hold all elements within what a dimension may be', () => {
  for (const size of [0, 1, 64, 65, 64 * MOST_WORKGROUPS, 64 * MOST_WORKGROUPS + 1, 2 ** 31]) {
    const [x, y, z] = flatGroups(size, 64);
    expect(Math.max(x, y, z)).toBeLessThanOrEqual(MOST_WORKGROUPS);
    expect(x * y * z * 64).toBeGreaterThanOrEqual(size);
    if (size <= 64 * MOST_WORKGROUPS) expect(y).toBe(1);
  }
});

it('flat kernels reach what lies past one dimension of workgroups', async () => {
  // a lane a workgroup, so that few elements are many of them
  const constants = { LANES: 1 };
  const gpu = await testGpu();
  const size = 4 * (MOST_WORKGROUPS + 900);
  const values = new Draw('flat').values(size);
  const copied = await runKernel(gpu, cast, {
    uniforms: { size },
    buffers: { values, out: size },
    constants,
  });
  expect(copied.out).toEqual(values);
  const summed = await runKernel(gpu, reducePartials, {
    uniforms: { size, slices: 1 },
    buffers: { partial: values, out: values },
    constants,
  });
  expectClose(
    summed.out,
    Float64Array.from(values, (x) => 2 * x),
    1e-6,
  );
  const cleared = await runKernel(gpu, clearGate, {
    uniforms: { rows: size / 4, columns: 1, gate: 2 },
    buffers: { values },
    constants,
  });
  expect(cleared.values).toEqual(values.map((x, i) => (i % 4 === 2 ? 0 : x)));
});
