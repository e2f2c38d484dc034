import { describe, expect, it } from 'vitest';
import { clipScale } from '../../src/kernels/optimizer/clip_scale.js';
import { optimizerAdam } from '../../src/kernels/optimizer/optimizer_adam.js';
import { optimizerRmsprop } from '../../src/kernels/optimizer/optimizer_rmsprop.js';
import { optimizerSgd } from '../../src/kernels/optimizer/optimizer_sgd.js';
import { parameterAverage } from '../../src/kernels/optimizer/parameter_average.js';
import { squaredSums } from '../../src/kernels/optimizer/squared_sums.js';
import { transposeRecurrent } from '../../src/kernels/recurrence/transpose_recurrent.js';
import { testGpu } from '../support/gpu.js';
import { Draw, expectClose, runKernel } from '../support/kernel.js';

const at = (values: ArrayLike<number>, i: number) => values[i] ?? NaN;

/** What clip_scale gets of Adam; `known` is of a step where none was skipped. */
const adam = (step: number, beta1: number, beta2: number, known = [0.3, 0.7]) => ({
  step,
  correction_1: known[0] ?? NaN,
  correction_2: known[1] ?? NaN,
  log_beta1: Math.max(Math.log(beta1), -1000),
  log_beta2: Math.max(Math.log(beta2), -1000),
});

describe('bias corrections', () => {
  async function corrections(step: number, skipped: number, beta1: number, beta2: number) {
    const { clip } = await runKernel(await testGpu(), clipScale, {
      uniforms: {
        ...{ groups: 1, max_norm: 0, slot: 1, slots: 7, growth: 0 },
        ...adam(step, beta1, beta2),
      },
      buffers: {
        squares: Float32Array.of(4),
        clip: 5,
        losses: new Float32Array(7),
        loss_scale: Float32Array.of(1, 0, 0, skipped),
      },
    });
    return [at(clip ?? [], 3), at(clip ?? [], 4)] as const;
  }

  it('are those of the host where no update was skipped', async () => {
    expect(await corrections(9, 0, 0.9, 0.999)).toEqual([Math.fround(0.3), Math.fround(0.7)]);
  });

  it('count only the updates made: 1 - beta^t to rounding', async () => {
    for (const [beta1, beta2] of [
      [0.9, 0.999],
      [0.5, 0.99999],
      [0, 0.99],
    ] as const) {
      for (const t of [1, 2, 5, 30, 400, 999, 20_000, 1e6]) {
        const got = await corrections(t + 37, 37, beta1, beta2);
        [beta1, beta2].forEach((beta, i) => {
          // as log beta and t log beta are rounded, and no more is lost where 1 - beta^t is small
          const error = Math.abs(at(got, i) / -Math.expm1(t * Math.log(beta)) - 1);
          expect(error, `${beta} ${t}`).toBeLessThan(3e-7);
        });
      }
    }
  });
});

describe('global norm', () => {
  it('squared_sums and clip_scale give the norm and the factor', async () => {
    const draw = new Draw('norm');
    for (const [n, maxNorm] of [0.5, 1e6, 0, 3].entries()) {
      const [size, groups] = [draw.fours(n === 0 ? 1 : 700), draw.size(1, 9)];
      const values = draw.values(size);
      const { out } = await runKernel(await testGpu(), squaredSums, {
        uniforms: { size, groups },
        buffers: { values, out: groups },
      });
      const norm = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
      expectClose([Math.sqrt(out?.reduce((a, b) => a + b, 0) ?? NaN)], [norm], 1e-6);
      const losses = draw.values(9);
      losses.set([7, 3, 2, 4, 0], 2); // norms, skips, steps without a loss, steps, faults
      const result = await runKernel(await testGpu(), clipScale, {
        uniforms: {
          groups,
          max_norm: maxNorm,
          slot: 2,
          slots: 9,
          growth: 0,
          ...adam(7, 0.9, 0.99),
        },
        buffers: {
          squares: out ?? 0,
          clip: 5,
          losses,
          loss_scale: Float32Array.of(1, 0, 0, 6),
        },
      });
      const scale = maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
      expectClose(result['clip'], [scale, norm, 0, 1 - 0.9, 1 - 0.99], 1e-6);
      expectClose(
        result['losses'],
        [at(losses, 0), at(losses, 1), 7 + norm, 3, 2, 5, 0, at(losses, 0), at(losses, 1)],
        1e-6,
      );
    }
  });
});

