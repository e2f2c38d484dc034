import { describe, expect, it } from 'vitest';
import { columnSums } from '../../src/kernels/reductions/column_sums.js';
import type { KernelDescriptor, Values } from '../../src/kernels/descriptor.js';
import { matmulNn } from '../../src/kernels/matmul/matmul_nn.js';
import { matmulNt } from '../../src/kernels/matmul/matmul_nt.js';
import { matmulOuter } from '../../src/kernels/matmul/matmul_outer.js';
import { matmulSubgroup } from '../../src/kernels/matmul/matmul_subgroup.js';
import { matmulTiled } from '../../src/kernels/matmul/matmul_tiled.js';
import { matmulTnSubgroup } from '../../src/kernels/matmul/matmul_tn_subgroup.js';
import { stagedQuads } from '../../src/kernels/matmul/matmul_matrices.js';
import { matmulTn } from '../../src/kernels/matmul/matmul_tn.js';
import { matmulTnTiled } from '../../src/kernels/matmul/matmul_tn_tiled.js';
import { reducePartials } from '../../src/kernels/reductions/reduce_partials.js';
import { dropoutMask, NO_DROPOUT, type DropoutKey } from '../support/dropout.js';
import { testGpu } from '../support/gpu.js';
import { roundToHalves } from '../support/half.js';
import { Draw, expectClose, runKernel } from '../support/kernel.js';
import { needs } from '../support/needs.js';

const DRAWS = 6;
const DROPOUT: DropoutKey = {
  threshold: 32768,
  scale: 2,
  stream_0: 0x12345678,
  stream_1: 0x9abcdef0,
};

type Real = 'f32' | 'f16';

/** How operands and output are stored. */
interface Storage {
  readonly A_REAL: Real;
  readonly B_REAL: Real;
  readonly OUT_REAL: Real;
}

const SINGLE: Storage = { A_REAL: 'f32', B_REAL: 'f32', OUT_REAL: 'f32' };
const HALF: Storage = { A_REAL: 'f16', B_REAL: 'f16', OUT_REAL: 'f16' };
const MIXED: Storage = { A_REAL: 'f32', B_REAL: 'f16', OUT_REAL: 'f32' };
const MIXED_BACK: Storage = { A_REAL: 'f16', B_REAL: 'f32', OUT_REAL: 'f16' };
const HALF_OPERANDS: Storage = { A_REAL: 'f16', B_REAL: 'f16', OUT_REAL: 'f32' };

/** Values that the storage holds exactly, so that what is compared is the kernel's own error. */
function stored(values: Float32Array, real: Real): Float32Array {
  return real === 'f16' ? roundToHalves(values) : values;
}

/** Sums are f32 whatever the storage; an output in f16 is off by half of its last bit, 2^-11. */
function tolerance(real: Real): number {
  return real === 'f16' ? 5e-4 : 1e-6;
}

/** [rows, columns] of f64 values of entry(row, column). */
function matrix(rows: number, columns: number, entry: (row: number, column: number) => number) {
  return Float64Array.from({ length: rows * columns }, (_, i) =>
    entry(Math.floor(i / columns), i % columns),
  );
}

function sum(count: number, term: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += term(i);
  return total;
}

/** f16 wants a device that has it, and subgroup matrices one that has those: of each size in turn. */
function storedOnDevice(
  title: string,
  storage: Storage,
  { kernel, constants, defines = {} }: Variant,
  test: (own: Pick<Variant, 'constants' | 'defines'>) => Promise<void>,
): void {
  const halves = Object.values(storage).includes('f16');
  it(title, async (context) => {
    const gpu = await testGpu();
    if (halves) needs(context, gpu, 'shader-f16');
    if (kernel.feature === undefined) return test({ constants, defines });
    needs(context, gpu, 'chromium-experimental-subgroup-matrix');
    expect(gpu.subgroupMatrices).not.toHaveLength(0);
    for (const { m: SUB_M, n: SUB_N, k: SUB_K } of gpu.subgroupMatrices) {
      const own = { ...constants, COLUMN_LANES: gpu.subgroupSize.max, DEPTH: 2 * SUB_K };
      const sizes = { SUB_M, SUB_N, SUB_K };
      const quads = stagedQuads(own, sizes);
      await test({ constants: own, defines: { ...defines, ...sizes, ...quads } });
    }
  });
}

