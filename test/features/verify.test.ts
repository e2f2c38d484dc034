import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AudioError, FormatError } from '../../src/core/errors.js';
import { readSafetensors, type StoredTensor } from '../../src/core/safetensors.js';
import { extractFeatures } from '../../src/features/extract.js';
import {
  COLUMN,
  FEATURE_COUNT,
  FEATURE_NAMES,
} from '../../src/features/sets/prosody36/settings.js';
import { compareFeatures, verifyFeatures } from '../../src/features/sets/prosody36/verify.js';

const folder = new URL('../fixtures/features/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));

const read = (name: string) => readSafetensors(readFileSync(new URL(name, folder)));

/** A fixture's tensors with some replaced. */
function changed(name: string, replaced: Record<string, StoredTensor | undefined>) {
  const tensors = new Map<string, StoredTensor>(read(name).tensors);
  for (const [key, tensor] of Object.entries(replaced)) {
    if (tensor === undefined) tensors.delete(key);
    else tensors.set(key, tensor);
  }
  return tensors;
}

const floats = (data: Float32Array, ...shape: number[]): StoredTensor => ({
  dtype: 'F32',
  shape,
  data,
});

describe('the oracle', () => {
  it('has its fixtures here, and its names for the columns', () => {
    expect(names.length).toBeGreaterThanOrEqual(7);
    for (const name of names) {
      expect(read(name).metadata['names']).toBe(FEATURE_NAMES.join(','));
    }
  });

  it.each(names)('agrees on %s, far within its tolerances', (name) => {
    const { error, tolerance } = verifyFeatures(read(name).tensors, name);
    expect(error).toBeLessThan(tolerance / 100);
  });
});

describe('compareFeatures', () => {
  const expected = read('speech_1.safetensors').tensors;
  const samples = expected.get('input/samples')?.data as Float32Array;
  const right = extractFeatures(samples);

  /** The features with one column changed, on every n-th frame. */
  function off(column: number, change: (x: number) => number, everyNth = 1) {
    const features = right.features.map((x, i) => {
      const frame = Math.floor(i / FEATURE_COUNT);
      return i % FEATURE_COUNT === column && frame % everyNth === 0 ? change(x) : x;
    });
    return compareFeatures({ ...right, features }, expected);
  }

  it('names the column that is off, and by how much', () => {
    const worst = off(COLUMN.mfcc + 2, (x) => x * 1.001);
    expect(worst.tensor).toBe('expect/features: mfcc_3');
    expect(worst.error).toBeCloseTo(1e-3, 5);
    expect(worst.tolerance).toBe(1e-4);
  });

  it('lets 2% of the frames have another pitch, and no more', () => {
    const pitch = (everyNth: number) => off(COLUMN.pitch, (hz) => hz + 50, everyNth);
    expect(pitch(60).error).toBeLessThan(pitch(60).tolerance);
    const worst = pitch(40);
    expect(worst.error).toBeGreaterThan(worst.tolerance);
    expect(worst.tensor).toBe('expect/features: share of frames off in pitch');
  });

  it('takes NaN for the worst there is', () => {
    for (const column of [COLUMN.energy, COLUMN.harmonicRatio]) {
      const { error, tolerance } = off(column, () => NaN);
      expect(error <= tolerance).toBe(false);
    }
  });

  it('looks at the normalised features too', () => {
    const normalised = right.normalised.map((x, i) => (i % FEATURE_COUNT === 0 ? 2 * x : x));
    const worst = compareFeatures({ ...right, normalised }, expected);
    expect(worst.tensor).toBe('expect/normalised: zcr');
    expect(worst.error).toBeCloseTo(1, 5);
  });
});

describe('bad fixtures', () => {
  const verify = (replaced: Record<string, StoredTensor | undefined>) => () =>
    verifyFeatures(changed('one_frame.safetensors', replaced), 'x.safetensors');

  it('names a tensor that is missing', () => {
    expect(verify({ 'expect/features': undefined })).toThrow(FormatError);
    expect(verify({ 'expect/features': undefined })).toThrow(
      'x.safetensors: there is no tensor expect/features',
    );
  });

  it('names a tensor of another type or shape', () => {
    const integers: StoredTensor = { dtype: 'I32', shape: [1, 36], data: new Int32Array(36) };
    expect(verify({ 'expect/features': integers })).toThrow('is I32, not F32');
    const two = floats(new Float32Array(72), 2, 36);
    expect(verify({ 'expect/normalised': two })).toThrow(/has shape \[2, 36\].*give \[1, 36\]/);
  });

  it('says where NaN stands in what is expected', () => {
    const data = new Float32Array(36);
    data[COLUMN.pitch] = NaN;
    const replaced = { 'expect/features': floats(data, 1, 36) };
    expect(verify(replaced)).toThrow('expect/features is NaN at frame 0, pitch');
  });

  it('refuses NaN in the samples', () => {
    const replaced = { 'input/samples': floats(new Float32Array(400).fill(NaN), 400) };
    expect(verify(replaced)).toThrow(AudioError);
  });
});
