import { describe, expect, it } from 'vitest';
import { cells } from '../../src/core/cells.js';
import { cast } from '../../src/kernels/reductions/cast.js';
import { clipScale } from '../../src/kernels/optimizer/clip_scale.js';
import { columnSums } from '../../src/kernels/reductions/column_sums.js';
import { frameDots } from '../../src/kernels/pooling/frame_dots.js';
import { optimizerAdam } from '../../src/kernels/optimizer/optimizer_adam.js';
import { optimizerRmsprop } from '../../src/kernels/optimizer/optimizer_rmsprop.js';
import { optimizerSgd } from '../../src/kernels/optimizer/optimizer_sgd.js';
import { poolingBackward } from '../../src/kernels/pooling/pooling_backward.js';
import { poolingSum } from '../../src/kernels/pooling/pooling_sum.js';
import { transpose } from '../../src/kernels/matmul/transpose.js';
import { weightPlaces } from '../../src/kernels/recurrence/recurrence_cooperative.js';
import { transposeRecurrent } from '../../src/kernels/recurrence/transpose_recurrent.js';
import type { CellSettings } from '../support/cell.js';
import { dropoutMask, type DropoutKey } from '../support/dropout.js';
import { testGpu } from '../support/gpu.js';
import { roundToHalves } from '../support/half.js';
import { Draw, expectClose, runKernel } from '../support/kernel.js';
import {
  expectBackward,
  expectForward,
  prepareRecurrence,
  type Real,
} from '../support/recurrence.js';
import { cooperativeBackward, cooperativeForward } from '../support/cooperative.js';
import { sliceBackward, sliceForward, type SlicePlan } from '../support/slices.js';
import { persistentBackward, persistentForward } from '../support/persistent.js';
import { needs } from '../support/needs.js';

/** Sums are f32 whatever the storage. */
const SINGLE = 1e-6;
/** Half of the last bit of a number in f16 is 2^-11 of it. */
const HALF = 5e-4;
/** Over a recurrence what is rounded is read again. */
const HALF_RECURRENT = 2e-3;

const DROPOUT: DropoutKey = { threshold: 13107, scale: 1.25, stream_0: 77, stream_1: 0xfedcba98 };
const at = (values: ArrayLike<number>, i: number) => values[i] ?? NaN;

/** A test in half precision: only where the adapter has it. */
function itInHalf(title: string, test: () => Promise<void>): void {
  it(`${title}, f16`, async (context) => {
    needs(context, await testGpu(), 'shader-f16');
    await test();
  });
}

describe('recurrence', () => {
  const lengths = [9, 6, 6, 2, 1];
  const settings = (cell: CellSettings['cell'], units: number): CellSettings => ({
    cell,
    units,
    directions: 2,
    offsets: [3, 1],
    period: 2,
  });
  const slices: SlicePlan = { rows: 4, slice: 8, lanes: 16 };

  for (const cell of cells) {
    itInHalf(`sweep, ${cell}`, async () => {
      const data = await prepareRecurrence(`f16 ${cell}`, settings(cell, 12), lengths, 'f16');
      const tile = { rows: 4, lanes: 8, steps: 4 };
      const kept = await persistentForward(data, tile);
      expectForward(data, kept, HALF_RECURRENT);
      expectBackward(data, await persistentBackward(data, kept, tile), HALF_RECURRENT);
    });

    itInHalf(`steps, ${cell}`, async () => {
      const data = await prepareRecurrence(`f16 ${cell}`, settings(cell, 12), lengths, 'f16');
      const kept = await sliceForward(data, slices);
      expectForward(data, kept, HALF_RECURRENT);
      expectBackward(data, await sliceBackward(data, kept, slices), HALF_RECURRENT);
    });

    for (const weights of weightPlaces) {
      itInHalf(`cooperative, weights ${weights}, ${cell}`, async () => {
        const data = await prepareRecurrence(`f16 ${cell}`, settings(cell, 8), lengths, 'f16');
        const plan = { ...slices, weights, steps: 4, patience: 1000 };
        const kept = await cooperativeForward(data, plan);
        expectForward(data, kept, HALF_RECURRENT);
        expectBackward(data, await cooperativeBackward(data, kept, plan), HALF_RECURRENT);
      });
    }
  }
});