/** One variant of a product with the tile that it is tried with. */
interface Variant {
  readonly kernel: KernelDescriptor;
  readonly constants: Values;
  readonly defines?: Values;
  /** Constants for a pipeline of these uniforms alone: the last draw takes them. */
  readonly known?: (uniforms: Values) => Values;
  /** b is [n,k]. */
  readonly transposed?: boolean;
  /** Each switch on at least once, but not all that the shared epilogue can do: it compiles slowly. */
  readonly brief?: boolean;
}

const LANES = { ROW_LANES: 4, COLUMN_LANES: 4 };
const MICRO_8: Omit<Variant, 'kernel'> = {
  constants: { ROW_LANES: 4, COLUMN_LANES: 8, DEPTH: 8 },
  defines: { MICRO: 8 },
  brief: true,
};
/** Loops of constant length, sizes of the product as constants in the end, two tiles of each operand. */
const UNROLLED: Omit<Variant, 'kernel'> = {
  known: ({ k, n, a_stride, b_stride }) =>
    k && n ? { KNOWN_K: k, KNOWN_N: n } : { A_STRIDE: a_stride ?? NaN, B_STRIDE: b_stride ?? NaN },
  constants: { ROW_LANES: 8, COLUMN_LANES: 4, DEPTH: 8, BUFFERS: 2 },
  defines: { MICRO: 8, UNROLL: 1 },
  brief: true,
};
const MICRO_4: Omit<Variant, 'kernel'> = {
  constants: { ROW_LANES: 8, COLUMN_LANES: 4, DEPTH: 16, BUFFERS: 2 },
  defines: { MICRO: 4 },
  brief: true,
};

const dense: Readonly<Record<string, Variant>> = {
  matmul_nt: { kernel: matmulNt, constants: LANES, transposed: true },
  matmul_nn: { kernel: matmulNn, constants: LANES },
  matmul_outer: { kernel: matmulOuter, constants: LANES },
  'matmul_tiled, 8 x 8 a lane': { kernel: matmulTiled, ...MICRO_8 },
  'matmul_tiled, 8 x 8 a lane, b transposed': {
    kernel: matmulTiled,
    ...MICRO_8,
    defines: { MICRO: 8, B_TRANSPOSED: 1 },
    transposed: true,
  },
  'matmul_tiled, two buffers, unrolled': { kernel: matmulTiled, ...UNROLLED },
  'matmul_tiled, two buffers, unrolled, b transposed': {
    kernel: matmulTiled,
    ...UNROLLED,
    defines: { MICRO: 8, UNROLL: 1, B_TRANSPOSED: 1 },
    transposed: true,
  },
  'matmul_tiled, 4 x 4 a lane': { kernel: matmulTiled, ...MICRO_4 },
  'matmul_tiled, 4 x 4 a lane, b transposed': {
    kernel: matmulTiled,
    ...MICRO_4,
    defines: { MICRO: 4, B_TRANSPOSED: 1 },
    transposed: true,
  },
  matmul_subgroup: { kernel: matmulSubgroup, constants: { ROW_LANES: 2, BUFFERS: 2 } },
  'matmul_subgroup, b transposed': {
    kernel: matmulSubgroup,
    constants: { ROW_LANES: 1 },
    defines: { B_TRANSPOSED: 1 },
    transposed: true,
  },
};

/** Sizes whose last tile is cut off in every direction, and tiny ones. */
function sizes(draw: Draw, n: number) {
  return { N: draw.fours(n === 1 ? 1 : 20), K: draw.fours(n === 2 ? 1 : 9) };
}

