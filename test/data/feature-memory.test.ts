/** Features that do not fit in memory: they come from the cache, to the same bits. */
import { describe, expect, it } from 'vitest';
import { FileError } from '../../src/core/errors.js';
import { labelSets } from '../../src/corpora/labels.js';
import { normalisations, type NormalisationScope } from '../../src/features/normalise.js';
import type { Dataset } from '../../src/data/dataset.js';
import { digestLike, digestOf, digestOfFeatures } from '../../src/data/digest.js';
import { Room, type FeatureMemoryOptions } from '../../src/data/feature-memory.js';
import { datasetOfHeld, normalisationOfHeld } from '../../src/data/held-features.js';
import { loadCorpus, loadTestData, loadTrainingData } from '../../src/data/source.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';
import { corpusFiles } from './corpus-files.js';
import { allOf } from './rows.js';

const corpus = corpusFiles();
/** Of the 60 KB that the features of one side of twelve take: two or three utterances. */
const FEW = 12_000;
const sourceOf = (normalise: NormalisationScope) => ({
  corpus: 'manifest',
  path: 'manifest.csv',
  validationShare: 0.3,
  seed: 0,
  normalise,
});

/** What was told, and the options that tell it. */
function optionsOf(more: FeatureMemoryOptions = {}) {
  const lines: string[] = [];
  const warn = (line: string): void => void lines.push(line);
  return { lines, options: { cache: 'cache', featureMemory: FEW, warn, ...more } };
}

const cached = (files: MemoryFiles): string[] =>
  files.paths().filter((path) => path.startsWith('cache/'));
const isRead = (line: string): boolean => line.startsWith('read cache/');

/** Reads of cache entries that `work` makes. */
async function readsOf(files: MemoryFiles, work: () => Promise<unknown>): Promise<number> {
  const before = files.log.filter(isRead).length;
  await work();
  return files.log.filter(isRead).length - before;
}

describe('a corpus larger than its memory', () => {
  it.each(normalisations)('by %s gives the features of one that is in memory', async (scope) => {
    const files = new MemoryFiles(corpus);
    const { lines, options } = optionsOf();
    const whole = await loadTrainingData(new MemoryFiles(corpus), sourceOf(scope));
    const part = await loadTrainingData(files, sourceOf(scope), options);
    const { normalisation } = whole.training;
    expect(part.training.normalisation).toEqual(normalisation);
    for (const side of ['training', 'validation'] as const) {
      const [a, b] = [whole[side], part[side]];
      expect({ ...b, read: undefined }).toEqual({ ...a, read: undefined });
      expect(await allOf(b)).toEqual(await allOf(a));
      expect(await allOf(b)).toEqual(await allOf(a)); // nothing was written over
      expect(await digestOf(b)).toBe(await digestOf(a));
    }
    const test = { ...(normalisation && { normalisation }) };
    const [a, b] = [
      await loadTestData(files, sourceOf(scope), whole.labels, { ...test }),
      await loadTestData(files, sourceOf(scope), whole.labels, { ...test, ...options }),
    ];
    expect(await allOf(b)).toEqual(await allOf(a));
    expect(lines).toEqual([]);
  });

  it('keeps no more in memory than it may, and reads each of the others once when asked', async () => {
    const files = new MemoryFiles(corpus);
    const { options } = optionsOf();
    const { items } = await loadCorpus(files, sourceOf('utterance'), options);
    const held = items.flatMap(({ matrix }) => matrix?.byteLength ?? []);
    const bytes = held.reduce((sum, own) => sum + own, 0);
    expect(bytes).toBeLessThanOrEqual(FEW);
    expect(held.length).toBeGreaterThan(1);
    const { training } = await loadTrainingData(files, sourceOf('utterance'), options);
    const out = (row: number) => readsOf(files, () => training.read([row]));
    const reads: number[] = [];
    for (const row of training.lengths.keys()) reads.push(await out(row));
    expect(new Set(reads)).toEqual(new Set([0, 1]));
    expect(await readsOf(files, () => allOf(training))).toBe(reads.filter((n) => n > 0).length);
    const inMemory = [...training.lengths].filter((_, row) => reads[row] === 0);
    expect(144 * inMemory.reduce((sum, frames) => sum + frames, 0)).toBeLessThanOrEqual(FEW);
  });

  it.each(['speaker', 'training'] as const)(
    'by %s leaves what several datasets are made of as it was, with room for copies and without',
    async (scope) => {
      const files = new MemoryFiles(corpus);
      const { utterances, items } = await loadCorpus(files, sourceOf(scope));
      const before = await Promise.all(
        items.map(async ({ read }) => (await read('features')).slice()),
      );
      const labels = labelSets(utterances);
      const normalisation = await normalisationOfHeld(scope, items);
      const made = (bytes: number) =>
        datasetOfHeld(normalisation, utterances, items, labels, { room: new Room(bytes) });
      const [none, some, all] = [await made(0), await made(FEW), await made(1e9)];
      const expected = await allOf(all);
      for (const own of [none, some, none, some]) expect(await allOf(own)).toEqual(expected);
      expect(await Promise.all(items.map(({ read }) => read('features')))).toEqual(before);
    },
  );

  it('stays in memory where there is no cache, or none can be written, and says so once', async () => {
    const whole = await loadTrainingData(new MemoryFiles(corpus), sourceOf('training'));
    const without = optionsOf();
    const { featureMemory, warn } = without.options;
    const options = { featureMemory, warn };
    const a = await loadTrainingData(new MemoryFiles(corpus), sourceOf('training'), options);
    expect(without.lines).toEqual([
      'features take more than 12000 bytes of memory: there is no cache to read them from',
    ]);
    const files = new MemoryFiles(corpus);
    files.failOn((op, path) => (op === 'write' ? diskFull(path) : undefined));
    const full = optionsOf();
    const b = await loadTrainingData(files, sourceOf('training'), full.options);
    expect(full.lines.filter((line) => line.includes('of memory'))).toEqual([
      'features take more than 12000 bytes of memory: cache does not keep them',
    ]);
    for (const { training } of [a, b]) {
      expect(await allOf(training)).toEqual(await allOf(whole.training));
    }
    expect(await readsOf(files, () => allOf(b.training))).toBe(0);
  });
});