describe('over frames', () => {
  /** Frames of three utterances, with values that f16 holds. */
  function drawFrames(name: string) {
    const draw = new Draw(name);
    const batch = draw.utterances(3, 12);
    const width = 20;
    const y = roundToHalves(draw.values(batch.frames * width));
    const mask = dropoutMask(DROPOUT, batch.positions, width);
    const dropped = mask.map((m, i) => m * at(y, i));
    const row = (frame: number) => at(batch.positions, 4 * frame + 3);
    return { draw, ...batch, width, y, mask, dropped, row, rows: 3 };
  }
  const defines = { DROPOUT: 1, REAL: 'f16' };

  itInHalf('frame_dots', async () => {
    const { draw, frames, width, rows, y, dropped, positions, row } = drawFrames('frame_dots');
    const v = draw.values(rows * width);
    const { out } = await runKernel(await testGpu(), frameDots, {
      uniforms: { frames, width, rows, v_width: width, pooled_width: width, ...DROPOUT },
      buffers: { y, v, positions, out: frames },
      defines: { ...defines, BY_ROW: 1 },
    });
    const expected = new Float64Array(frames);
    dropped.forEach((x, i) => {
      const t = Math.floor(i / width);
      expected[t] = at(expected, t) + x * at(v, row(t) * width + (i % width));
    });
    expectClose(out, expected, SINGLE);
  });

  itInHalf('pooling_sum', async () => {
    const { draw, frames, width, rows, y, dropped, positions, sequences, row } =
      drawFrames('pooling_sum');
    const weights = draw.values(frames);
    const { pooled } = await runKernel(await testGpu(), poolingSum, {
      uniforms: { rows, width, frames, ...DROPOUT },
      buffers: { y, weights, sequences, positions, pooled: rows * width },
      defines,
    });
    const expected = new Float64Array(rows * width);
    dropped.forEach((x, i) => {
      const t = Math.floor(i / width);
      const j = row(t) * width + (i % width);
      expected[j] = at(expected, j) + at(weights, t) * x;
    });
    expectClose(pooled, expected, SINGLE);
  });

  itInHalf('pooling_backward', async () => {
    const { draw, frames, width, rows, mask, positions, row } = drawFrames('pooling_backward');
    const [weights, dScores] = [draw.values(frames), draw.values(frames)];
    const [dPooled, attention] = [draw.values(rows * width), draw.values(width)];
    const { d_y } = await runKernel(await testGpu(), poolingBackward, {
      uniforms: { frames, width, rows, d_width: width, pooled_width: width, ...DROPOUT },
      buffers: {
        d_pooled: dPooled,
        weights,
        d_scores: dScores,
        attention,
        positions,
        d_y: frames * width,
      },
      defines: { ...defines, ATTENTION: 1 },
    });
    const expected = mask.map((m, i) => {
      const [t, d] = [Math.floor(i / width), i % width];
      const pooled = at(weights, t) * at(dPooled, row(t) * width + d);
      return m * (pooled + at(dScores, t) * at(attention, d));
    });
    expectClose(d_y, expected, HALF);
  });

  itInHalf('column_sums', async () => {
    const { draw, frames, width, y, dropped, positions } = drawFrames('column_sums');
    const weights = draw.values(frames);
    const slices = 3;
    const { out } = await runKernel(await testGpu(), columnSums, {
      uniforms: { rows: frames, columns: width, slices, ...DROPOUT },
      buffers: { a: y, weights, positions, out: slices * width },
      defines: { ...defines, WEIGHTED: 1 },
    });
    const expected = new Float64Array(slices * width);
    dropped.forEach((x, i) => {
      const r = Math.floor(i / width);
      const j = Math.floor(r / Math.ceil(frames / slices)) * width + (i % width);
      expected[j] = at(expected, j) + at(weights, r) * x;
    });
    expectClose(out, expected, SINGLE);
  });
});

describe('copies of weights', () => {
  const forms: readonly [Real, (title: string, test: () => Promise<void>) => void][] = [
    ['f32', it],
    ['f16', itInHalf],
  ];
  for (const [real, test] of forms) {
    /** Copies are exact but for the storage's rounding. */
    const stored = (values: Float32Array) => (real === 'f16' ? roundToHalves(values) : values);
    const defines = { REAL: real };

    test('cast', async () => {
      const draw = new Draw('cast');
      for (const size of [4, 256, 260, 4 * draw.size(1, 300)]) {
        const values = draw.values(size, 10 ** draw.size(-4, 3));
        const { out } = await runKernel(await testGpu(), cast, {
          uniforms: { size },
          buffers: { values, out: size },
          defines,
        });
        expect(out).toEqual(stored(values));
      }
    });

    test('transpose', async () => {
      const draw = new Draw('transpose');
      for (let n = 0; n < 6; n++) {
        const [rows, columns] = n === 0 ? [4, 4] : [draw.fours(20), draw.fours(20)];
        const values = draw.values(rows * columns);
        const { out } = await runKernel(await testGpu(), transpose, {
          uniforms: { rows, columns },
          buffers: { values, out: rows * columns },
          defines,
        });
        const expected = values.map((_, i) =>
          at(values, (i % rows) * columns + Math.floor(i / rows)),
        );
        expect(out).toEqual(stored(expected));
      }
    });

    test('transpose_recurrent', async () => {
      const draw = new Draw('transpose_recurrent');
      for (const units of [4, 8, 20]) {
        const directions = 2;
        const weight = draw.values(directions * units * units * 4);
        const { out } = await runKernel(await testGpu(), transposeRecurrent, {
          uniforms: { directions, units },
          buffers: { weight, out: weight.length },
          defines,
        });
        const expected = weight.map((_, i) => {
          const [gate, k] = [i % 4, Math.floor(i / 4) % units];
          const u = Math.floor(i / 4 / units) % units;
          const d = Math.floor(i / 4 / units / units);
          return at(weight, ((d * units + k) * units + u) * 4 + gate);
        });
        expect(out).toEqual(stored(expected));
      }
    });
  }
});

