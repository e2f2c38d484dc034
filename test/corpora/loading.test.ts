import { describe, expect, it } from 'vitest';
import { AudioError, CorpusError, FileError } from '../../src/core/errors.js';
import {
  loadCorpus,
  loadTestData,
  loadTrainingData,
  type DataSource,
} from '../../src/data/source.js';
import { MemoryFiles } from '../support/memory-files.js';
import { allOf } from '../data/rows.js';
import { recording } from './stand-ins.js';

const columns = 'path,emotion,speaker,gender\n';
const source: DataSource = { corpus: 'manifest', path: 'm.csv', seed: 0 };
const labels = { emotion: ['joy', 'rage'] };

/** Recordings of 0.05 s, 0.06 s and so on: two speakers, two emotions; `broken` are no audio. */
function corpus(broken: readonly number[] = [], count = 8): MemoryFiles {
  const rows = Array.from({ length: count }, (_, i) => ({
    path: `${i}.wav`,
    line: `${i}.wav,${i % 2 === 0 ? 'joy' : 'rage'},${i < count / 2 ? 'ann' : 'bob'},\n`,
    bytes: broken.includes(i) ? new TextEncoder().encode('no audio') : recording(0.05 + 0.01 * i),
  }));
  return new MemoryFiles({
    'm.csv': columns + rows.map(({ line }) => line).join(''),
    ...Object.fromEntries(rows.map(({ path, bytes }) => [path, bytes])),
  });
}

function told(): { lines: string[]; warn: (line: string) => void } {
  const lines: string[] = [];
  return { lines, warn: (line) => void lines.push(line) };
}

