import { describe, it } from 'vitest';
import { frameDots } from '../../src/kernels/pooling/frame_dots.js';
import { gateColumns } from '../../src/kernels/pooling/gate_columns.js';
import { joinColumns } from '../../src/kernels/pooling/join_columns.js';
import { poolingBackward } from '../../src/kernels/pooling/pooling_backward.js';
import { poolingDeviation } from '../../src/kernels/pooling/pooling_deviation.js';
import { dropoutMask, NO_DROPOUT, type DropoutKey } from '../support/dropout.js';
import { testGpu } from '../support/gpu.js';
import { roundToHalves } from '../support/half.js';
import { Draw, expectClose, runKernel } from '../support/kernel.js';
import { needs } from '../support/needs.js';

const DROPOUT: DropoutKey = { threshold: 13107, scale: 1.25, stream_0: 77, stream_1: 0xfedcba98 };
const at = (values: ArrayLike<number>, i: number) => values[i] ?? NaN;

/** Outputs y of parts with padding, and weights that sum to 1 for each utterance. */
function drawPooling(draw: Draw, n: number, drop: boolean, half: boolean) {
  // one frame, more frames than lanes, more columns than lanes
  const batch = draw.utterances(n === 0 ? 1 : draw.size(1, 5), [1, 150][n] ?? 20);
  const { frames, positions, lengths } = batch;
  const [units, part] = (
    [
      [5, 8],
      [12, 12],
      [37, 40],
    ] as const
  )[n] ?? [6, 8];
  const width = part * (n === 1 ? 1 : 2);
  const used = (d: number) => d % part < units;
  const drawn = draw.values(frames * width).map((x, i) => (used(i % width) ? x : 0));
  const y = half ? roundToHalves(drawn) : drawn;
  const mask = dropoutMask(drop ? DROPOUT : undefined, positions, width);
  const dropped = mask.map((m, i) => m * at(y, i));
  const row = (frame: number) => at(positions, 4 * frame + 3);
  const powers = Float64Array.from(draw.values(frames), Math.exp);
  const sums = lengths.map(() => 0);
  powers.forEach((p, t) => (sums[row(t)] = at(sums, row(t)) + p));
  const weights = Float32Array.from(powers, (p, t) => p / at(sums, row(t)));
  return {
    ...batch,
    width,
    part,
    units,
    used,
    y,
    mask,
    dropped,
    row,
    rows: lengths.length,
    weights,
  };
}

/** m, then s, of each utterance in f64, [rows, 2 width]. */
function pool(drawn: ReturnType<typeof drawPooling>): Float64Array {
  const { rows, width, dropped, weights, row, used } = drawn;
  const pooled = new Float64Array(rows * 2 * width);
  const place = (i: number) => row(Math.floor(i / width)) * 2 * width + (i % width);
  const a = (i: number) => at(weights, Math.floor(i / width));
  dropped.forEach((x, i) => (pooled[place(i)]! += a(i) * x));
  dropped.forEach((x, i) => (pooled[place(i) + width]! += a(i) * (x - at(pooled, place(i))) ** 2));
  for (let r = 0; r < rows; r++) {
    for (let d = 0; d < width; d++) {
      const own = (2 * r + 1) * width + d;
      pooled[own] = used(d) ? Math.sqrt(at(pooled, own) + 1e-6) : 0;
    }
  }
  return pooled;
}

