import { describe, expect, it } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { CorpusError } from '../../src/core/errors.js';
import { commonFolder } from '../../src/core/paths.js';
import { joinedSource, partNames, readCorpora } from '../../src/corpora/several.js';
import { digestOf } from '../../src/data/digest.js';
import { loadTestData, loadTrainingData, type DataSource } from '../../src/data/source.js';
import { defaultFeatureSet } from '../../src/features/sets/registry.js';
import { applyStatistics, statisticsOf } from '../../src/features/statistics.js';
import { featuresOfFile } from '../../src/features/utterance.js';
import { allOf } from '../data/rows.js';
import { MemoryFiles } from '../support/memory-files.js';

const hum = (hz: number) =>
  encodeWav(
    Float32Array.from({ length: 3000 }, (_, n) => Math.sin((2 * Math.PI * hz * n) / 16_000) / 3),
    16_000,
  );

/** Speakers 03 (a man) and 08 (a woman) of EmoDB: anger, happiness, boredom. */
const emodb = Object.fromEntries(
  ['03', '08'].flatMap((speaker, s) =>
    ['W', 'F', 'L'].flatMap((letter, l) =>
      ['a', 'b'].map((version, v) => [
        `data/emodb/wav/${speaker}a01${letter}${version}.wav`,
        hum(110 + 60 * s + 10 * l + v),
      ]),
    ),
  ),
);
/** Another 03, a woman, and others' words for all that is labelled. */
const lines = ['path,emotion,speaker,gender', ...[0, 1, 2, 3].map((i) => line(i))];
function line(i: number): string {
  return `${i}.wav,${i % 2 === 0 ? 'angry' : 'joy'},${i < 2 ? '03' : 'Z'},${i < 2 ? 'F' : 'x'}`;
}
const own = Object.fromEntries([0, 1, 2, 3].map((i) => [`data/own/${i}.wav`, hum(300 + 20 * i)]));
const files = new MemoryFiles({
  ...emodb,
  ...own,
  'data/own/manifest.csv': `${lines.join('\n')}\n`,
});

const parts = [
  { corpus: 'emodb', path: 'data/emodb', map: { happiness: 'joy', boredom: '' } },
  { corpus: 'manifest', path: 'data/own', map: { angry: 'anger' } },
];
const source: DataSource = { ...joinedSource(parts), seed: 0 };

function countsOf(of: readonly { labels: Readonly<Record<string, string>> }[], task: string) {
  const labels = of.map(({ labels: { [task]: label } }) => label ?? '');
  return Object.fromEntries(
    [...new Set(labels)].sort().map((label) => [label, labels.filter((x) => x === label).length]),
  );
}

