import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.js';
import {
  atTemperature,
  calibrationError,
  coverageAt,
  fitTemperature,
} from '../../src/metrics/calibration.js';

/** Answers whose truth is drawn by probabilities, which a temperature then distorts. */
function drawn(count: number, temperature: number) {
  const random = new Random(7, 'calibration');
  const honest = Array.from({ length: count }, () =>
    atTemperature(
      Array.from({ length: 4 }, () => Math.exp(2 * random.normal())),
      1,
    ),
  );
  const truth = honest.map((own) => {
    let left = random.next();
    const found = own.findIndex((p) => (left -= p) < 0);
    return found === -1 ? own.length - 1 : found;
  });
  return { truth, probabilities: honest.map((own) => atTemperature(own, 1 / temperature)) };
}

describe('a temperature', () => {
  it('is softmax(logits / T)', () => {
    const logits = [2, 1, -1];
    const softmax = (t: number) => {
      const e = logits.map((x) => Math.exp(x / t));
      return e.map((x) => x / e.reduce((a, b) => a + b, 0));
    };
    for (const t of [0.5, 1, 3]) {
      atTemperature(softmax(1), t).forEach((p, c) => expect(p).toBeCloseTo(softmax(t)[c]!, 12));
    }
    expect(atTemperature([1, 0], 2)).toEqual([1, 0]);
  });

  it.each([0.5, 1, 2.5])('%d is found from answers that it distorted', (temperature) => {
    const answers = drawn(20_000, temperature);
    expect(fitTemperature(answers)).toBeGreaterThan(0.95 * temperature);
    expect(fitTemperature(answers)).toBeLessThan(1.05 * temperature);
  });

  it('that fits lowers the calibration error', () => {
    const { truth, probabilities } = drawn(20_000, 2.5);
    const t = fitTemperature({ truth, probabilities });
    const tempered = probabilities.map((own) => atTemperature(own, t));
    expect(calibrationError({ truth, probabilities })).toBeGreaterThan(0.1);
    expect(calibrationError({ truth, probabilities: tempered })).toBeLessThan(0.012);
  });

  it('stays within bounds where all answers are right, or wrong and certain', () => {
    expect(fitTemperature({ truth: [0], probabilities: [[0.9, 0.1]] })).toBeLessThan(0.1);
    expect(fitTemperature({ truth: [1], probabilities: [[1, 0]] })).toBeGreaterThan(0);
  });
});

describe('the calibration error', () => {
  it('is the mean distance of confidence and accuracy over the bins', () => {
    const probabilities = [
      [0.95, 0.05],
      [0.95, 0.05],
      [0.65, 0.35],
      [0.35, 0.65],
    ];
    // bin 9: confidence 0.95, one of two right; bin 6: 0.65, both right
    const truth = [0, 1, 0, 1];
    const expected = (2 * Math.abs(0.5 - 0.95) + 2 * Math.abs(1 - 0.65)) / 4;
    expect(calibrationError({ truth, probabilities })).toBeCloseTo(expected, 12);
    const weights = [1, 0.5, 1, 1];
    const weighted = (Math.abs(1 - 1.5 * 0.95) + Math.abs(2 - 2 * 0.65)) / 3.5;
    expect(calibrationError({ truth, probabilities, weights })).toBeCloseTo(weighted, 12);
  });

  it('is that of a certain model: its share of wrong answers', () => {
    const probabilities = [
      [1, 0],
      [1, 0],
      [0, 1],
      [1, 0],
    ];
    expect(calibrationError({ truth: [0, 1, 1, 0], probabilities })).toBe(0.25);
  });

  it('needs answers', () => {
    expect(() => calibrationError({ truth: [], probabilities: [] })).toThrow('no answers');
    expect(() => fitTemperature({ truth: [], probabilities: [] })).toThrow('no answers');
  });
});

describe('coverage', () => {
  const answers = {
    truth: [0, 1, 0, 1],
    probabilities: [
      [0.9, 0.1],
      [0.8, 0.2],
      [0.6, 0.4],
      [0.5, 0.5],
    ],
  };

  it.each([
    [0.5, 1, 0.5],
    [0.6, 0.75, 2 / 3],
    [0.85, 0.25, 1],
    [0.95, 0, NaN],
  ])('at %d is %d, with accuracy %d', (threshold, coverage, accuracy) => {
    expect(coverageAt(answers, threshold)).toEqual({ coverage, accuracy });
  });

  it('counts answers by their weights', () => {
    const weights = [2, 1, 1, 0.5];
    expect(coverageAt({ ...answers, weights }, 0.6)).toEqual({
      coverage: 4 / 4.5,
      accuracy: 3 / 4,
    });
  });
});