describe('clip_scale', () => {
  /** One update of the loss scale [scale, steps since it changed]. */
  async function next(
    loss_scale: readonly [number, number],
    square: number,
    growth = 4,
    maxNorm = 5,
  ) {
    const result = await runKernel(await testGpu(), clipScale, {
      uniforms: {
        ...{ groups: 2, max_norm: maxNorm, slot: 1, slots: 7, growth },
        ...{ step: 9, correction_1: 1, correction_2: 1, log_beta1: -1, log_beta2: -1 },
      },
      buffers: {
        squares: Float32Array.of(square, 9),
        clip: 5,
        losses: Float32Array.of(1, 2, 3, 4, 5, 0, 6),
        loss_scale: Float32Array.of(...loss_scale, 0, 8),
      },
    });
    const read = (name: string) => Array.from(result[name] ?? []);
    const [scale, steps, ...rest] = read('loss_scale');
    const skip = read('clip')[2] ?? NaN;
    expect(rest).toEqual([0, 8 + skip]); // nothing is held, and one more is skipped
    expect(read('losses').slice(3)).toEqual([4, 6, read('losses')[5], 1]);
    return { loss_scale: [scale, steps], clip: read('clip'), losses: read('losses') };
  }

  it('takes the loss scale out of the norm and of the gradients', async () => {
    const { clip, losses, loss_scale } = await next([2, 0], 16 * 25);
    const norm = Math.sqrt(16 * 25 + 9) / 2;
    expectClose(clip.slice(0, 3), [5 / (norm + 1e-6) / 2, norm, 0], SINGLE);
    expectClose(losses.slice(0, 3), [1, 2 + norm, 3], SINGLE);
    expect(loss_scale).toEqual([2, 1]);
    // within the bound, and without one
    expectClose((await next([16, 0], 7)).clip.slice(0, 3), [1 / 16, 4 / 16, 0], SINGLE);
    expectClose((await next([4, 0], 16e4 - 9, 4, 0)).clip.slice(0, 3), [1 / 4, 100, 0], SINGLE);
  });

  for (const square of [Infinity, NaN]) {
    it(`skips the update at a sum of ${square} and halves the scale`, async () => {
      const { clip, losses, loss_scale } = await next([1024, 3], square);
      expect(clip[2]).toBe(1);
      expect(losses.slice(0, 3)).toEqual([1, 2, 4]);
      expect(losses[5]).toBe(0); // the scale is to blame: no fault
      expect(loss_scale).toEqual([512, 0]);
      const least = await next([1, 3], square);
      expect(least.loss_scale).toEqual([1, 0]); // never below 1
      expect(least.losses[5]).toBe(2 ** 5); // a fault of the sixth update of the reading
    });
  }

  it('doubles the scale after `growth` steps without a skip, up to 2^24', async () => {
    let loss_scale: readonly [number, number] = [1024, 0];
    const seen: number[] = [];
    for (let i = 0; i < 9; i++) {
      const [scale = NaN, steps = NaN] = (await next(loss_scale, 1)).loss_scale;
      loss_scale = [scale, steps];
      seen.push(scale);
    }
    expect(seen).toEqual([1024, 1024, 1024, 2048, 2048, 2048, 2048, 4096, 4096]);
    expect((await next([2 ** 24, 3], 1)).loss_scale).toEqual([2 ** 24, 0]);
  });

  it('leaves a fixed scale alone where growth is 0, and still skips', async () => {
    expect((await next([1, 0], 1, 0)).loss_scale).toEqual([1, 0]);
    const { loss_scale, clip } = await next([1, 0], NaN, 0);
    expect(loss_scale).toEqual([1, 0]);
    expect(clip[2]).toBe(1);
  });
});

describe('an update that is skipped', () => {
  const size = 300;
  const values = (name: string) => new Draw(name).values(size);
  const common = {
    parameters: values('parameters'),
    gradients: values('gradients').fill(NaN, 7, 90),
    clip: Float32Array.of(NaN, NaN, 1, 0.1, 0.001),
  };
  const [m, v] = [values('m'), values('v').map(Math.abs)];
  const cases = [
    {
      kernel: optimizerAdam,
      uniforms: {
        lr: 0.01,
        beta1: 0.9,
        beta2: 0.999,
        eps: 1e-8,
        weight_decay: 0.1,
      },
      state: { m, v },
    },
    { kernel: optimizerRmsprop, uniforms: { lr: 0.01, alpha: 0.99, eps: 1e-8 }, state: { v } },
    { kernel: optimizerSgd, uniforms: { lr: 0.05, momentum: 0.9 }, state: { b: m } },
  ];

  for (const { kernel, uniforms, state } of cases) {
    it(`${kernel.name} leaves everything as it was, to the bit`, async () => {
      const result = await runKernel(await testGpu(), kernel, {
        uniforms: { size, ...uniforms },
        buffers: { ...common, ...state },
      });
      expect(result).toEqual({ parameters: common.parameters, ...state });
    });
  }
});
