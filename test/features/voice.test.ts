import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { AudioError, ConfigError, FormatError } from '../../src/core/errors.js';
import { readSafetensors, type StoredTensor } from '../../src/core/safetensors.js';
import { extractSet } from '../../src/features/extract.js';
import { frameLevels } from '../../src/features/levels.js';
import { columnOf } from '../../src/features/sets/feature-set.js';
import { featureSet } from '../../src/features/sets/registry.js';
import { VOICE_NAMES } from '../../src/features/sets/voice20/settings.js';
import { featuresOfFile } from '../../src/features/utterance.js';
import { verifyFeatureFixture } from '../../src/features/verify.js';
import { MemoryFiles } from '../support/memory-files.js';

const folder = new URL('../fixtures/voice/', import.meta.url);
const fixtures = readdirSync(folder);
const read = (name: string) => readSafetensors(readFileSync(new URL(name, folder)));
const speech = read('speech_1.safetensors');
const samplesOf = (name: string) => read(name).tensors.get('input/samples')?.data as Float32Array;

/** The fixture with values of a column changed, on every n-th frame. */
function off(column: string, change: (x: number) => number, everyNth = 1) {
  const expected = speech.tensors.get('expect/features')!;
  const at = (VOICE_NAMES as readonly string[]).indexOf(column);
  const data = (expected.data as Float32Array).map((x, i) =>
    i % 20 === at && Math.floor(i / 20) % everyNth === 0 ? change(x) : x,
  );
  const tensor: StoredTensor = { dtype: 'F32', shape: expected.shape, data };
  return {
    ...speech,
    tensors: new Map<string, StoredTensor>([...speech.tensors, ['expect/features', tensor]]),
  };
}

describe('the oracle', () => {
  it('has fixtures of each set here, with the names of its columns', () => {
    const sets = fixtures.map((name) => read(name).metadata['set']);
    const own = ['voice20', 'voice56', 'logmel40', 'voice20+delta', 'logmel40+delta'];
    expect(new Set(sets)).toEqual(new Set(own));
    for (const name of fixtures) {
      const { names, set = '' } = read(name).metadata;
      expect(names).toBe(featureSet(set).names.join());
    }
  });

  it.each(fixtures)('agrees on %s, far within its tolerances', async (name) => {
    const { error, tolerance } = await verifyFeatureFixture(read(name), name);
    expect(error).toBeLessThan(tolerance / 100);
  });
});

describe('verifyFeatureFixture', () => {
  it('names the column that is off, and by how much', async () => {
    const worst = await verifyFeatureFixture(off('mfcc_3', (x) => x * 1.001));
    expect(worst.tensor).toBe('expect/features: mfcc_3');
    expect(worst.error).toBeCloseTo(1e-3, 5);
    expect(worst.tolerance).toBe(1e-4);
  });

  it.each(['f0_semitones', 'voiced', 'f0_slope', 'h1_h2_db', 'h1_a3_db'])(
    'lets 2%% of the frames have another %s, and no more',
    async (column) => {
      const few = await verifyFeatureFixture(off(column, (x) => x + 12, 60));
      expect(few.error).toBeLessThan(few.tolerance);
      const many = await verifyFeatureFixture(off(column, (x) => x + 12, 40));
      expect(many.error).toBeGreaterThan(many.tolerance);
      expect(many.tensor).toBe(`expect/features: share of frames off in ${column}`);
    },
  );

  it('refuses other columns, an unknown set and a missing tensor', async () => {
    const withMetadata = (own: Record<string, string>) =>
      verifyFeatureFixture({ ...speech, metadata: { ...speech.metadata, ...own } }, 'x');
    await expect(withMetadata({ names: 'a,b' })).rejects.toThrow(FormatError);
    await expect(withMetadata({ names: 'a,b' })).rejects.toThrow('x: the columns are "a,b"');
    await expect(withMetadata({ set: 'voice99' })).rejects.toThrow(ConfigError);
    const tensors = new Map([...speech.tensors].slice(0, 0));
    await expect(verifyFeatureFixture({ ...speech, tensors }, 'x')).rejects.toThrow(
      'x: there is no tensor input/samples',
    );
  });
});

