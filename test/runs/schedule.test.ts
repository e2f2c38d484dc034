import { describe, expect, it } from 'vitest';
import { learningRateAt, parseSchedule } from '../../src/runs/schedule.js';

const span = { stepsPerEpoch: 10, epochs: 4 };
const rates = (json: unknown, steps: readonly number[]): number[] =>
  steps.map((step) => learningRateAt(parseSchedule(json, 'x'), 0.2, step, span));

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((rate, i) => expect(rate).toBeCloseTo(expected[i] ?? NaN, 12));
}

describe('learningRateAt', () => {
  it('is constant by default', () => {
    expectClose(rates({ name: 'constant' }, [0, 7, 1000]), [0.2, 0.2, 0.2]);
  });

  it('warms up linearly to the whole rate at the last step of the warm-up', () => {
    expectClose(rates({ name: 'constant', warmup: 4 }, [0, 1, 3, 4]), [0.05, 0.1, 0.2, 0.2]);
  });

  it('follows half a cosine from the end of the warm-up to the end of the last epoch', () => {
    const cosine = { name: 'cosine', warmup: 8, minimum: 0.02 };
    // 32 steps remain; after a quarter of them the cosine is at cos(π / 4).
    expectClose(rates(cosine, [8, 16, 24, 40, 99]), [
      0.2,
      0.02 + 0.09 * (1 + Math.SQRT1_2),
      0.11,
      0.02,
      0.02,
    ]);
  });

  it('warms up over a share of all steps', () => {
    const share = { name: 'cosine', warmupShare: 0.2, minimum: 0.02 };
    const steps = [0, 3, 7, 8, 16, 24, 40];
    expectClose(rates(share, steps), rates({ name: 'cosine', warmup: 8, minimum: 0.02 }, steps));
    expect(parseSchedule({ name: 'cosine', warmup: 5, warmupShare: 0 }, 'x')).toEqual({
      name: 'cosine',
      warmup: 5,
      minimum: 0,
    });
  });

  it("decays by epochs as PyTorch's StepLR and ExponentialLR do", () => {
    const step = { name: 'step', every: 2, gamma: 0.5 };
    expectClose(rates(step, [0, 19, 20, 39, 40]), [0.2, 0.2, 0.1, 0.1, 0.05]);
    const exponential = { name: 'exponential', gamma: 0.5 };
    expectClose(rates(exponential, [9, 10, 30]), [0.2, 0.1, 0.025]);
  });
});

describe('parseSchedule', () => {
  it.each([
    [{ name: 'linear' }, 'name is "linear", expected one of "constant", "cosine", "step"'],
    [{ name: 'step', gamma: 0 }, 'gamma is 0, expected a number above 0 and up to 1'],
    [{ name: 'cosine', warmup: -1 }, 'warmup is -1, expected an integer of at least 0'],
    [{ name: 'step', warmupShare: 1.5 }, 'warmupShare is 1.5, expected a number from 0 to 1'],
    [{ name: 'step', warmup: 3, warmupShare: 0.1 }, 'warmup and warmupShare were both given'],
    [{ name: 'constant', gamma: 1 }, 'unknown key "gamma"'],
  ])('refuses %j', (json, message) => {
    expect(() => parseSchedule(json, 'x')).toThrow(message);
  });
});
