import { describe, it } from 'vitest';
import { functionalCount, functionalsOf } from '../../src/features/functionals.js';
import { functionals } from '../../src/kernels/frames/functionals.js';
import { pad4 } from '../../src/kernels/descriptor.js';
import { testGpu } from '../support/gpu.js';
import { Draw, expectClose, layUtterances, runKernel } from '../support/kernel.js';

type Value = (t: number, f: number, draw: Draw) => number;

const normal: Value = (_t, _f, draw) => draw.random.normal();

const batches: Readonly<Record<string, readonly [F: number, lengths: number[], value?: Value]>> = {
  'one frame': [5, [1]],
  'a few frames': [7, [6, 5, 4, 3, 2, 1]],
  'quantiles that are order statistics': [4, [41, 21, 1]],
  'more features than lanes': [57, [33, 12]],
  'thousands of frames': [3, [5000, 1003]],
  'many ties': [6, [300, 60, 7], (_t, f, draw) => draw.size(-1, 1) * (f === 0 ? 0 : 1)],
  'a feature that is 0 for half of the frames': [
    4,
    [120, 33],
    (t, _f, draw) => (t % 2 === 0 ? 0 : draw.random.normal()),
  ],
  constants: [3, [19, 1], (_t, f) => f - 1],
  'negative only, and rising': [2, [90, 31], (t, f) => (f === 0 ? t - 200 : t / 7)],
  'very large and very small': [
    3,
    [50, 9],
    (_t, f, draw) => draw.random.normal() * ([1e15, 1e-15, 1][f] ?? 1),
  ],
};

describe('functionals', () => {
  it.each(Object.entries(batches))('%s', async (name, [F, lengths, value = normal]) => {
    const draw = new Draw(`functionals ${name}`);
    const { frames, sequences } = layUtterances(lengths);
    const width = pad4(F);
    const features = new Float32Array(frames * width);
    const own = lengths.map((length) => new Float32Array(length * F));
    lengths.forEach((length, b) => {
      for (let t = 0; t < length; t++) {
        for (let f = 0; f < F; f++) {
          const x = Math.fround(value(t, f, draw));
          features[((sequences[2 * b] ?? 0) + t) * width + f] = x;
          own[b]?.fill(x, t * F + f, t * F + f + 1);
        }
      }
    });
    const out_width = pad4(functionalCount(F));
    const { out } = await runKernel(await testGpu(), functionals, {
      uniforms: { rows: lengths.length, frames, width, dimensions: F, out_width },
      buffers: { features, sequences, out: lengths.length * out_width },
    });
    own.forEach((matrix, b) => {
      const got = out?.subarray(b * out_width, (b + 1) * out_width) ?? [];
      const expected = functionalsOf(matrix, F);
      // each feature by itself: one may be many times another
      for (let f = 0; f < F; f++) {
        const column = (values: ArrayLike<number>) =>
          Array.from({ length: 8 }, (_, kind) => values[kind * F + f] ?? NaN);
        const scale = Math.max(...column(expected).map(Math.abs)) || 1;
        const scaled = (values: ArrayLike<number>) => column(values).map((x) => x / scale);
        expectClose(scaled(got), scaled(expected), 2e-6, `utterance ${b}, feature ${f}`);
      }
      const rest = Float64Array.from({ length: out_width - 8 * F }, (_, i) =>
        i === 0 ? Math.log(matrix.length / F) / 10 : 0,
      );
      expectClose(got.slice(8 * F), rest, 1e-6, `utterance ${b}, the end`);
    });
  });
});