describe('optimizers', () => {
  const clip = Float32Array.of(0.7, 0, 0, 0, 0);

  function state(draw: Draw, n: number) {
    const size = draw.fours(n === 0 ? 1 : 90);
    const [parameters, gradients] = [draw.values(size), draw.values(size)];
    const clipped = Float64Array.from(gradients, (g) => g * at(clip, 0));
    return { size, parameters, gradients, clipped };
  }

  for (const decay of [0, 0.1]) {
    it(`Adam, decoupled weight decay ${decay}`, async () => {
      const draw = new Draw('adam');
      for (let n = 0; n < 4; n++) {
        const { size, parameters, gradients, clipped } = state(draw, n);
        const [m, v] = [draw.values(size, 0.1), draw.values(size, 0.1).map(Math.abs)];
        const [lr, beta1, beta2, eps, t] = [0.01, 0.9, 0.999, 1e-8, 3];
        const [correction1, correction2] = [1 - beta1 ** t, 1 - beta2 ** t];
        const corrected = Float32Array.of(...clip.slice(0, 3), correction1, correction2);
        const result = await runKernel(await testGpu(), optimizerAdam, {
          uniforms: {
            size,
            lr,
            beta1,
            beta2,
            eps,
            weight_decay: decay,
          },
          buffers: { parameters, gradients, m, v, clip: corrected },
        });
        const mNew = Float64Array.from(m, (x, i) => beta1 * x + (1 - beta1) * at(clipped, i));
        const vNew = Float64Array.from(v, (x, i) => beta2 * x + (1 - beta2) * at(clipped, i) ** 2);
        const expected = Float64Array.from(parameters, (p, i) => {
          const step =
            ((lr / correction1) * at(mNew, i)) / (Math.sqrt(at(vNew, i) / correction2) + eps);
          return p * (1 - lr * decay) - step;
        });
        expectClose(result['m'], mNew, 1e-5, 'm');
        expectClose(result['v'], vNew, 1e-5, 'v');
        expectClose(result['parameters'], expected, 1e-6, 'parameters');
      }
    });
  }

  it('RMSprop', async () => {
    const draw = new Draw('rmsprop');
    for (let n = 0; n < 4; n++) {
      const { size, parameters, gradients, clipped } = state(draw, n);
      const v = draw.values(size).map(Math.abs);
      const [lr, alpha, eps] = [0.01, 0.99, 1e-8];
      const result = await runKernel(await testGpu(), optimizerRmsprop, {
        uniforms: { size, lr, alpha, eps },
        buffers: { parameters, gradients, v, clip },
      });
      const vNew = Float64Array.from(v, (x, i) => alpha * x + (1 - alpha) * at(clipped, i) ** 2);
      expectClose(result['v'], vNew, 1e-6, 'v');
      const expected = Float64Array.from(
        parameters,
        (p, i) => p - (lr * at(clipped, i)) / (Math.sqrt(at(vNew, i)) + eps),
      );
      expectClose(result['parameters'], expected, 1e-6, 'parameters');
    }
  });

  it('SGD with momentum', async () => {
    const draw = new Draw('sgd');
    for (let n = 0; n < 4; n++) {
      const { size, parameters, gradients, clipped } = state(draw, n);
      const b = draw.values(size);
      const [lr, momentum] = [0.05, 0.9];
      const result = await runKernel(await testGpu(), optimizerSgd, {
        uniforms: { size, lr, momentum },
        buffers: { parameters, gradients, b, clip },
      });
      const bNew = Float64Array.from(b, (x, i) => momentum * x + at(clipped, i));
      expectClose(result['b'], bNew, 1e-6, 'b');
      const expected = Float64Array.from(parameters, (p, i) => p - lr * at(bNew, i));
      expectClose(result['parameters'], expected, 1e-6, 'parameters');
    }
  });
});

describe('parameter_average', () => {
  it('moves the average towards the parameters, only where the update was made', async () => {
    const draw = new Draw('average');
    for (const [n, skip] of [0, 0, 1].entries()) {
      const size = draw.fours(n === 0 ? 1 : 90);
      const [parameters, average] = [draw.values(size), draw.values(size)];
      const decay = 0.98;
      const result = await runKernel(await testGpu(), parameterAverage, {
        uniforms: { size, decay },
        buffers: { parameters, average, clip: Float32Array.of(1, 1, skip, 0, 0) },
      });
      const moved = Float64Array.from(
        average,
        (x, i) => decay * x + (1 - decay) * at(parameters, i),
      );
      if (skip === 1) expect(result['average']).toEqual(average);
      else expectClose(result['average'], moved, 1e-6);
    }
  });
});

describe('transpose_recurrent', () => {
  it('swaps k and u of each direction', async () => {
    const draw = new Draw('transpose');
    for (let n = 0; n < 4; n++) {
      const [directions, units] = [draw.size(1, 2), draw.fours(7)];
      const weight = draw.values(directions * units * units * 4);
      const { out } = await runKernel(await testGpu(), transposeRecurrent, {
        uniforms: { directions, units },
        buffers: { weight, out: weight.length },
      });
      const expected = Float64Array.from(weight, (_, i) => {
        const [gate, k] = [i % 4, Math.floor(i / 4) % units];
        const unit = Math.floor(i / 4 / units) % units;
        const direction = Math.floor(i / 4 / units / units);
        return at(weight, ((direction * units + k) * units + unit) * 4 + gate);
      });
      expectClose(out, expected, 1e-12);
    }
  });
});