describe('several corpora', () => {
  it('have one set of emotions, speakers of their own, and the same genders', async () => {
    const corpus = await readCorpora(files, parts);
    expect(corpus.name).toBe('emodb+manifest');
    expect(countsOf(corpus.utterances, 'emotion')).toEqual({ anger: 6, joy: 6 });
    expect(countsOf(corpus.utterances, 'speaker')).toEqual({
      'emodb/03': 4,
      'emodb/08': 4,
      'manifest/03': 2,
      'manifest/Z': 2,
    });
    expect(countsOf(corpus.utterances, 'gender')).toEqual({ female: 6, male: 4, x: 2 });
    expect(corpus.utterances.map((utterance) => utterance.corpus)).toEqual([
      ...Array.from({ length: 8 }, () => 'emodb'),
      ...Array.from({ length: 4 }, () => 'manifest'),
    ]);
  });

  it('say in a line each what is dropped', async () => {
    const more = [{ ...parts[0]!, map: { happiness: '', boredom: '' } }, parts[1]!];
    const { notes, leftOut } = await readCorpora(files, more);
    expect(notes).toEqual([
      'emodb: the emotion boredom is dropped (4 utterances)',
      'emodb: the emotion happiness is dropped (4 utterances)',
    ]);
    expect(leftOut).toHaveLength(8);
    const told: string[] = [];
    await loadTrainingData(files, source, { warn: (text) => told.push(text) });
    expect(told).toEqual(['emodb: the emotion boredom is dropped (4 utterances)']);
  });

  it('are filtered together, by the new names', async () => {
    const joyful = await readCorpora(files, parts, { emotions: ['joy'] });
    expect(countsOf(joyful.utterances, 'emotion')).toEqual({ joy: 6 });
    const merged = await readCorpora(files, parts, { merge: { joy: 'positive' } });
    expect(countsOf(merged.utterances, 'emotion')).toEqual({ anger: 6, positive: 6 });
    const wrong = readCorpora(files, parts, { emotions: ['fear'] });
    await expect(wrong).rejects.toThrow('the emodb+manifest corpus has no emotion "fear"');
  });

  it.each([
    [[{ ...parts[0]!, map: { W: 'anger' } }, parts[1]!], 'the emodb corpus has no emotion "W"'],
    [
      [parts[0]!, { ...parts[1]!, map: { angry: '', joy: '' } }],
      'the map drops every utterance of the manifest corpus',
    ],
    [[parts[0]!, parts[0]!], 'is in two corpora: emodb and emodb-2'],
    [[{ ...parts[0]!, path: 'data/gone' }], 'there is no data/gone'],
  ])('refuse what cannot be meant', async (wrong, message) => {
    await expect(readCorpora(files, wrong)).rejects.toThrow(CorpusError);
    await expect(readCorpora(files, wrong)).rejects.toThrow(message);
  });

  it('have names and a common folder', () => {
    expect(partNames(['manifest', 'emodb', 'manifest'])).toEqual([
      'manifest',
      'emodb',
      'manifest-2',
    ]);
    expect(source).toMatchObject({ corpus: 'emodb+manifest', path: 'data' });
    expect(commonFolder(['/a/b/c', '/a/b/d.csv', '/a/bb'])).toBe('/a');
    expect(commonFolder(['/a', '/b'])).toBe('/');
    expect(commonFolder(['/a/b', '/a'])).toBe('/a');
    expect(joinedSource([parts[0]!]).path).toBe('data/emodb');
  });
});

describe('training on several corpora', () => {
  it('normalises by the speakers of each', async () => {
    const { training } = await loadTrainingData(files, {
      ...source,
      normalise: 'speaker',
      testSpeakers: ['manifest/Z', 'emodb/08'],
    });
    const all = await allOf(training);
    const mine = training.paths.filter((path) => path.startsWith('data/own'));
    expect(mine.length).toBeGreaterThan(0);
    const raw = await Promise.all(mine.map((path) => featuresOfFile(files, path)));
    const statistics = statisticsOf(
      raw.map(({ features }) => features),
      defaultFeatureSet.dimensions,
    );
    for (const [i, path] of mine.entries()) {
      const row = training.paths.indexOf(path);
      expect(all[row]).toEqual(applyStatistics(raw[i]!.features, statistics));
    }
  });

  it('tests on speakers of any, with the labels of all', async () => {
    const own = { ...source, testSpeakers: ['manifest/03'] };
    const { labels } = await loadTrainingData(files, own);
    expect(labels['emotion']).toEqual(['anger', 'joy']);
    expect(labels['speaker']).toEqual(['emodb/03', 'emodb/08', 'manifest/Z']);
    const test = await loadTestData(files, own, labels);
    expect(test.paths).toEqual(['data/own/0.wav', 'data/own/1.wav']);
    expect([...test.targets['emotion']!]).toEqual([0, 1]);
  });

  it('has another digest with another map', async () => {
    const digest = async (map: Readonly<Record<string, string>>) => {
      const other = joinedSource([parts[0]!, { ...parts[1]!, map }]);
      return digestOf((await loadTrainingData(files, { ...source, ...other })).training);
    };
    const same = digestOf((await loadTrainingData(files, source)).training);
    expect(await digest({ angry: 'anger' })).toBe(await same);
    expect(await digest({ angry: 'joy', joy: 'anger' })).not.toBe(await same);
  });
});
