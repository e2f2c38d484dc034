import { expect, test } from 'vitest';
import { shapesOf } from '../../src/bench/grid.js';
import { timeInference } from '../../src/bench/inference.js';
import { timeKernels } from '../../src/bench/kernels.js';
import type { BenchResult, SkippedShape } from '../../src/bench/results.js';
import { runBench } from '../../src/bench/run.js';
import { timeScaling } from '../../src/bench/scaling.js';
import type { BenchShape } from '../../src/bench/shape.js';
import { timeBlocks } from '../../src/bench/timing.js';
import { Engine } from '../../src/gpu/engine.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import { openGpu } from '../../src/platform/node/open-gpu.js';
import { testEngine } from '../support/engine.js';
import { testAdapter } from '../support/gpu.js';
import { needs } from '../support/needs.js';

const small = {
  ...{ batch: [2], frames: [6], units: [8], inputUnits: 8, headHidden: 8 },
  heads: { emotion: 4 },
};
const options = { seed: 0, seconds: 0.05 };

function tinyShape(): BenchShape {
  const [shape] = shapesOf('kernels', small, { software: true, f16: false });
  if (!shape) throw new Error('no shape');
  return shape;
}

test('blocks are as many steps as fit their time', async () => {
  const counts: number[] = [];
  const steps = async (count: number): Promise<void> => {
    counts.push(count);
    await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const { ms, fastest, blocks, steps: total } = await timeBlocks(steps, 2, 0.2);
  expect(new Set(counts)).toEqual(new Set([10])); // 20 ms of steps of 2 ms
  expect(blocks).toBe(counts.length);
  expect(total).toBe(10 * blocks);
  expect(fastest).toBeGreaterThan(1.8);
  expect(ms).toBeGreaterThanOrEqual(fastest);
});

test('every pass of a step is timed, by timestamps and alone alike', async (ctx) => {
  const engine = await testEngine();
  const alone = await timeKernels(engine, tinyShape(), options, 'loops');
  for (const { ms } of alone.passes) expect(ms).toBeGreaterThan(0);
  expect(alone.kernels.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  expect(alone.kernels.reduce((sum, { passes }) => sum + passes, 0)).toBe(alone.passes.length);
  needs(ctx, engine.gpu, 'timestamp-query');
  const traced = await timeKernels(engine, tinyShape(), options, 'timestamps');
  expect(traced.passes.map(({ name }) => name)).toEqual(alone.passes.map(({ name }) => name));
  expect(traced.ms).toBeGreaterThan(0);
});

test('inference has a rate in batches and the latency of one utterance', async () => {
  const found = await timeInference(await testEngine(), tinyShape(), options);
  expect(found.utterancesPerSecond).toBeCloseTo(2000 / found.ms, 6);
  expect(found.latency.frames).toBe(298);
  expect(found.latency.p95).toBeGreaterThanOrEqual(found.latency.ms);
});

test('scaling leaves a size with one value out, and times sums of lengths', async () => {
  const varied = { batch: [2, 4], frames: [6], units: [8] };
  let told = 0;
  const found = await timeScaling(await testEngine(), tinyShape(), varied, options, () => told++);
  expect(told).toBe(1 + 2 + 4);
  expect(found.axes.map(({ axis }) => axis)).toEqual(['batch']);
  expect(found.axes[0]?.points.map(({ value }) => value)).toEqual([2, 4]);
  const { points } = found.sumOfLengths;
  expect(points.at(-1)).toMatchObject({ lengths: 'all 6', frames: 12, overProportional: 1 });
  expect(points[0]?.frames).toBeLessThan(12);
});

test('a shape that does not fit is skipped where there are others, with its reason', async () => {
  const engine = await testEngine();
  const found: (BenchResult | SkippedShape)[] = [];
  const host = {
    engine,
    reopen: () => Promise.reject(new Error('the device is still good')),
    progress: () => undefined,
    result: (result: BenchResult | SkippedShape) => void found.push(result),
  };
  const grid = { ...small, batch: [2, 2000] };
  await runBench('kernels', { ...options, grid, mostBytes: 2 ** 20 }, host);
  expect(found.map((result) => 'skipped' in result)).toEqual([false, true]);
  expect(found[1]).toMatchObject({ bench: 'kernels', shape: { batch: 2000 } });
  expect(found[1]).toHaveProperty('skipped', expect.stringMatching(/^a step needs .* are free$/));
  const alone = { ...options, grid: { ...small, batch: [2000] }, mostBytes: 2 ** 20 };
  await expect(runBench('kernels', alone, host)).rejects.toThrow('a step needs');
});

test('where a shape has cost the device, the next is timed on another one', async () => {
  const lost = new Engine(await openGpu({ adapter: testAdapter() }), nodeShaders);
  lost.close();
  const found: (BenchResult | SkippedShape)[] = [];
  let reopened = 0;
  const host = {
    engine: lost,
    reopen: () => {
      reopened++;
      return testEngine();
    },
    progress: () => undefined,
    result: (result: BenchResult | SkippedShape) => void found.push(result),
  };
  await runBench('kernels', { ...options, grid: { ...small, batch: [2, 3] } }, host);
  expect(reopened).toBe(1);
  expect(found.map((result) => 'skipped' in result)).toEqual([true, false]);
});