describe.each(Object.entries(dense))('%s', (_name, variant) => {
  const { kernel, transposed = false, brief = false } = variant;
  const matrices = kernel.feature !== undefined; // of f16 alone
  const takes = ({ A_REAL, B_REAL }: Storage) =>
    !matrices || (A_REAL === 'f16' && B_REAL === 'f16');

  function operands(draw: Draw, storage: Storage, [M, N, K]: readonly [number, number, number]) {
    const a = stored(draw.values(M * K), storage.A_REAL);
    const b = stored(draw.values(K * N), storage.B_REAL);
    const product = matrix(M, N, (i, j) =>
      sum(K, (k) => (a[i * K + k] ?? 0) * (b[transposed ? j * K + k : k * N + j] ?? 0)),
    );
    return { a, b, product };
  }

  for (const [title, drop, storage, always] of [
    ['without dropout', false, SINGLE, false],
    ['with dropout', true, SINGLE, true],
    ['with dropout, in f16', true, HALF, true],
    ['with dropout, weights alone in f16', true, MIXED, false],
    ['without dropout, operands alone in f16', false, HALF_OPERANDS, matrices],
  ] as const) {
    if ((brief && !always) || !takes(storage)) continue;
    storedOnDevice(`is a layer ${title}`, storage, variant, async ({ constants, defines }) => {
      const draw = new Draw(`layer ${title}`);
      for (let n = 0; n < DRAWS; n++) {
        const batch = draw.utterances(draw.size(1, 6), n === 0 ? 1 : 24);
        const { N, K } = sizes(draw, n);
        const M = batch.frames;
        const { a, b, product } = operands(draw, storage, [M, N, K]);
        const bias = draw.values(N);
        const relu = n % 2;
        const mask = dropoutMask(drop ? DROPOUT : undefined, batch.positions, N);
        const given = drop ? DROPOUT : NO_DROPOUT;
        const uniforms = { m: M, n: N, k: K, accumulate: 0, relu, ...given };
        const { out } = await runKernel(await testGpu(), kernel, {
          uniforms,
          buffers: { a, b, bias, positions: batch.positions, out: M * N },
          defines: { ...defines, ...storage, BIAS: 1, DROPOUT: drop ? 1 : 0 },
          constants: { ...constants, ...(n === DRAWS - 1 && variant.known?.(uniforms)) },
        });
        const expected = matrix(M, N, (i, j) => {
          const x = (product[i * N + j] ?? 0) + (bias[j] ?? 0);
          return (relu ? Math.max(x, 0) : x) * (mask[i * N + j] ?? 0);
        });
        expectClose(out, expected, tolerance(storage.OUT_REAL), `[${M}, ${N}, ${K}]`);
      }
    });
  }

  for (const [title, gated, storage, always] of [
    ['plain', false, SINGLE, false],
    ['gated', true, SINGLE, true],
    ['gated, operand and output in f16', true, MIXED_BACK, false],
    ['gated, in f16', true, HALF, matrices],
  ] as const) {
    if ((brief && !always) || !takes(storage)) continue;
    const name = `is an input's gradient, ${title}, accumulating or not`;
    storedOnDevice(name, storage, variant, async ({ constants, defines }) => {
      const draw = new Draw(`gradient ${title}`);
      for (let n = 0; n < DRAWS; n++) {
        const M = draw.size(1, 100);
        const { N, K } = sizes(draw, n);
        const { a, b, product } = operands(draw, storage, [M, N, K]);
        const before = stored(draw.values(M * N), storage.OUT_REAL);
        const output = stored(
          draw.values(M * N).map((x) => Math.max(x, 0)),
          storage.OUT_REAL,
        );
        const accumulate = n % 2;
        const { out } = await runKernel(await testGpu(), kernel, {
          uniforms: { m: M, n: N, k: K, accumulate, relu: 0, ...NO_DROPOUT, scale: 2 },
          buffers: { a, b, layer_output: output, out: accumulate ? before : M * N },
          defines: { ...defines, ...storage, GATED: gated ? 1 : 0 },
          constants,
        });
        const expected = matrix(M, N, (i, j) => {
          const gate = gated ? ((output[i * N + j] ?? 0) > 0 ? 2 : 0) : 1;
          return (product[i * N + j] ?? 0) * gate + (accumulate ? (before[i * N + j] ?? 0) : 0);
        });
        expectClose(out, expected, tolerance(storage.OUT_REAL), `[${M}, ${N}, ${K}]`);
      }
    });
  }
});

