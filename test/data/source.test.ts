import { describe, expect, it } from 'vitest';
import { AudioError, CorpusError, FileError, UsageError } from '../../src/core/errors.js';
import { featuresOfFile } from '../../src/features/utterance.js';
import { datasetOf, readBatch } from '../../src/data/dataset.js';
import { digestOf } from '../../src/data/digest.js';
import { loadTestData, loadTrainingData } from '../../src/data/source.js';
import { MemoryFiles } from '../support/memory-files.js';
import { corpusFiles } from './corpus-files.js';

const corpus = corpusFiles();
const files = new MemoryFiles(corpus);
const source = { corpus: 'manifest', path: 'manifest.csv', seed: 0 };

/** The corpus with another manifest. */
function withManifest(lines: readonly string[]): MemoryFiles {
  return new MemoryFiles({ ...corpus, 'manifest.csv': `${lines.join('\n')}\n` });
}

describe('loadTrainingData', () => {
  it('gives training and validation with normalised features, classes and labels', async () => {
    const steps: [number, number][] = [];
    const data = await loadTrainingData(files, source, {
      onProgress: (done, total) => steps.push([done, total]),
    });
    expect(data.labels).toEqual({
      emotion: ['anger', 'sadness'],
      speaker: ['ann', 'bob'],
      gender: ['female', 'male'],
    });
    const { training, validation } = data;
    expect(steps.at(-1)).toEqual([12, 12]);
    expect(training.paths.length + validation.paths.length).toBe(12);
    expect(validation.paths.length).toBe(1);
    expect([...training.paths, ...validation.paths]).not.toContain('cid-0.wav');
    for (const [i, path] of training.paths.entries()) {
      const { normalised, frames } = await featuresOfFile(files, path);
      expect(await training.read([i])).toEqual([normalised]);
      expect(training.lengths[i]).toBe(frames);
      expect(training.targets['speaker']?.[i]).toBe(path.startsWith('ann') ? 0 : 1);
      expect(training.targets['emotion']?.[i]).toBe(Number(path[4]) % 2);
    }
    expect(training.seconds).toBeGreaterThan(0.3 * 11);
  });

  it('keeps the emotions asked for, and where it is strict fails at a recording that is none', async () => {
    const only = await loadTrainingData(files, { ...source, emotions: ['anger'] });
    expect(only.labels['emotion']).toEqual(['anger']);
    const broken = new MemoryFiles({ ...corpus, 'bob-3.wav': 'no audio' });
    await expect(loadTrainingData(broken, { ...source, strict: true })).rejects.toThrow(AudioError);
    await expect(loadTrainingData(files, { ...source, path: 'nowhere' })).rejects.toThrow(
      CorpusError,
    );
    await expect(loadTrainingData(files, { ...source, corpus: 'x' })).rejects.toThrow(UsageError);
  });
});

describe('a label that training lacks', () => {
  const row = (name: string, emotion: string, gender: string, split: string): string =>
    [`${name}.wav`, emotion, name.slice(0, 3), gender, split].join();
  const rows = [0, 1, 2, 3].flatMap((i) => [
    row(`ann-${i}`, i % 2 === 0 ? 'anger' : 'sadness', 'female', 'train'),
  ]);
  const manifest = (...more: string[]) =>
    withManifest(['path,emotion,speaker,gender,split', ...rows, ...more]);

  it.each(['test', 'validation'])(
    'of the %s side is refused, before the recordings of training are read',
    async (side) => {
      const own = manifest(
        row('cid-0', 'joy', 'female', side),
        row('cid-1', 'joy', 'female', side),
      );
      own.failOn((op, path) =>
        op === 'read' && path.startsWith('ann-') ? new Error(path) : undefined,
      );
      const load = loadTrainingData(own, source);
      await expect(load).rejects.toThrow(CorpusError);
      await expect(load).rejects.toThrow(
        `the ${side} side has the emotion "joy" (2 utterances), which no training utterance has`,
      );
      await expect(load).rejects.toMatchObject({
        hint: expect.stringContaining('--emotions anger,sadness') as string,
      });
    },
  );

  it('only gives a warning when an earlier run is resumed, and can be excluded', async () => {
    const own = manifest(row('cid-0', 'joy', 'female', 'test'));
    const lines: string[] = [];
    const options = { allowUntrained: true, warn: (line: string) => void lines.push(line) };
    expect((await loadTrainingData(own, source, options)).labels['emotion']).toEqual([
      'anger',
      'sadness',
    ]);
    expect(lines).toEqual([expect.stringMatching(/^warning: the test side has the emotion "joy"/)]);
    await loadTrainingData(own, { ...source, emotions: ['anger', 'sadness'] });
    await loadTrainingData(own, source, { task: 'gender' }); // which the model is chosen by
  });

  it('counts as none where it is of another task: the only man may be held out', async () => {
    const own = manifest(
      row('bob-0', 'anger', 'male', 'validation'),
      row('cid-0', 'sadness', 'male', 'test'),
    );
    const { labels, validation } = await loadTrainingData(own, source);
    expect(labels['gender']).toEqual(['female']);
    expect(validation.targets).toMatchObject({
      emotion: new Int32Array([0]),
      gender: new Int32Array([-1]),
    });
    const test = await loadTestData(own, source, labels);
    expect(test.targets).toMatchObject({
      emotion: new Int32Array([1]),
      gender: new Int32Array([-1]),
    });
    await expect(loadTestData(own, source, labels, { task: 'gender' })).rejects.toThrow(
      'cid-0.wav: the gender "male" is not one that the model was trained on',
    );
  });

  it('is none where its recordings cannot be used', async () => {
    const own = manifest(
      row('cid-0', 'joy', 'female', 'test'),
      row('cid-1', 'joy', 'male', 'test'),
    );
    for (const name of ['cid-0.wav', 'cid-1.wav']) await own.write(name, 'no audio');
    await loadTrainingData(own, source);
    const long = { ...source, maxSeconds: 1e-3 }; // a side without a recording is another matter
    await expect(loadTrainingData(own, long)).rejects.toThrow(
      'none of the 3 recordings of the training',
    );
  });

  it('is found where the recordings that have it cannot be read', async () => {
    const own = manifest(row('bob-0', 'joy', 'male', 'train'), row('cid-0', 'joy', 'male', 'test'));
    await loadTrainingData(own, source);
    await own.write('bob-0.wav', 'no audio');
    await expect(loadTrainingData(own, source)).rejects.toThrow(
      'the test side has the emotion "joy"',
    );
  });
});