describe('a recording that cannot be used', () => {
  it('is reported and skipped in training and test', async () => {
    const files = corpus([1]);
    await files.write('3.wav', recording(0.01)); // too short
    await files.write('7.wav', '');
    const { lines, warn } = told();
    const steps: string[] = [];
    const onProgress = (done: number, total: number) => steps.push(`${done}/${total}`);
    const { training, validation } = await loadTrainingData(files, source, { warn, onProgress });
    const used = [...training.paths, ...validation.paths].sort();
    expect(used).toEqual([0, 2, 4, 5, 6].map((i) => `${i}.wav`));
    expect((await allOf(training)).length).toBe(training.paths.length);
    expect(steps.at(-1)).toBe('8/8');
    expect(lines.toSorted()).toEqual([
      expect.stringMatching(/^skipped: 1\.wav: not an audio file of a known format/),
      expect.stringMatching(/^skipped: 3\.wav: 10 ms of audio is too short/),
      'skipped: 7.wav: the file is empty',
    ]);
    const test = await loadTestData(files, { ...source, testSpeakers: ['ann'] }, labels, {});
    expect(test.paths).toEqual(['0.wav', '2.wav']);
    expect([...test.targets['emotion']!]).toEqual([0, 0]);
  });

  it('also where the file system refuses it', async () => {
    const files = corpus();
    files.failOn((op, path) =>
      op === 'read' && path === '2.wav'
        ? new FileError('cannot read 2.wav: disk error')
        : undefined,
    );
    const { lines, warn } = told();
    const test = await loadTestData(files, source, labels, { warn });
    expect(test.paths).not.toContain('2.wav');
    expect(lines).toEqual(['skipped: cannot read 2.wav: disk error']);
    const strict = loadTestData(files, { ...source, strict: true }, labels);
    await expect(strict).rejects.toThrow(FileError);
  });

  it('is fatal with strict', async () => {
    const own = { ...source, strict: true };
    for (const load of [loadTrainingData, loadCorpus]) {
      await expect(load(corpus([1]), own)).rejects.toThrow(AudioError);
      await expect(load(corpus(), own)).resolves.toBeDefined();
    }
    await expect(loadTestData(corpus([1]), own, labels)).rejects.toThrow(AudioError);
  });

  it('is one of a count after the fifth', async () => {
    const { lines, warn } = told();
    await loadTestData(corpus([0, 1, 2, 3, 4, 5, 6]), source, labels, { warn });
    expect(lines).toHaveLength(6);
    expect(lines[5]).toBe('skipped: 2 more');
  });

  it('takes its label with it where it was the only one', async () => {
    const files = corpus([1, 3, 5, 7], 8);
    const data = await loadTrainingData(files, { ...source, validationSpeakers: ['bob'] });
    expect(data.labels['emotion']).toEqual(['joy']);
    expect(data.training.paths).toEqual(['0.wav', '2.wav']);
  });

  it('ends the work where nothing of a side is left', async () => {
    const files = corpus([0, 1, 2, 3]);
    const training = loadTrainingData(files, { ...source, validationSpeakers: ['bob'] });
    await expect(training).rejects.toThrow(CorpusError);
    await expect(training).rejects.toThrow(
      /^none of the 4 recordings of the training side can be used \(0\.wav: not an audio file/,
    );
    const validation = loadTrainingData(files, { ...source, validationSpeakers: ['ann'] });
    await expect(validation).rejects.toThrow('none of the 4 recordings of the validation side');
    const test = loadTestData(files, { ...source, testSpeakers: ['ann'] }, labels);
    await expect(test).rejects.toThrow('none of the 4 recordings of the test side');
    const long = loadCorpus(files, { ...source, minSeconds: 5 });
    await expect(long).rejects.toThrow('none of the 8 recordings of the manifest corpus');
  });
});

describe('loadCorpus', () => {
  it('gives all that can be used of every side, and what is not', async () => {
    const files = corpus([6]);
    const { lines, warn } = told();
    const filters = { minSeconds: 0.06, maxSeconds: 0.115, merge: { rage: 'ire' } };
    const loaded = await loadCorpus(files, { ...source, ...filters }, { warn });
    const paths = [1, 2, 3, 4, 5].map((i) => `${i}.wav`);
    expect(loaded.utterances.map(({ path }) => path)).toEqual(paths);
    expect(loaded.corpus.utterances).toBe(loaded.utterances);
    expect(loaded.utterances[0]?.labels['emotion']).toBe('ire');
    expect(loaded.items.map(({ seconds }) => seconds.toFixed(2))).toEqual([
      '0.06',
      '0.07',
      '0.08',
      '0.09',
      '0.10',
    ]);
    for (const { matrix, read } of loaded.items) expect(await read('normalised')).toBe(matrix);
    expect(loaded.skipped.map(({ path }) => path)).toEqual(['6.wav']);
    expect(loaded.corpus.leftOut).toEqual([
      { path: '0.wav', reason: 'shorter than 0.06 s' },
      { path: '7.wav', reason: 'longer than 0.115 s' },
    ]);
    expect(lines).toEqual([
      expect.stringMatching(/^skipped: 6\.wav/),
      'skipped: 1 longer than 0.115 s',
      'skipped: 1 shorter than 0.06 s',
    ]);
  });

  it('holds raw features too where another normalisation is to come', async () => {
    const { items } = await loadCorpus(corpus(), { ...source, normalise: 'training' });
    const [item] = items;
    const [features, normalised] = [await item?.read('features'), await item?.read('normalised')];
    expect(item?.matrix).toBe(features);
    expect(features?.length).toBe(normalised?.length);
    expect(features).not.toEqual(normalised);
  });

  it('tells the notes of the corpus and what its reader skips', async () => {
    const files = new MemoryFiles({
      'c/1001_DFA_ANG_XX.wav': recording(),
      'c/odd.wav': recording(),
    });
    const { lines, warn } = told();
    const { skipped } = await loadCorpus(files, { corpus: 'cremad', path: 'c', seed: 0 }, { warn });
    expect(skipped.map(({ path }) => path)).toEqual(['c/odd.wav']);
    expect(lines).toEqual([
      'there is no c/VideoDemographics.csv: genders are unknown',
      expect.stringMatching(/^skipped: c\/odd\.wav: not named like CREMA-D/),
    ]);
  });
});