describe('voice20', () => {
  const voice20 = featureSet('voice20');
  const samples = samplesOf('speech_1.safetensors');

  it('keeps the level of the recording; prosody36 in voice56 does not', async () => {
    const both = featureSet('voice56');
    const loud = await extractSet(both, samples, 'x');
    const half = await extractSet(
      both,
      samples.map((x) => x / 2),
      'x',
    );
    const spoken = (matrix: Float32Array, name: string) => columnOf(both, matrix, name)!;
    const before = spoken(loud.features, 'level_db');
    const most = before.indexOf(Math.max(...before));
    const change = spoken(half.features, 'level_db')[most]! - before[most]!;
    expect(change).toBeCloseTo(-20 * Math.log10(2), 4);
    for (const name of ['energy', 'spectral_centroid', 'mfcc_1', 'pitch']) {
      const [a, b] = [loud, half].map(({ features }) => spoken(features, name)[most]!);
      expect(a).toBeCloseTo(b!, 4);
    }
    expect(both.names).toEqual(expect.arrayContaining(['mfcc_1', 'voice_mfcc_1', 'voice_mfcc_4']));
    expect(new Set(both.names).size).toBe(56);
  });

  it('gets the samples of a file in -1..1, as they were written', async () => {
    const files = new MemoryFiles({ 'a.wav': encodeWav(samples, 16_000) });
    const ofFile = await featuresOfFile(files, 'a.wav', { featureSet: voice20 });
    const { error } = await verifyFeatureFixture({
      ...speech,
      tensors: new Map<string, StoredTensor>([
        ['input/samples', { dtype: 'F32', shape: [samples.length], data: samples }],
        ['expect/features', { dtype: 'F32', shape: [ofFile.frames, 20], data: ofFile.features }],
      ]),
    });
    expect(error).toBeLessThan(1e-5);
  });

  it('refuses NaN, and less than a frame', async () => {
    const bad = samples.slice(0, 800).fill(NaN, 7, 8);
    for (const id of ['voice20', 'logmel40', 'voice56']) {
      const set = featureSet(id);
      await expect(extractSet(set, bad, 'x')).rejects.toThrow('x: sample 7 is NaN');
      await expect(extractSet(set, bad.subarray(0, 300), 'x')).rejects.toThrow(AudioError);
    }
  });

  it('is finite for silence', async () => {
    const { features } = await extractSet(featureSet('voice56+delta'), new Float32Array(4000), 'x');
    expect(features.every(Number.isFinite)).toBe(true);
    expect(features.length).toBe(23 * 112);
  });
});

it('trimming measures the level as the column level_db of voice20', async () => {
  const set = featureSet('voice20');
  for (const name of ['speech_2.safetensors', 'one_frame.safetensors', 'half_silent.safetensors']) {
    const samples = samplesOf(name);
    const { features, frames } = await extractSet(set, samples, name);
    const column = columnOf(set, features, 'level_db')!;
    frameLevels(samples, frames, set).forEach((level, t) =>
      expect(level).toBeCloseTo(column[t]!, 4),
    );
  }
});

describe('deltas', () => {
  it('are found of any registered set, once', () => {
    expect(featureSet('prosody36+delta')).toBe(featureSet('prosody36+delta'));
    expect(featureSet('prosody36+delta')).toMatchObject({
      dimensions: 72,
      hop: 160,
      id: 'prosody36+delta',
    });
    expect(featureSet('prosody36+delta').names[36]).toBe('delta_zcr');
    expect(() => featureSet('prosody36+delta+delta')).toThrow(ConfigError);
    expect(() => featureSet('voice99+delta')).toThrow('known are prosody36, voice20, voice56');
  });
});