describe('a cache entry that is needed again', () => {
  async function loaded(): Promise<{
    files: MemoryFiles;
    lines: string[];
    training: Dataset;
    before: readonly Float32Array[];
  }> {
    const files = new MemoryFiles(corpus);
    const { lines, options } = optionsOf({ featureMemory: 0 });
    const { training } = await loadTrainingData(files, sourceOf('speaker'), options);
    return { files, lines, training, before: await allOf(training) };
  }

  it('and is damaged is computed again from the recording, and kept', async () => {
    const { files, lines, training, before } = await loaded();
    for (const path of cached(files)) {
      const bytes = await files.read(path);
      bytes[bytes.length - 3]! ^= 1;
      await files.write(path, bytes);
    }
    expect(await allOf(training)).toEqual(before);
    expect(lines).toHaveLength(training.lengths.length);
    expect(lines[0]).toMatch(/damaged cache entry.*; the features are computed again$/);
    expect(await allOf(training)).toEqual(before);
    expect(lines).toHaveLength(training.lengths.length);
  });

  it('and is gone, too', async () => {
    const { files, lines, training, before } = await loaded();
    await files.remove('cache');
    expect(await allOf(training)).toEqual(before);
    const line = 'features that were in cache/features are gone; they are computed again';
    expect(lines).toEqual(before.map(() => line));
    expect(cached(files)).toHaveLength(training.lengths.length);
  });

  it.each([
    ['cannot be read any more', (files: MemoryFiles, path: string) => files.remove(path)],
    ['is another', (files: MemoryFiles, path: string) => files.write(path, corpus['cid-0.wav']!)],
    ['is none', (files: MemoryFiles, path: string) => files.write(path, 'no audio')],
  ])('where the recording %s ends in one error that names it', async (_, change) => {
    const { files, training } = await loaded();
    await files.remove('cache');
    const path = training.paths[1]!;
    await change(files, path);
    const reading = training.read([1]);
    await expect(reading).rejects.toThrow(FileError);
    await expect(reading).rejects.toThrow(
      `cannot read the features of ${path} again: they are not in the cache cache any more, and `,
    );
    await training.read([0]);
    const together = training.read([0, 1, 2, 3, 4, 5]);
    await expect(together).rejects.toThrow(`cannot read the features of ${path} again`);
    const after = files.log.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(files.log).toHaveLength(after); // nothing is left floating
  });
});

describe('the digest of a dataset', () => {
  const load = (
    scope: NormalisationScope = 'utterance',
    files = new MemoryFiles(corpus),
    options: FeatureMemoryOptions = {},
  ) => loadTrainingData(files, sourceOf(scope), options).then(({ training }) => training);

  it('is of its recordings, and reads no features', async () => {
    const files = new MemoryFiles(corpus);
    const training = await load('utterance', files, { cache: 'cache', featureMemory: 0 });
    let digest = '';
    const reads = await readsOf(files, async () => (digest = await digestOf(training)));
    expect(reads).toBe(0);
    expect(digest).toMatch(/^recordings:[0-9a-f]{64}$/);
    expect(await digestLike(training, digest)).toBe(digest);
  });

  it('is another for other recordings, labels, order and normalisation', async () => {
    const training = await load();
    const { origin, targets } = training;
    const { recordings } = origin!;
    const emotion = targets['emotion']!.map((c) => 1 - c);
    const others = [
      training,
      await load('speaker'),
      await load('training'),
      { ...training, targets: { ...targets, emotion } },
      { ...training, origin: { recordings: recordings.toReversed() } },
      { ...training, origin: { recordings: [...recordings.slice(1), '0'.repeat(64)] } },
      { ...training, origin: { recordings, speakers: recordings.map(() => 'ann') } },
    ];
    const digests = await Promise.all(others.map(digestOf));
    expect(new Set(digests).size).toBe(others.length);
  });

  it('is of features, as it was before, where those are what there is to compare with', async () => {
    for (const scope of normalisations) {
      const training = await load(scope);
      const given = { ...training };
      delete given.origin;
      const old = await digestOf(given);
      expect(old).toMatch(/^[0-9a-f]{64}$/);
      expect(await digestLike(training, old)).toBe(old);
      const part = await load(scope, undefined, { cache: 'cache', featureMemory: FEW });
      expect(await digestOfFeatures(part)).toBe(old);
      expect(await digestLike(given, await digestOf(training))).toBe(old); // nothing to compare
    }
  });
});