for (const half of [false, true]) {
  describe.for([false, true])(`${half ? 'f16' : 'f32'}, dropout %s`, (drop) => {
    const key = drop ? DROPOUT : NO_DROPOUT;
    const defines = { DROPOUT: drop ? 1 : 0, REAL: half ? 'f16' : 'f32' };

    it('pooling_deviation', async (context) => {
      if (half) needs(context, await testGpu(), 'shader-f16');
      const draw = new Draw('pooling_deviation');
      for (let n = 0; n < 5; n++) {
        const drawn = drawPooling(draw, n, drop, half);
        const { frames, width, rows, part, units, y, weights, sequences, positions } = drawn;
        const pooled_width = 2 * width;
        const { pooled } = await runKernel(await testGpu(), poolingDeviation, {
          uniforms: { rows, width, pooled_width, part, units, frames, ...key },
          buffers: { y, weights, sequences, positions, pooled: rows * pooled_width },
          defines,
        });
        expectClose(pooled, pool(drawn), 1e-6);
      }
    });

    it('its gradients', async (context) => {
      if (half) needs(context, await testGpu(), 'shader-f16');
      const draw = new Draw('deviation gradients');
      for (let n = 0; n < 5; n++) {
        const drawn = drawPooling(draw, n, drop, half);
        const { frames, width, rows, y, mask, dropped, weights, positions, row, used } = drawn;
        const pooled = pool(drawn);
        // heads may have more columns than the pooling
        const stride = 2 * width + 4;
        const d = draw.values(rows * stride).map((x, i) => (used((i % stride) % width) ? x : 0));
        const [dScores, attention] = [draw.values(frames), draw.values(width)];
        const common = { frames, width, rows, pooled_width: 2 * width, ...key };
        const own = { ...defines, DEVIATION: 1 };
        const { out } = await runKernel(await testGpu(), frameDots, {
          uniforms: { ...common, v_width: stride },
          buffers: { y, v: d, positions, pooled: Float32Array.from(pooled), out: frames },
          defines: { ...own, BY_ROW: 1 },
        });
        const { d_y } = await runKernel(await testGpu(), poolingBackward, {
          uniforms: { ...common, d_width: stride },
          buffers: {
            ...{ d_pooled: d, weights, d_scores: dScores, attention, positions, y },
            ...{ pooled: Float32Array.from(pooled), d_y: frames * width },
          },
          defines: { ...own, ATTENTION: 1 },
        });
        // the chain rule in full: s depends on y and a directly and through m
        const dWeights = new Float64Array(frames);
        const dY = new Float64Array(frames * width);
        for (let r = 0; r < rows; r++) {
          const steps = Array.from({ length: frames }, (_, t) => t).filter((t) => row(t) === r);
          for (let c = 0; c < width; c++) {
            const m = at(pooled, 2 * r * width + c);
            const s = at(pooled, (2 * r + 1) * width + c);
            const dSquare = used(c) ? at(d, r * stride + width + c) / (2 * s) : 0;
            const x = (t: number) => at(dropped, t * width + c);
            const through = steps.reduce((sum, t) => sum - 2 * at(weights, t) * (x(t) - m), 0);
            const dMean = at(d, r * stride + c) + dSquare * through;
            for (const t of steps) {
              dWeights[t]! += dMean * x(t) + dSquare * (x(t) - m) ** 2;
              dY[t * width + c] =
                at(mask, t * width + c) *
                (at(weights, t) * (dMean + 2 * dSquare * (x(t) - m)) +
                  at(dScores, t) * at(attention, c));
            }
          }
        }
        expectClose(out, dWeights, 2e-6);
        expectClose(d_y, dY, half ? 5e-4 : 2e-6);
      }
    });
  });
}

describe('columns beside columns', () => {
  it('join_columns', async () => {
    const draw = new Draw('join_columns');
    for (let n = 0; n < 4; n++) {
      const [rows, a_width, b_width] = [draw.size(1, 70), draw.fours(9), draw.fours(9)];
      const [a, b, width] = [
        draw.values(rows * a_width),
        draw.values(rows * b_width),
        a_width + b_width,
      ];
      const { out } = await runKernel(await testGpu(), joinColumns, {
        uniforms: { rows, a_width, b_width, width },
        buffers: { a, b, out: rows * width },
      });
      const expected = Float32Array.from({ length: rows * width }, (_, i) => {
        const [r, c] = [Math.floor(i / width), i % width];
        return c < a_width ? at(a, r * a_width + c) : at(b, r * b_width + c - a_width);
      });
      expectClose(out, expected, 1e-9);
    }
  });

  it('gate_columns', async () => {
    const draw = new Draw('gate_columns');
    for (let n = 0; n < 4; n++) {
      const [rows, width, first] = [draw.size(1, 70), draw.fours(9), draw.fours(9)];
      const stride = first + width + 4;
      const d_out = draw.values(rows * stride);
      const layer_output = draw.values(rows * width).map((x) => Math.max(x, 0));
      const { d_sums } = await runKernel(await testGpu(), gateColumns, {
        uniforms: { rows, width, stride, first, scale: 1.25 },
        buffers: { d_out, layer_output, d_sums: rows * width },
      });
      const expected = Float32Array.from(layer_output, (x, i) => {
        const [r, c] = [Math.floor(i / width), i % width];
        return x > 0 ? 1.25 * at(d_out, r * stride + first + c) : 0;
      });
      expectClose(d_sums, expected, 1e-7);
    }
  });
});
