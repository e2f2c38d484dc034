import { expect, test, vi } from 'vitest';
import { shapesOf } from '../../src/bench/grid.js';
import { timeKernels } from '../../src/bench/kernels.js';
import { modelOf } from '../../src/bench/shape.js';
import { compare, fitKernels, simulate } from '../../src/bench/simulate.js';
import { capacityOf, stepWork } from '../../src/bench/step-work.js';
import { equalLengths } from '../../src/bench/batches.js';
import type { Machine } from '../../src/cost/machine.js';
import { predictProgram } from '../../src/cost/predict.js';
import { stepPrograms } from '../../src/bench/sessions.js';
import { capacityScalars } from '../../src/network/scalars.js';
import { cards, lavapipe } from '../../src/cost/machines.js';
import { Executable } from '../../src/gpu/executable.js';
import { choosePlan } from '../../src/plan/plan.js';
import { measureCeilings } from '../../src/tuning/probes.js';
import { testEngine } from '../support/engine.js';

const [found] = shapesOf(
  'train-step',
  { batch: [3], frames: [70], units: [8], cell: ['a-lstm'], inputUnits: 16, headHidden: 8 },
  { software: true, f16: false },
);
if (!found) throw new Error('no shape');
const shape = found;
const traits = { maxComputeWorkgroupStorageSize: 16384, maxComputeInvocationsPerWorkgroup: 256 };
const plan = choosePlan(modelOf(shape), { software: true, kind: 'lavapipe', ...traits });

test('a simulated step has every pass of a step, and the dispatches of a recurrence as one', () => {
  const { ms, passes, bounds } = simulate(lavapipe, shape, plan);
  const large = { ...traits, maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30 };
  const work = stepWork({ limits: large as unknown as GPUSupportedLimits }, shape, plan);
  expect(passes.reduce((sum, own) => sum + own.dispatches, 0)).toBe(work.passes.length);
  expect(passes.find(({ name }) => name === 'recurrent')).toMatchObject({ dispatches: 2 });
  expect(passes.find(({ name }) => name === 'd recurrent')).toMatchObject({ dispatches: 2 });
  expect(passes.reduce((sum, own) => sum + own.flop, 0)).toBe(work.flop);
  expect(passes.reduce((sum, own) => sum + own.share, 0)).toBeCloseTo(1);
  expect(Object.values(bounds).reduce((a, b) => a + b)).toBeCloseTo(ms);
  expect(simulate(cards.h100, shape, plan).ms).toBeLessThan(ms);
});

test('kernels fitted to the times of a shape predict these times', () => {
  const slow = { ...lavapipe, kernels: { recurrence_forward: 1.5, matmul_outer: 2 } };
  const fresh = { ...lavapipe, kernels: {} };
  const passes = stepTimes(slow);
  const fitted = fitKernels(fresh, [{ shape, plan, times: passes }]);
  expect(fitted.kernels).toMatchObject({ ...slow.kernels, recurrence_backward: 1 });
  const compared = compare(simulate(fitted, shape, plan), passes);
  for (const { ratio } of compared.passes) expect(ratio).toBeCloseTo(1, 2);
  expect(compared.measured).toBeLessThan(simulate(slow, shape, plan).ms);
  const [first, second] = compared.passes;
  expect(first?.measured).toBeGreaterThanOrEqual(second?.measured ?? NaN);
});

/** What `machine` predicts for each dispatch, as if it had been measured. */
function stepTimes(machine: Machine): ReadonlyMap<string, number> {
  const size = capacityOf(equalLengths(shape));
  const scalars = capacityScalars(modelOf(shape), size);
  const all = Object.values(stepPrograms(shape, plan, size)).flatMap((program) =>
    predictProgram(machine, program, scalars),
  );
  return new Map(all.flatMap(({ name, kernel, ms }) => (kernel === 'clear' ? [] : [[name, ms]])));
}

test('passes in loops have the lengths of a batch: without them a recurrence has no steps', async () => {
  const engine = await testEngine();
  const write = vi.spyOn(Executable.prototype, 'writeInput');
  try {
    const options = { seed: 0, seconds: 0.01, plan };
    const { passes } = await timeKernels(engine, shape, options, 'loops');
    const sequences = write.mock.calls.filter(([name]) => name === 'sequences').at(-1)?.[1];
    expect([...(sequences ?? [])]).toEqual([0, 70, 70, 70, 140, 70]);
    expect(capacityOf(equalLengths(shape)).longest).toBe(70);
    for (const { ms, fastest } of passes) expect(fastest).toBeLessThanOrEqual(ms);
  } finally {
    write.mockRestore();
  }
});

test('the ceilings of an adapter are numbers', async () => {
  const { gpu } = await testEngine();
  const ceilings = await measureCeilings(gpu, 4);
  for (const [name, value] of Object.entries(ceilings)) {
    expect(value, name).toBeGreaterThan(0);
    expect(value, name).toBeLessThan(1e7);
  }
});