describe('loadTestData', () => {
  const labels = { emotion: ['anger', 'sadness'], speaker: ['ann', 'bob'] };

  it('takes the test side; speakers that the model does not know have no class', async () => {
    const test = await loadTestData(files, source, labels);
    expect(test.paths).toEqual([0, 1, 2, 3, 4, 5].map((i) => `cid-${i}.wav`));
    expect([...(test.targets['speaker'] ?? [])]).toEqual([-1, -1, -1, -1, -1, -1]);
    expect([...(test.targets['emotion'] ?? [])]).toEqual([0, 1, 0, 1, 0, 1]);
  });

  it('takes the test speakers, or everything, where there is no split column', async () => {
    const plain = withManifest([
      'path,emotion,speaker,gender',
      'ann-0.wav,anger,ann,female',
      'cid-1.wav,sadness,cid,male',
    ]);
    const paths = async (testSpeakers?: string[]) => {
      const own = { ...source, ...(testSpeakers && { testSpeakers }) };
      return (await loadTestData(plain, own, labels)).paths;
    };
    expect(await paths(['cid'])).toEqual(['cid-1.wav']);
    expect(await paths()).toEqual(['ann-0.wav', 'cid-1.wav']);
    await expect(paths(['dan'])).rejects.toThrow('no speaker "dan" to test on');
  });

  it('refuses a split without a test side, and labels that the model does not know', async () => {
    const untested = withManifest([
      'path,emotion,speaker,gender,split',
      'ann-0.wav,anger,ann,female,train',
    ]);
    await expect(loadTestData(untested, source, labels)).rejects.toThrow('has no test side');
    await expect(loadTestData(files, source, { emotion: ['anger', 'joy'] })).rejects.toThrow(
      'cid-1.wav: the emotion "sadness" is not one that the model was trained on',
    );
    await expect(loadTestData(new MemoryFiles(), source, labels)).rejects.toThrow(CorpusError);
    const gone = new MemoryFiles(corpus);
    await gone.remove('cid-0.wav');
    await expect(loadTestData(gone, source, labels)).rejects.toThrow(CorpusError);
    gone.failOn((op, path) => (op === 'read' ? new FileError(`cannot read ${path}`) : undefined));
    await expect(loadTestData(gone, source, labels)).rejects.toThrow(FileError);
  });
});

describe('a dataset', () => {
  const F = 36;
  const labels = { emotion: ['a', 'b'] };
  const utterances = ['a', 'b', undefined].map((emotion, i) => ({
    path: `${i}`,
    labels: emotion === undefined ? {} : { emotion },
  }));
  const items = [2, 1, 3].map((frames, i) => ({
    normalised: new Float32Array(frames * F).fill(i + 1),
    seconds: 0.5,
  }));
  const dataset = datasetOf(utterances, items, labels);

  it('makes batches of any rows in any order, with their identities', async () => {
    const batch = await readBatch(dataset, [2, 0]);
    expect([...batch.lengths]).toEqual([3, 2]);
    expect([...batch.utterances]).toEqual([2, 0]);
    expect([...(batch.targets['emotion'] ?? [])]).toEqual([-1, 0]);
    expect([...batch.features]).toEqual([...items[2]!.normalised, ...items[0]!.normalised]);
    expect(dataset.seconds).toBe(1.5);
  });

  it('has a digest of features and classes, in their order', async () => {
    const digest = await digestOf(dataset);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await digestOf(datasetOf(utterances, items, labels))).toBe(digest);
    const touched = items.map(({ normalised, seconds }) => {
      const copy = normalised.slice();
      copy[5]! += 1e-6;
      return { normalised: copy, seconds };
    });
    const others = [
      datasetOf(utterances, touched, labels),
      datasetOf(utterances, items, { emotion: ['0', 'a', 'b'] }),
      datasetOf(utterances.toReversed(), items, labels),
    ];
    for (const other of others) expect(await digestOf(other)).not.toBe(digest);
  });

  it('refuses features that are not rows of 36', () => {
    const short = items.map((item) => ({ ...item, normalised: new Float32Array(35) }));
    expect(() => datasetOf(utterances, short, labels)).toThrow('0: 35 feature values are not rows');
    expect(() => datasetOf(utterances, items.slice(1), labels)).toThrow(UsageError);
  });
});
