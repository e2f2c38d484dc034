import { describe, it } from 'vitest';
import { columnSums } from '../../src/kernels/column_sums.js';
import { matmulNn } from '../../src/kernels/matmul_nn.js';
import { matmulNt } from '../../src/kernels/matmul_nt.js';
import { matmulTn } from '../../src/kernels/matmul_tn.js';
import { reducePartials } from '../../src/kernels/reduce_partials.js';
import { dropoutMask, NO_DROPOUT, type DropoutKey } from '../support/dropout.js';
import { testGpu } from '../support/gpu.js';
import { Draw, expectClose, runKernel } from '../support/kernel.js';

const DRAWS = 6;
const DROPOUT: DropoutKey = {
  threshold: 32768,
  scale: 2,
  stream_0: 0x12345678,
  stream_1: 0x9abcdef0,
};

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

describe('matmul_nt', () => {
  for (const drop of [false, true]) {
    it(`is act(a b^T + bias), dropout ${drop ? 'on' : 'off'}`, async () => {
      const draw = new Draw('matmul_nt');
      for (let n = 0; n < DRAWS; n++) {
        const batch = draw.utterances(draw.size(1, 4), n === 0 ? 1 : 12);
        const [M, N, K] = [batch.frames, draw.fours(n === 1 ? 1 : 20), draw.fours(9)];
        const [a, b, bias] = [draw.values(M * K), draw.values(N * K), draw.values(N)];
        const relu = n % 2;
        const mask = dropoutMask(drop ? DROPOUT : undefined, batch.places, N);
        const { out } = await runKernel(await testGpu(), matmulNt, {
          uniforms: { m: M, n: N, k: K, relu, ...(drop ? DROPOUT : NO_DROPOUT) },
          buffers: { a, b, bias, places: batch.places, out: M * N },
          defines: { DROPOUT: drop ? 1 : 0 },
          constants: { ROW_LANES: 4, COLUMN_LANES: 4 },
        });
        const expected = matrix(M, N, (i, j) => {
          const x = sum(K, (k) => (a[i * K + k] ?? 0) * (b[j * K + k] ?? 0)) + (bias[j] ?? 0);
          return (relu ? Math.max(x, 0) : x) * (mask[i * N + j] ?? 0);
        });
        expectClose(out, expected, 1e-6, `[${M}, ${N}, ${K}]`);
      }
    });
  }
});

describe('matmul_nn', () => {
  for (const gated of [false, true]) {
    it(`is a b, ${gated ? 'gated' : 'plain'}, accumulating or not`, async () => {
      const draw = new Draw('matmul_nn');
      for (let n = 0; n < DRAWS; n++) {
        const [M, N, K] = [draw.size(1, 40), draw.fours(20), draw.fours(9)];
        const [a, b, before] = [draw.values(M * K), draw.values(K * N), draw.values(M * N)];
        const output = draw.values(M * N).map((x) => Math.max(x, 0));
        const accumulate = n % 2;
        const { out } = await runKernel(await testGpu(), matmulNn, {
          uniforms: { m: M, n: N, k: K, accumulate, scale: 2 },
          buffers: { a, b, layer_output: output, out: accumulate ? before : M * N },
          defines: { GATED: gated ? 1 : 0 },
          constants: { ROW_LANES: 4, COLUMN_LANES: 4 },
        });
        const expected = matrix(M, N, (i, j) => {
          const x = sum(K, (k) => (a[i * K + k] ?? 0) * (b[k * N + j] ?? 0));
          const gate = gated ? ((output[i * N + j] ?? 0) > 0 ? 2 : 0) : 1;
          return x * gate + (accumulate ? (before[i * N + j] ?? 0) : 0);
        });
        expectClose(out, expected, 1e-6, `[${M}, ${N}, ${K}]`);
      }
    });
  }
});

describe('matmul_tn', () => {
  it('is a^T b over the rows of each slice, from any columns', async () => {
    const draw = new Draw('matmul_tn');
    for (let n = 0; n < DRAWS; n++) {
      const [rows, M, N] = [draw.size(1, 50), draw.fours(20), draw.fours(20)];
      const slices = draw.size(1, 5);
      const [aFirst, bFirst] = [4 * draw.size(0, 2), 4 * draw.size(0, 2)];
      const [aStride, bStride] = [
        aFirst + M + 4 * draw.size(0, 2),
        bFirst + N + 4 * draw.size(0, 2),
      ];
      const [a, b] = [draw.values(rows * aStride), draw.values(rows * bStride)];
      const { out } = await runKernel(await testGpu(), matmulTn, {
        uniforms: {
          rows,
          m: M,
          n: N,
          a_stride: aStride,
          a_first: aFirst,
          b_stride: bStride,
          b_first: bFirst,
          slices,
          direction: 0,
        },
        buffers: { a, b, out: slices * M * N },
        constants: { ROW_LANES: 4, COLUMN_LANES: 4 },
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

  it('takes the step before of each direction, nothing at its first', async () => {
    const draw = new Draw('matmul_tn previous');
    for (let n = 0; n < DRAWS; n++) {
      const { frames, places } = draw.utterances(draw.size(1, 4), n === 0 ? 1 : 9);
      const [M, N] = [draw.fours(5), draw.fours(5)];
      const direction = n % 2;
      const [a, b] = [draw.values(frames * M), draw.values(frames * N)];
      const { out } = await runKernel(await testGpu(), matmulTn, {
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
        buffers: { a, b, places, out: M * N },
        defines: { PREVIOUS: 1 },
        constants: { ROW_LANES: 4, COLUMN_LANES: 4 },
      });
      const expected = matrix(M, N, (i, j) =>
        sum(frames, (r) => {
          const [frame, length] = [places[4 * r + 1] ?? 0, places[4 * r + 2] ?? 0];
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
        const { frames: rows, places } = draw.utterances(draw.size(1, 4), n === 0 ? 1 : 12);
        const [columns, slices] = [draw.fours(n === 1 ? 80 : 9), draw.size(1, 5)];
        const [a, weights] = [draw.values(rows * columns), draw.values(rows)];
        const mask = dropoutMask(drop ? DROPOUT : undefined, places, columns);
        const { out } = await runKernel(await testGpu(), columnSums, {
          uniforms: { rows, columns, slices, ...(drop ? DROPOUT : NO_DROPOUT) },
          buffers: { a, weights, places, out: slices * columns },
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
