import { describe, expect, it } from 'vitest';
import { CorpusError } from '../../src/core/errors.js';
import { Random } from '../../src/core/random.js';
import { normaliseAll, normalisationOf, normaliseUtterance } from '../../src/features/normalise.js';
import { FEATURE_COUNT } from '../../src/features/sets/prosody36/settings.js';
import { statisticsOf } from '../../src/features/statistics.js';

const F = FEATURE_COUNT;
const CONSTANT = 7;
const random = new Random(4, 'normalise');

/** Raw features with means and deviations of their own; column 7 is 2.5 throughout. */
function matrix(frames: number, shift: number): Float32Array {
  const value = (column: number) => shift * column + (1 + column) * random.normal();
  return Float32Array.from({ length: frames * F }, (_, i) =>
    i % F === CONSTANT ? 2.5 : value(i % F),
  );
}

const raw = [matrix(12, 1), matrix(30, -2), matrix(7, 3), matrix(1, 0)];
const speakers = ['ann', 'bob', 'ann', 'cid'];

/** What a frame's feature becomes among the frames of `group`, by the definition. */
function direct(features: Float32Array, group: readonly Float32Array[]): number[] {
  const column = (c: number) => group.flatMap((own) => [...own].filter((_, i) => i % F === c));
  const columns = Array.from({ length: F }, (_, c) => column(c));
  return Array.from(features, (x, i) => {
    const values = columns[i % F] ?? [];
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
    return variance < 1e-16 ? 0 : (x - mean) / Math.sqrt(variance);
  });
}

function expectClose(got: Float32Array | undefined, expected: readonly number[]): void {
  expect(got).toHaveLength(expected.length);
  expected.forEach((x, i) => expect(Math.abs((got?.[i] ?? NaN) - x)).toBeLessThan(1e-5));
}

describe('normaliseAll', () => {
  it('by utterance: each over its own frames', () => {
    const normalised = normaliseAll({ scope: 'utterance' }, raw, []);
    raw.forEach((own, i) => {
      expectClose(normalised[i], direct(own, [own]));
      expect(normalised[i]).toEqual(normaliseUtterance(own));
    });
  });

  it('by speaker: over all frames of all utterances of the speaker', () => {
    const normalised = normaliseAll({ scope: 'speaker' }, raw, speakers);
    raw.forEach((own, i) => {
      const group = raw.filter((_, j) => speakers[j] === speakers[i]);
      expectClose(normalised[i], direct(own, group));
    });
  });

  it('by training: with the numbers of the training side, whatever the utterances', () => {
    const training = [matrix(20, 2), matrix(9, 0)];
    const normalisation = normalisationOf('training', training);
    const normalised = normaliseAll(normalisation, raw, []);
    raw.forEach((own, i) => {
      const expected = direct(own, training);
      expectClose(normalised[i], expected);
      expect(expected.some((x) => Math.abs(x) > 1)).toBe(true);
    });
  });

  it.each(['utterance', 'speaker', 'training'] as const)(
    'by %s: a constant column becomes 0, and the raw features stay unless overwritten',
    (scope) => {
      const own = raw.map((features) => features.slice());
      const normalisation = normalisationOf(scope, own);
      const normalised = normaliseAll(normalisation, own, speakers);
      for (const features of normalised) {
        expect(features.every((x, i) => i % F !== CONSTANT || x === 0)).toBe(true);
      }
      expect(own).toEqual(raw);
      const written = normaliseAll(normalisation, own, speakers, { overwrite: true });
      expect(written).toEqual(normalised);
      written.forEach((features, i) => expect(features).toBe(own[i]));
    },
  );

  it('refuses an utterance without a speaker where that decides, and nowhere else', () => {
    const anonymous = ['ann', undefined, 'ann', 'cid'];
    expect(() => normaliseAll({ scope: 'speaker' }, raw, anonymous)).toThrow(CorpusError);
    expect(() => normaliseAll({ scope: 'speaker' }, raw, anonymous)).toThrow(
      'utterance 1 has no speaker',
    );
    expect(normaliseAll({ scope: 'utterance' }, raw, anonymous)).toHaveLength(4);
  });
});

describe('statisticsOf', () => {
  it('keeps small deviations beside large means', () => {
    const frames = 1000;
    const values = Float32Array.from({ length: frames * F }, (_, i) =>
      Math.floor(i / F) % 2 === 0 ? 4096 : 4096.25,
    );
    const { mean, deviation } = statisticsOf(
      [values.subarray(0, 300 * F), values.subarray(300 * F)],
      F,
    );
    for (let column = 0; column < F; column++) {
      expect(mean[column]).toBeCloseTo(4096.125, 9);
      expect(deviation[column]).toBeCloseTo(0.125, 9);
    }
  });
});
