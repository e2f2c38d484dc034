/**
 * `fixtures/exact/rows.safetensors` holds the rows in float64 as the sets first computed them, term by term as
 * their definitions say, of the first 9600 samples of the made-up speech in `fixtures/voice`. However they are
 * computed since, they stay the same.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/core/safetensors.js';
import { featureSet } from '../../src/features/sets/registry.js';

const read = (path: string) =>
  readSafetensors(readFileSync(new URL(`../fixtures/${path}`, import.meta.url))).tensors;

const rows = read('exact/rows.safetensors');
const speech = read('voice/speech_1.safetensors').get('input/samples')?.data as Float32Array;

describe.each(['prosody36', 'voice20', 'logmel40'])('%s', (id) => {
  const set = featureSet(id);
  const expected = rows.get(id)?.data as Float64Array;

  it('gives the same values as ever within 1e-12 of each, or of its column where that crosses zero', async () => {
    const got = await set.extract(speech.subarray(0, 9600), id);
    expect(got).toHaveLength(expected.length);
    const F = set.dimensions;
    const largest = set.names.map((_, f) =>
      expected.reduce((most, x, i) => (i % F === f ? Math.max(most, Math.abs(x)) : most), 0),
    );
    let worst = { error: 0, where: '' };
    expected.forEach((want, i) => {
      const f = i % F;
      // A coefficient near 0 is a sum of terms of its column's size, and no better than they are.
      const error = Math.abs(got[i]! - want) / (Math.abs(want) + 0.01 * largest[f]!);
      if (!(error <= worst.error))
        worst = { error, where: `${set.names[f]}, frame ${Math.floor(i / F)}` };
    });
    expect(worst.error, worst.where).toBeLessThan(1e-12);
  });

  it('rounds to the same float32 values, so that cached features stay valid', async () => {
    const got = await set.extract(speech.subarray(0, 9600), id);
    expect(Float32Array.from(got)).toEqual(Float32Array.from(expected));
  });
});
