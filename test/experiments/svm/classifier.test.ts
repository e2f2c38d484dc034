import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { softmax, trainSvm } from '../../../src/experiments/svm/classifier.js';
import { loadLibsvm } from '../../../src/platform/node/libsvm.js';

interface Case {
  readonly classes: number;
  readonly cost: number;
  readonly gamma: number;
  readonly rows: number[][];
  readonly labels: number[];
  readonly test: number[][];
  readonly supports: number;
  readonly predictions: number[];
  readonly decisions: number[][] | number[];
}

const cases = JSON.parse(await readFile('test/fixtures/statistics/svm.json', 'utf8')) as Case[];

describe('a support vector classifier', () => {
  it.each(cases)('of $classes classes decides as scikit-learn', async (own) => {
    const solve = await loadLibsvm();
    const rows = own.rows.map((row) => Float64Array.from(row));
    const { cost: c, gamma } = own;
    const svm = trainSvm(solve, rows, own.labels, own.classes, { c, gamma });
    const scores = own.test.map((row) => svm.decide(Float64Array.from(row)));
    const predicted = scores.map((row) => row.indexOf(Math.max(...row)));
    expect(predicted).toEqual(own.predictions);
    expect(svm.supports).toBe(own.supports);
    own.decisions.forEach((expected, i) => {
      if (typeof expected === 'number') {
        expect(Math.sign(scores[i]![1]! - scores[i]![0]!)).toBe(Math.sign(expected));
        return;
      }
      // both stop at a tolerance of 1e-3
      expected.forEach((value, k) => expect(scores[i]![k]).toBeCloseTo(value, 3));
    });
    for (const row of scores) {
      const probabilities = softmax(row);
      expect(probabilities.reduce((sum, x) => sum + x)).toBeCloseTo(1, 12);
      expect(probabilities.indexOf(Math.max(...probabilities))).toBe(row.indexOf(Math.max(...row)));
    }
  });

  it('takes 0.3 / dimensions where no gamma is given', async () => {
    const solve = await loadLibsvm();
    const rows = [0, 1, 2, 3].map((x) => Float64Array.of(x, -x, 0));
    expect(trainSvm(solve, rows, [0, 0, 1, 1], 2, { c: 2 }).gamma).toBeCloseTo(0.1, 15);
  });
});

describe('libsvm', () => {
  it('leaves the process as it was', async () => {
    const before = process.listeners('unhandledRejection');
    await loadLibsvm();
    expect(process.listeners('unhandledRejection')).toEqual(before);
    expect(typeof globalThis.fetch).toBe('function');
  });
});
