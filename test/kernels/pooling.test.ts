import { describe, it } from 'vitest';
import { frameDots } from '../../src/kernels/pooling/frame_dots.js';
import { poolingBackward } from '../../src/kernels/pooling/pooling_backward.js';
import { poolingSoftmax } from '../../src/kernels/pooling/pooling_softmax.js';
import { poolingSoftmaxBackward } from '../../src/kernels/pooling/pooling_softmax_backward.js';
import { poolingSum } from '../../src/kernels/pooling/pooling_sum.js';
import { dropoutMask, NO_DROPOUT, type DropoutKey } from '../support/dropout.js';
import { testGpu } from '../support/gpu.js';
import { Draw, expectClose, runKernel } from '../support/kernel.js';

const DRAWS = 5;
const DROPOUT: DropoutKey = { threshold: 13107, scale: 1.25, stream_0: 77, stream_1: 0xfedcba98 };
const switches = [false, true];
const at = (values: ArrayLike<number>, i: number) => values[i] ?? NaN;

/** A batch, its dropout factors, and outputs y with them applied, in f64. */
function drawFrames(draw: Draw, n: number, drop: boolean) {
  // one frame, more frames than lanes, and sizes in between
  const batch = draw.utterances(n === 0 ? 1 : draw.size(1, 5), [1, 150][n] ?? 20);
  const width = draw.fours(n === 2 ? 20 : 6);
  const y = draw.values(batch.frames * width);
  const mask = dropoutMask(drop ? DROPOUT : undefined, batch.positions, width);
  const dropped = mask.map((m, i) => m * at(y, i));
  const row = (frame: number) => at(batch.positions, 4 * frame + 3);
  return { ...batch, width, y, mask, dropped, row, rows: batch.lengths.length };
}

for (const drop of switches) {
  const key = drop ? DROPOUT : NO_DROPOUT;
  const defines = { DROPOUT: drop ? 1 : 0 };

  describe(`dropout ${drop ? 'on' : 'off'}`, () => {
    for (const byRow of switches) {
      it(`frame_dots, ${byRow ? "each utterance's vector" : 'one vector'}`, async () => {
        const draw = new Draw('frame_dots');
        for (let n = 0; n < DRAWS; n++) {
          const { frames, width, rows, y, dropped, positions, row } = drawFrames(draw, n, drop);
          const v = draw.values((byRow ? rows : 1) * width);
          const { out } = await runKernel(await testGpu(), frameDots, {
            uniforms: {
              ...{ frames, width, rows: byRow ? rows : 1, v_width: width, pooled_width: width },
              ...key,
            },
            buffers: { y, v, positions, out: frames },
            defines: { ...defines, BY_ROW: byRow ? 1 : 0 },
          });
          const expected = Float64Array.from({ length: frames }, (_, t) => {
            let dot = 0;
            for (let d = 0; d < width; d++) {
              dot += at(dropped, t * width + d) * at(v, (byRow ? row(t) * width : 0) + d);
            }
            return dot;
          });
          expectClose(out, expected, 1e-6);
        }
      });
    }

    it('pooling_sum', async () => {
      const draw = new Draw('pooling_sum');
      for (let n = 0; n < DRAWS; n++) {
        const { frames, width, rows, y, dropped, positions, sequences, row } = drawFrames(
          draw,
          n,
          drop,
        );
        const weights = draw.values(frames);
        const { pooled } = await runKernel(await testGpu(), poolingSum, {
          uniforms: { rows, width, frames, ...key },
          buffers: { y, weights, sequences, positions, pooled: rows * width },
          defines,
        });
        const expected = new Float64Array(rows * width);
        for (let t = 0; t < frames; t++) {
          for (let d = 0; d < width; d++) {
            const i = row(t) * width + d;
            expected[i] = at(expected, i) + at(weights, t) * at(dropped, t * width + d);
          }
        }
        expectClose(pooled, expected, 1e-6);
      }
    });

    for (const attends of switches) {
      it(`pooling_backward, ${attends ? 'attention' : 'mean'}`, async () => {
        const draw = new Draw('pooling_backward');
        for (let n = 0; n < DRAWS; n++) {
          const { frames, width, rows, mask, positions, row } = drawFrames(draw, n, drop);
          const [weights, dScores] = [draw.values(frames), draw.values(frames)];
          const [dPooled, attention] = [draw.values(rows * width), draw.values(width)];
          const { d_y } = await runKernel(await testGpu(), poolingBackward, {
            uniforms: { frames, width, rows, d_width: width, pooled_width: width, ...key },
            buffers: {
              d_pooled: dPooled,
              weights,
              d_scores: dScores,
              attention,
              positions,
              d_y: frames * width,
            },
            defines: { ...defines, ATTENTION: attends ? 1 : 0 },
          });
          const expected = Float64Array.from({ length: frames * width }, (_, i) => {
            const [t, d] = [Math.floor(i / width), i % width];
            const score = attends ? at(dScores, t) * at(attention, d) : 0;
            return at(mask, i) * (at(weights, t) * at(dPooled, row(t) * width + d) + score);
          });
          expectClose(d_y, expected, 1e-6);
        }
      });
    }
  });
}

/** Softmax over each utterance's frames, in f64. */
function softmaxByUtterance(scores: ArrayLike<number>, sequences: Uint32Array): Float64Array {
  const weights = new Float64Array(scores.length);
  for (let r = 0; r < sequences.length; r += 2) {
    const [first, length] = [at(sequences, r), at(sequences, r + 1)];
    const own = Array.from({ length }, (_, t) => at(scores, first + t));
    const top = Math.max(...own);
    const powers = own.map((s) => Math.exp(s - top));
    const total = powers.reduce((a, b) => a + b, 0);
    powers.forEach((p, t) => (weights[first + t] = p / total));
  }
  return weights;
}

describe('pooling_softmax', () => {
  for (const attends of switches) {
    it(
      attends ? 'is the softmax over each utterance, large scores too' : 'is 1 / length',
      async () => {
        const draw = new Draw('pooling_softmax');
        for (let n = 0; n < DRAWS; n++) {
          const { frames, sequences, rows } = drawFrames(draw, n, false);
          const scores = draw.values(frames, n === 3 ? 100 : 2);
          const { weights } = await runKernel(await testGpu(), poolingSoftmax, {
            uniforms: { rows, frames },
            buffers: { scores, sequences, weights: frames },
            defines: { ATTENTION: attends ? 1 : 0 },
          });
          expectClose(
            weights,
            softmaxByUtterance(attends ? scores : new Float32Array(frames), sequences),
            2e-6,
          );
        }
      },
    );
  }

  it('backward is a (e - sum a e)', async () => {
    const draw = new Draw('pooling_softmax_backward');
    for (let n = 0; n < DRAWS; n++) {
      const { frames, sequences, rows, row } = drawFrames(draw, n, false);
      const weights = Float32Array.from(softmaxByUtterance(draw.values(frames), sequences));
      const e = draw.values(frames);
      const { d_scores } = await runKernel(await testGpu(), poolingSoftmaxBackward, {
        uniforms: { rows, frames },
        buffers: { weights, e, sequences, d_scores: frames },
      });
      const means = new Float64Array(rows);
      for (let t = 0; t < frames; t++)
        means[row(t)] = at(means, row(t)) + at(weights, t) * at(e, t);
      const expected = Float64Array.from(weights, (a, t) => a * (at(e, t) - at(means, row(t))));
      expectClose(d_scores, expected, 3e-6);
    }
  });
});
