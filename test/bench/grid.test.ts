import { expect, test } from 'vitest';
import { scalingOf, shapesOf } from '../../src/bench/grid.js';
import { adapterSlug } from '../../src/bench/results.js';
import { modelOf, shapeText } from '../../src/bench/shape.js';
import { equalLengths, madeUpBatch, randomLengths } from '../../src/bench/batches.js';

const gpu = { software: false, f16: true };
const cpu = { software: true, f16: true };
const named = { batch: [8], frames: [50], units: [64] };

test('one shape is A-LSTM in f32 with the project’s own network around it', () => {
  expect(shapesOf('train-step', named, gpu)).toEqual([
    {
      batch: 8,
      frames: 50,
      units: 64,
      cell: 'a-lstm',
      period: 5,
      offsets: [5, 3, 1],
      precision: 'f32',
      frontendUnits: 256,
      headHidden: 256,
      heads: { emotion: 4, speaker: 8, gender: 2 },
      pooling: 'attention',
      features: 36,
      bidirectional: true,
      dropout: 0.5,
    },
  ]);
});

test('training steps go over all sizes, cells and precisions, on software over the small in f32', () => {
  const all = shapesOf('train-step', {}, gpu);
  expect(all).toHaveLength(5 * 4 * 3 * 4 * 2);
  const cells = new Set(all.map(({ cell, period }) => `${cell} ${period}`));
  expect([...cells]).toEqual(['lstm 5', 'mean-lstm 5', 'a-lstm 5', 'a-lstm 1']);
  const small = shapesOf('train-step', {}, cpu);
  expect(new Set(small.map(({ precision }) => precision))).toEqual(new Set(['f32']));
  expect(Math.max(...small.map((s) => s.batch * s.frames * s.units))).toBeLessThanOrEqual(1e6);
  expect(small.length).toBe(
    all.filter((s) => s.precision === 'f32' && s.batch * s.frames * s.units <= 1e6).length,
  );
});

test('what is given goes before what is usual', () => {
  const shapes = shapesOf(
    'train-step',
    { ...named, batch: [2, 4], cell: ['lstm', 'a-lstm'], period: 2, offsets: [4, 2] },
    gpu,
  );
  expect(shapes.map(({ cell, batch, period }) => [cell, batch, period])).toEqual([
    ['lstm', 2, 2],
    ['lstm', 4, 2],
    ['a-lstm', 2, 2],
    ['a-lstm', 4, 2],
  ]);
  const [one] = shapesOf('inference', { ...named, offsets: [4, 2], unidirectional: true }, gpu);
  expect(one).toMatchObject({ period: 4, bidirectional: false });
});

test('scaling varies each size from the middle of all', () => {
  const { bases } = scalingOf({ batch: [2, 8, 4], frames: [10], units: [16, 8] }, cpu);
  expect(bases).toHaveLength(1);
  expect(bases[0]).toMatchObject({ batch: 4, frames: 10, units: 8 });
});

test('random lengths have the longest of the equal ones, and the batch as many frames as they', () => {
  const [shape] = shapesOf('train-step', { ...named, batch: [50] }, gpu);
  if (!shape) throw new Error('no shape');
  const lengths = randomLengths(shape, 0.5, 1);
  expect(Math.max(...lengths)).toBe(50);
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(25);
  expect(new Set(lengths).size).toBeGreaterThan(10);
  const frames = lengths.reduce((a, b) => a + b, 0);
  expect(madeUpBatch(shape, 0, lengths).features).toHaveLength(frames * 36);
  expect(equalLengths(shape)).toEqual(Array(50).fill(50));
});

test('the folder of an adapter says what it is and, on the CPU, which version', () => {
  const mesa = 'llvmpipe: Mesa 25.0.7-2~bpo12+1 (LLVM 15.0.6) 0.0.1';
  expect(adapterSlug({ kind: 'lavapipe', name: 'llvmpipe', driver: mesa })).toBe(
    'lavapipe-mesa-25.0.7',
  );
  const google = 'SwiftShader driver 5.0.0';
  expect(adapterSlug({ kind: 'swiftshader', name: 'swiftshader', driver: google })).toBe(
    'swiftshader-5.0.0',
  );
  expect(adapterSlug({ kind: 'gpu', name: 'NVIDIA H100 (PCIe)', driver: 'x 535.1' })).toBe(
    'nvidia-h100-pcie',
  );
});

test('a shape subsamples as it is told, and says so', () => {
  const subsampled = { ...named, subsample: 4 };
  const layersOf = (options: Parameters<typeof shapesOf>[1]) => {
    const [shape] = shapesOf('train-step', options, gpu);
    const model = modelOf(shape!);
    return 'layers' in model ? { first: model.layers[0], text: shapeText(shape!) } : undefined;
  };
  expect(layersOf(subsampled)).toEqual({
    first: { kind: 'subsample', by: 4, how: 'mean' },
    text: 'a-lstm/5 every 4 f32 B 8 T 50 H 64',
  });
  expect(layersOf({ ...subsampled, subsampleHow: 'concatenate' })).toEqual({
    first: { kind: 'subsample', by: 4, how: 'concatenate' },
    text: 'a-lstm/5 every 4 concatenated f32 B 8 T 50 H 64',
  });
});