const weightGradients: Readonly<Record<string, Variant>> = {
  matmul_tn: { kernel: matmulTn, constants: LANES },
  'matmul_tn_tiled, 8 x 8 a lane': { kernel: matmulTnTiled, ...MICRO_8 },
  'matmul_tn_tiled, two buffers, unrolled': { kernel: matmulTnTiled, ...UNROLLED },
  'matmul_tn_tiled, 4 x 4 a lane': { kernel: matmulTnTiled, ...MICRO_4 },
  matmul_tn_subgroup: { kernel: matmulTnSubgroup, constants: { ROW_LANES: 2 } },
  'matmul_tn_subgroup, two buffers': {
    kernel: matmulTnSubgroup,
    constants: { ROW_LANES: 3, BUFFERS: 2 },
  },
};

describe.each(Object.entries(weightGradients))('%s', (_name, variant) => {
  const { kernel } = variant;
  const storages = kernel.feature === undefined ? [SINGLE, HALF_OPERANDS] : [HALF_OPERANDS];

  for (const storage of storages) {
    const stores = { A_REAL: storage.A_REAL, B_REAL: storage.B_REAL };
    const title = storage.A_REAL;
    const name = `is a^T b over the rows of each slice, in ${title}`;
    storedOnDevice(name, storage, variant, async ({ constants, defines }) => {
      const draw = new Draw('weight gradient');
      for (let n = 0; n < DRAWS; n++) {
        const [rows, M, N] = [draw.size(1, 90), draw.fours(20), draw.fours(20)];
        const slices = draw.size(1, 5);
        const [aFirst, bFirst] = [4 * draw.size(0, 2), 4 * draw.size(0, 2)];
        const aStride = aFirst + M + 4 * draw.size(0, 2);
        const bStride = bFirst + N + 4 * draw.size(0, 2);
        const a = stored(draw.values(rows * aStride), storage.A_REAL);
        const b = stored(draw.values(rows * bStride), storage.B_REAL);
        const uniforms = {
          rows,
          m: M,
          n: N,
          a_stride: aStride,
          a_first: aFirst,
          b_stride: bStride,
          b_first: bFirst,
          slices,
          direction: 0,
        };
        const { out } = await runKernel(await testGpu(), kernel, {
          uniforms,
          buffers: { a, b, out: slices * M * N },
          defines: { ...defines, ...stores },
          constants: { ...constants, ...(n === DRAWS - 1 && variant.known?.(uniforms)) },
        });
        const share = Math.ceil(rows / slices);
        const expected = matrix(slices * M, N, (sm, j) => {
          const [s, i] = [Math.floor(sm / M), sm % M];
          const first = Math.min(s * share, rows);
          const last = Math.min(first + share, rows);
          return sum(last - first, (r) => {
            const row = first + r;
            return (a[row * aStride + aFirst + i] ?? 0) * (b[row * bStride + bFirst + j] ?? 0);
          });
        });
        expectClose(out, expected, 1e-6, `[${rows}, ${M}, ${N}] in ${slices}`);
      }
    });
  }

  const name = 'takes the step before of each direction, nothing at its first';
  const storage = storages[0] ?? SINGLE;
  storedOnDevice(name, storage, variant, async ({ constants, defines }) => {
    const draw = new Draw('weight gradient, previous');
    for (let n = 0; n < DRAWS; n++) {
      const { frames, positions } = draw.utterances(draw.size(1, 4), n === 0 ? 1 : 9);
      const [M, N] = [draw.fours(5), draw.fours(5)];
      const direction = n % 2;
      const a = stored(draw.values(frames * M), storage.A_REAL);
      const b = stored(draw.values(frames * N), storage.B_REAL);
      const { out } = await runKernel(await testGpu(), kernel, {
        uniforms: {
          rows: frames,
          m: M,
          n: N,
          a_stride: M,
          a_first: 0,
          b_stride: N,
          b_first: 0,
          slices: 1,
          direction,
        },
        buffers: { a, b, positions, out: M * N },
        defines: {
          ...defines,
          PREVIOUS: 1,
          A_REAL: storage.A_REAL,
          B_REAL: storage.B_REAL,
        },
        constants,
      });
      const expected = matrix(M, N, (i, j) =>
        sum(frames, (r) => {
          const [frame, length] = [positions[4 * r + 1] ?? 0, positions[4 * r + 2] ?? 0];
          const starts = direction === 0 ? frame === 0 : frame === length - 1;
          const before = direction === 0 ? r - 1 : r + 1;
          return starts ? 0 : (a[before * M + i] ?? 0) * (b[r * N + j] ?? 0);
        }),
      );
      expectClose(out, expected, 1e-6, `direction ${direction}`);
    }
  });
});

