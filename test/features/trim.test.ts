import { describe, expect, it } from 'vitest';
import { metadataOf } from '../../src/export/metadata.js';
import { preprocessorConfig } from '../../src/export/hugging-face.js';
import { extractSet, trimOfSamples } from '../../src/features/extract.js';
import { frameLevels } from '../../src/features/levels.js';
import { normaliseUtterance } from '../../src/features/normalise.js';
import { defaultFeatureSet } from '../../src/features/sets/registry.js';
import { keptFrames, overAllFrames } from '../../src/features/trim.js';
import { featuresAgain, featuresOfFile, featuresOfSamples } from '../../src/features/utterance.js';
import { readModel, writeModel } from '../../src/model/folder.js';
import { encodeWav } from '../../src/audio/wav.js';
import { tinyModel } from '../model/tiny-model.js';
import { MemoryFiles } from '../support/memory-files.js';
import { tinySet } from './tiny-set.js';

const { dimensions: F } = defaultFeatureSet;

/** A tone of 0.28 s after a soft one of 50 ms, with silence on either side, on an offset: 0.56 s. */
const tone = Float32Array.from({ length: 9000 }, (_, n) => {
  const level = n >= 2000 && n < 6500 ? 0.3 : n >= 1200 && n < 2000 ? 0.003 : 0;
  return level * Math.sin((2 * Math.PI * 180 * n) / 16_000) + 0.02;
});

/** `level` of `pitch` in the specification's voice_oracle.py, for `tone`. */
const expected = [
  ...[-66.069883, -66.025905, -66.025905, -66.025905, -66.025905, -65.909356, -61.476663],
  ...[-57.645612, -57.134224, -57.134245, -38.015681, -22.495921, -18.178764, -17.734394],
  ...[-17.734296, -17.734282, -17.734297, -17.734284, -17.734285, -17.734296, -17.734282],
  ...[-17.734297, -17.734284, -17.734285, -17.734296, -17.734282, -17.734297, -17.734284],
  ...[-17.734285, -17.734296, -17.734282, -17.734297, -17.734284, -17.734285, -17.734296],
  ...[-17.734282, -17.734297, -17.734284, -17.758739, -19.213512, -26.79063, -55.066084],
  ...Array.from({ length: 12 }, () => -66.025905),
];

/** The specification's words, literally. */
function twin(levels: readonly number[], trimDb: number): [number, number] {
  const highest = Math.max(...levels);
  const loud = [...levels.keys()].filter((t) => levels[t]! >= highest - trimDb);
  const kept = [...levels.keys()].filter((t) => t >= loud[0]! - 3 && t <= loud.at(-1)! + 3);
  return [kept[0]!, kept.at(-1)! + 1];
}

describe('levels', () => {
  it('are those of the oracle', () => {
    const levels = frameLevels(tone, 54, defaultFeatureSet);
    expect(levels).toHaveLength(expected.length);
    for (const [t, level] of expected.entries()) expect(levels[t]).toBeCloseTo(level, 4);
  });

  it('are of 40 ms at any rate', () => {
    const set = tinySet(); // 8 kHz, a frame every 12.5 ms
    const half = Float32Array.from({ length: 800 }, (_, n) => Math.sin(n * 0.7) * 0.5);
    const levels = frameLevels(half, set.frames(800), set);
    const mean = half.reduce((sum, x) => sum + x, 0) / 800;
    const energy = Array.from({ length: 320 }, (_, i) => {
      const w = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / 319);
      return (w * (half[200 - 60 + i]! - mean)) ** 2; // frame 2 begins at 200, its 40 ms 60 before
    }).reduce((sum, x) => sum + x, 1e-9);
    expect(levels[2]).toBeCloseTo(10 * Math.log10(energy / 320 + 1e-10), 9);
  });
});

describe('the frames that are kept', () => {
  it.each([0, 3, 10, 35, 45, 48, 60, 200])('at %d dB are those of the specification', (trimDb) => {
    const { start, end } = keptFrames(expected, trimDb);
    expect([start, end]).toEqual(twin(expected, trimDb));
  });

  it('are those that numpy finds', () => {
    expect(keptFrames(expected, 0)).toEqual({ start: 12, end: 39 });
    expect(keptFrames(expected, 10)).toEqual({ start: 8, end: 44 });
    expect(keptFrames(expected, 35)).toEqual({ start: 7, end: 44 });
    expect(keptFrames(expected, 60)).toEqual({ start: 0, end: 54 });
  });

  it('are never none', () => {
    expect(keptFrames([-66], 0)).toEqual({ start: 0, end: 1 });
    expect(keptFrames([-66, -66, -66], 0)).toEqual({ start: 0, end: 3 });
    expect(keptFrames([-90, -90, -90, -90, -90, -10, -90], 5)).toEqual({ start: 2, end: 7 });
  });
});

