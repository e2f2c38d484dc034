import { describe, it } from 'vitest';
import { stepDropout } from '../../src/kernels/frames/step_dropout.js';
import { subsample } from '../../src/kernels/frames/subsample.js';
import { subsampleBackward } from '../../src/kernels/frames/subsample_backward.js';
import { dropoutMask, NO_DROPOUT, type DropoutKey } from '../support/dropout.js';
import { testGpu } from '../support/gpu.js';
import { Draw, expectClose, layUtterances, runKernel } from '../support/kernel.js';

const DROPOUT: DropoutKey = { threshold: 13107, scale: 1.25, stream_0: 77, stream_1: 0xfedcba98 };
const at = (values: ArrayLike<number>, i: number) => values[i] ?? NaN;

/** Utterances before and after subsampling: of one step, of whole groups, and of a last group cut short. */
function drawGroups(draw: Draw, n: number) {
  const by = [1, 2, 16][n] ?? draw.size(2, 7);
  const before = draw.utterances(draw.size(1, 4), n === 0 ? 1 : 40);
  const after = layUtterances(before.lengths.map((length) => Math.ceil(length / by)));
  return { by, before, after, width: draw.fours(5), rows: before.lengths.length };
}

/** The step of `before` that a step of the utterance of a group is, or undefined past its end. */
function stepOf(
  { before, after, by }: ReturnType<typeof drawGroups>,
  group: number,
  i: number,
): number | undefined {
  const row = at(after.positions, 4 * group + 3);
  const step = by * at(after.positions, 4 * group + 1) + i;
  return step < at(before.sequences, 2 * row + 1)
    ? at(before.sequences, 2 * row) + step
    : undefined;
}

describe.for(['mean', 'concatenate'] as const)('subsampling by %s', (how) => {
  const mean = how === 'mean';
  const outWidth = (width: number, by: number) => (mean ? width : by * width);

  /** [groups, out width] as a matrix over [steps, width], in f64. */
  function matrixRow(groups: ReturnType<typeof drawGroups>, group: number, column: number) {
    const { by, width } = groups;
    if (!mean) {
      const step = stepOf(groups, group, Math.floor(column / width));
      return step === undefined ? [] : [{ at: step * width + (column % width), factor: 1 }];
    }
    const steps = Array.from({ length: by }, (_, i) => stepOf(groups, group, i)).filter(
      (step) => step !== undefined,
    );
    return steps.map((step) => ({ at: step * width + column, factor: 1 / steps.length }));
  }

  it('forward', async () => {
    const draw = new Draw(`subsample ${how}`);
    for (let n = 0; n < 8; n++) {
      const drawn = drawGroups(draw, n);
      const { by, before, after, width, rows } = drawn;
      const values = draw.values(before.frames * width);
      const out_width = outWidth(width, by);
      const { out } = await runKernel(await testGpu(), subsample, {
        uniforms: { rows, steps: before.frames, groups: after.frames, width, out_width, by },
        buffers: {
          values,
          sequences: before.sequences,
          positions: after.positions,
          out: after.frames * out_width,
        },
        defines: { MEAN: mean ? 1 : 0 },
      });
      const expected = Float64Array.from({ length: after.frames * out_width }, (_, i) =>
        matrixRow(drawn, Math.floor(i / out_width), i % out_width).reduce(
          (sum, { at: from, factor }) => sum + factor * at(values, from),
          0,
        ),
      );
      expectClose(out, expected, 1e-6, `by ${by}`);
    }
  });

  it.for([
    ['nothing', {}, NO_DROPOUT],
    ['ReLU and dropout of a dense layer', { GATED: 1 }, { ...NO_DROPOUT, scale: 1.25 }],
    ['dropout of a recurrent layer', { DROPOUT: 1 }, DROPOUT],
  ] as const)('backward, and through %s', async ([, switches, key]) => {
    const draw = new Draw(`subsample_backward ${how}`);
    for (let n = 0; n < 8; n++) {
      const drawn = drawGroups(draw, n);
      const { by, before, after, width, rows } = drawn;
      const out_width = outWidth(width, by);
      const dOut = draw.values(after.frames * out_width);
      const layerOutput = draw.values(before.frames * width);
      const { d_values } = await runKernel(await testGpu(), subsampleBackward, {
        uniforms: {
          rows,
          steps: before.frames,
          groups: after.frames,
          width,
          out_width,
          by,
          ...key,
        },
        buffers: {
          d_out: dOut,
          sequences: after.sequences,
          positions: before.positions,
          layer_output: layerOutput,
          d_values: before.frames * width,
        },
        defines: { MEAN: mean ? 1 : 0, ...switches },
      });
      const gated = 'GATED' in switches;
      const mask = dropoutMask('DROPOUT' in switches ? key : undefined, before.positions, width);
      const expected = new Float64Array(before.frames * width);
      dOut.forEach((d, i) => {
        for (const { at: to, factor } of matrixRow(drawn, Math.floor(i / out_width), i % out_width))
          expected[to] = at(expected, to) + factor * d;
      });
      expected.forEach((d, i) => {
        const open = at(layerOutput, i) > 0 ? key.scale : 0;
        expected[i] = d * (gated ? open : at(mask, i));
      });
      expectClose(d_values, expected, 1e-6, `by ${by}`);
    }
  });
});

it('step_dropout', async () => {
  const draw = new Draw('step_dropout');
  for (let n = 0; n < 4; n++) {
    const { frames: steps, positions } = draw.utterances(n + 1, n === 0 ? 1 : 30);
    const width = draw.fours(6);
    const values = draw.values(steps * width);
    const { out } = await runKernel(await testGpu(), stepDropout, {
      uniforms: { steps, width, ...DROPOUT },
      buffers: { values, positions, out: steps * width },
    });
    const mask = dropoutMask(DROPOUT, positions, width);
    expectClose(
      out,
      mask.map((m, i) => m * at(values, i)),
      1e-7,
    );
  }
});