describe('column_sums', () => {
  for (const [weighted, drop] of [
    [false, false],
    [true, false],
    [true, true],
  ]) {
    it(`sums columns by slices, weighted ${weighted}, dropout ${drop}`, async () => {
      const draw = new Draw('column_sums');
      for (let n = 0; n < DRAWS; n++) {
        const { frames: rows, positions } = draw.utterances(draw.size(1, 4), n === 0 ? 1 : 12);
        const [columns, slices] = [draw.fours(n === 1 ? 80 : 9), draw.size(1, 5)];
        const [a, weights] = [draw.values(rows * columns), draw.values(rows)];
        const mask = dropoutMask(drop ? DROPOUT : undefined, positions, columns);
        const { out } = await runKernel(await testGpu(), columnSums, {
          uniforms: { rows, columns, slices, ...(drop ? DROPOUT : NO_DROPOUT) },
          buffers: { a, weights, positions, out: slices * columns },
          defines: { WEIGHTED: weighted ? 1 : 0, DROPOUT: drop ? 1 : 0 },
        });
        const share = Math.ceil(rows / slices);
        const expected = matrix(slices, columns, (s, c) => {
          const first = Math.min(s * share, rows);
          return sum(Math.min(first + share, rows) - first, (i) => {
            const r = first + i;
            const w = weighted ? (weights[r] ?? 0) : 1;
            return (a[r * columns + c] ?? 0) * w * (mask[r * columns + c] ?? 0);
          });
        });
        expectClose(out, expected, 1e-6, `[${rows}, ${columns}] in ${slices}`);
      }
    });
  }
});

describe('reduce_partials', () => {
  it('adds all slices to what is there', async () => {
    const draw = new Draw('reduce_partials');
    for (let n = 0; n < DRAWS; n++) {
      const [size, slices] = [draw.fours(n === 0 ? 100 : 9), draw.size(1, 7)];
      const [partial, before] = [draw.values(slices * size), draw.values(size)];
      const { out } = await runKernel(await testGpu(), reducePartials, {
        uniforms: { size, slices },
        buffers: { partial, out: before },
      });
      const expected = matrix(
        1,
        size,
        (_, i) => (before[i] ?? 0) + sum(slices, (s) => partial[s * size + i] ?? 0),
      );
      expectClose(out, expected, 1e-6);
    }
  });
});