describe('trimmed features', () => {
  it('are rows of the whole, normalised over themselves', async () => {
    const whole = await featuresOfSamples(tone);
    const own = await featuresOfSamples(tone, 16_000, 'tone', defaultFeatureSet, 35);
    expect(whole.trim).toBeUndefined();
    expect(own.trim).toEqual({ start: 7, total: 54 });
    expect(own.frames).toBe(37);
    expect(own.features).toEqual(whole.features.subarray(7 * F, 44 * F));
    const error = normaliseUtterance(own.features).map((x, i) => x - own.normalised[i]!);
    expect(Math.max(...error.map(Math.abs))).toBeLessThan(1e-4);
    expect(own.normalised).not.toEqual(whole.normalised.subarray(7 * F, 44 * F));
    expect(own.seconds).toBe(whole.seconds);
    expect(trimOfSamples(tone, defaultFeatureSet, 35)).toEqual({ start: 7, end: 44, total: 54 });
    expect(trimOfSamples(tone, defaultFeatureSet, null)).toBeUndefined();
  });

  it('of a silent recording, and of one frame, are all', async () => {
    const silent = await extractSet(defaultFeatureSet, new Float32Array(4000), 'silent', 35);
    expect([silent.frames, silent.trim]).toEqual([23, { start: 0, total: 23 }]);
    const one = await extractSet(defaultFeatureSet, tone.subarray(2000, 2400), 'one', 0);
    expect([one.frames, one.trim]).toEqual([1, { start: 0, total: 1 }]);
  });

  it('put a number a frame back where it belongs', () => {
    const trim = { start: 1, total: 4 };
    expect([...overAllFrames(Float32Array.of(1, 2), trim)]).toEqual([0, 1, 2, 0]);
    expect([...overAllFrames(Float32Array.of(1, 2, 3, 4), trim, 2)]).toEqual([
      0, 0, 1, 2, 3, 4, 0, 0,
    ]);
    const all = Float32Array.of(1, 2);
    expect(overAllFrames(all, undefined)).toBe(all);
  });
});

describe('the cache', () => {
  const entries = (files: MemoryFiles) => files.paths().filter((path) => path.startsWith('c/'));

  it('keeps trimmed features apart, with where they lie, and the old entries', async () => {
    const files = new MemoryFiles({ 'a.wav': encodeWav(tone, 16_000) });
    await featuresOfFile(files, 'a.wav', { cache: 'c' });
    const [before] = entries(files);
    await featuresOfFile(files, 'a.wav', { cache: 'c', trimDb: null });
    expect(entries(files)).toEqual([before]);
    const own = await featuresOfFile(files, 'a.wav', { cache: 'c', trimDb: 35 });
    expect(entries(files)).toHaveLength(2);
    await featuresOfFile(files, 'a.wav', { cache: 'c', trimDb: 10 });
    expect(entries(files)).toHaveLength(3);
    files.log.length = 0;
    expect(await featuresOfFile(files, 'a.wav', { cache: 'c', trimDb: 35 })).toEqual(own);
    expect(own.trim).toEqual({ start: 7, total: 54 });
    expect(files.log.filter((line) => line.startsWith('write'))).toEqual([]);
    const again = await featuresAgain(files, 'a.wav', own.digest, { cache: 'c', trimDb: 35 });
    expect(again.features).toEqual(own.features);
  });
});

describe('a model that trims', () => {
  const trained = { ...tinyModel(), trimDb: 35 };

  it('is alstm-model-2, and is read back', async () => {
    const files = new MemoryFiles();
    await writeModel(files, 'm', trained);
    const config = JSON.parse(new TextDecoder().decode(await files.read('m/config.json'))) as {
      format: string;
      features: unknown;
    };
    expect(config).toMatchObject({
      format: 'alstm-model-2',
      features: { set: 'prosody36', trimDb: 35 },
    });
    expect(await readModel(files, 'm')).toEqual(trained);
  });

  it('says so in exports', () => {
    expect(preprocessorConfig(trained)).toMatchObject({ trim_db: 35 });
    expect(preprocessorConfig(tinyModel())).not.toHaveProperty('trim_db');
    expect(metadataOf(trained)['alstm.trimming']).toContain('within 35 dB');
    expect(JSON.parse(metadataOf(trained)['alstm.features_json'] ?? '')).toMatchObject({
      trimDb: 35,
    });
    expect(metadataOf(tinyModel())).not.toHaveProperty('alstm.trimming');
  });

  it.each([null, undefined])('is alstm-model-1 where trimDb is %s', async (trimDb) => {
    const files = new MemoryFiles();
    await writeModel(files, 'm', { ...tinyModel(), ...(trimDb === null && { trimDb }) });
    expect(new TextDecoder().decode(await files.read('m/config.json'))).toContain('alstm-model-1');
    expect(await readModel(files, 'm')).toEqual(tinyModel());
  });
});
