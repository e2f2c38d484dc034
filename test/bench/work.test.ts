import { expect, test, vi } from 'vitest';
import { madeUpBatch } from '../../src/bench/batches.js';
import { shapesOf } from '../../src/bench/grid.js';
import { timeKernels } from '../../src/bench/kernels.js';
import { stepPrograms, trainingSession } from '../../src/bench/sessions.js';
import { modelOf } from '../../src/bench/shape.js';
import { capacityOf, stepWork } from '../../src/bench/step-work.js';
import { passWork, sumWork } from '../../src/cost/pass-work.js';
import { BatchPacker } from '../../src/session/batch.js';
import { planTraits } from '../../src/session/plan-traits.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { defineKernel } from '../../src/kernels/descriptor.js';
import { perStep } from '../../src/kernels/recurrence/per_step.js';
import { choosePlan } from '../../src/plan/plan.js';
import { testEngine } from '../support/engine.js';

const limits = { maxComputeWorkgroupStorageSize: 16384, maxComputeInvocationsPerWorkgroup: 256 };
const large = { ...limits, maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30 };

function tiny() {
  const [shape] = shapesOf(
    'train-step',
    {
      ...{ batch: [2], frames: [6], units: [8], cell: ['lstm'], inputUnits: 16 },
      ...{ headHidden: 0, heads: { emotion: 4 }, pooling: 'mean', unidirectional: true },
    },
    { software: true, f16: false },
  );
  if (!shape) throw new Error('no shape');
  return { shape, plan: choosePlan(modelOf(shape), { software: true, ...limits }) };
}

test('a step’s products and recurrence are counted as by hand', () => {
  const { shape, plan } = tiny();
  const gpu = { limits: large as unknown as GPUSupportedLimits };
  const { passes } = stepWork(gpu, shape, plan);
  const flop = (kernels: RegExp) =>
    sumWork(passes.filter(({ kernel }) => kernels.test(kernel))).flop;
  const [frames, F, U, H, C, B] = [12, 36, 16, 8, 4, 2];
  const frontend = 2 * frames * F * U;
  const projection = 2 * frames * U * 4 * H;
  const hidden = 2 * frames * H * 4 * H;
  const head = 2 * B * H * C;
  // forward, then d weight and d input of each; the features need no gradient, h has its own kernel
  const products = 2 * frontend + 3 * projection + hidden + 3 * head;
  expect(flop(/^(matmul|head_output)/)).toBe(products);
  expect(flop(/^recurrence/)).toBe(2 * hidden);
});

test('parts of a batch that the adapter binds no more together count together', () => {
  const { shape: short, plan } = tiny();
  const shape = { ...short, frames: 200 }; // activations larger than parameters
  const one = stepPrograms(shape, plan, capacityOf([200])).gradients.buffers;
  const maxStorageBufferBindingSize = Math.max(...one.map(({ bytes }) => bytes));
  const bound = (limit: Partial<GPUSupportedLimits>) => ({
    limits: { ...large, ...limit } as unknown as GPUSupportedLimits,
  });
  const products = ({ passes }: ReturnType<typeof stepWork>) =>
    sumWork(passes.filter(({ kernel }) => /^(matmul|head_output)/.test(kernel))).flop;
  const whole = stepWork(bound({}), shape, plan);
  const halves = stepWork(bound({ maxStorageBufferBindingSize }), shape, plan);
  expect([whole.parts, halves.parts]).toEqual([1, 2]);
  expect(products(halves)).toBe(products(whole));
  expect(halves.memory).toBeLessThan(whole.memory);
  expect(() => stepWork(bound({}), shape, plan, 1000)).toThrow(/a step needs .* 1000 B are free/);
  const none = bound({ maxStorageBufferBindingSize: 16 });
  expect(() => stepWork(none, shape, plan)).toThrow(
    'an utterance of 200 frames does not fit the adapter',
  );
});

test('parts are those that training computes, however many', async () => {
  const engine = await testEngine();
  const { gpu } = engine;
  const { shape: short } = tiny();
  const shape = { ...short, batch: 7, frames: 40, headHidden: 8 };
  const bound = stepPrograms(
    shape,
    choosePlan(modelOf(shape), planTraits(gpu)),
    capacityOf([40, 40, 20]),
  )
    .gradients.buffers.map(({ bytes }) => bytes)
    .reduce((most, bytes) => Math.max(most, bytes));
  // an adapter that binds two utterances and no third
  const limits = new Proxy(gpu.limits, {
    get: (all, key: keyof GPUSupportedLimits) =>
      key === 'maxStorageBufferBindingSize' ? bound : all[key],
  });
  const before = gpu.limits;
  Object.assign(gpu, { limits });
  const session = await trainingSession(engine, shape, { seed: 0 });
  const pack = vi.spyOn(BatchPacker.prototype, 'pack');
  try {
    await session.step(madeUpBatch(shape, 0), 0.01);
    const parts = pack.mock.calls.map(([, , rows]) => rows.length);
    const work = stepWork(gpu, shape, session.plan);
    expect(parts).toEqual([2, 2, 2, 1]);
    expect(work.sizes.map(({ utterances }) => utterances)).toEqual(parts);
    const names = work.passes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const alone = await timeKernels(engine, shape, { seed: 0, seconds: 0.01 }, 'loops');
    const timed = work.passes.filter(({ kernel }) => kernel !== 'clear');
    expect(alone.passes.map(({ name }) => name)).toEqual(timed.map(({ name }) => name));
  } finally {
    Object.assign(gpu, { limits: before });
    pack.mockRestore();
    session.destroy();
  }
});

test('bytes count each element that is bound: once, or twice where it is added to', () => {
  const kernel = defineKernel({
    name: 'sums',
    equation: 'out += a over some steps',
    bindings: {
      a: { access: 'read', type: 'f32', ...perStep('width') },
      b: {
        access: 'read',
        type: 'f32',
        shape: ['rows', 'b_stride'],
        moves: ({ rows = 0, n = 0 }) => rows * n,
      },
      out: { access: 'read_write', type: 'f32', shape: ['width'], effect: 'accumulates' },
    },
    uniforms: {
      ...{ frames: 'u32', width: 'u32', rows: 'u32', b_stride: 'u32', n: 'u32', step_count: 'u32' },
    },
    constants: {},
    workgroups: ({ step_count = 0 }) => [step_count, 1, 1],
    flops: ({ frames = 0, width = 0 }) => frames * width,
  });
  const builder = new GraphBuilder('test', { frames: 20 });
  const a = builder.tensor('a', [20, 4], 'input');
  const b = builder.tensor('b', [2, 8], 'input');
  const out = builder.tensor('out', [4], 'persistent');
  builder.clear(out);
  for (const [i, count] of [6, 4, 0].entries()) {
    builder.dispatch(`part ${i}`, kernel, {
      bindings: { a, b, out },
      uniforms: { frames: 'frames', width: 4, rows: 2, b_stride: 8, n: 3, step_count: count },
    });
  }
  const found = passWork(builder.build(), { frames: 20 });
  // two rows of so many steps of a, three columns of b, out read and written
  expect(found).toEqual([
    { name: 'clear out', kernel: 'clear', flop: 0, bytes: 16 },
    { name: 'part 0', kernel: 'sums', flop: 80, bytes: 4 * (12 * 4 + 2 * 3 + 2 * 4) },
    { name: 'part 1', kernel: 'sums', flop: 80, bytes: 4 * (8 * 4 + 2 * 3 + 2 * 4) },
  ]);
});
