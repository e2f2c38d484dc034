/** `--normalise` of train, and what evaluate and predict make of it. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { NormalisationScope } from '../../src/features/normalise.js';
import type { Ended } from '../support/process.js';
import { corpusFiles } from '../data/corpus-files.js';
import { adapterArgs, alstmHere, errorOf, filesIn, jsonLines, writeFiles } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();
const common = () => ['--cache', at('cache'), ...adapterArgs()];
const tiny = [
  '--preset',
  'alstm-1',
  '--units',
  '4',
  '--frontend-units',
  '4',
  '--head-hidden',
  '0',
  '--batch',
  '4',
];

function train(run: string, ...more: string[]): Promise<Ended> {
  const data = ['--manifest', at('corpus', 'manifest.csv')];
  const length = ['--epochs', '1', '--patience', '0', '--cell', 'lstm'];
  return alstmHere(['train', '--out', at(run), ...data, ...tiny, ...length, ...common(), ...more]);
}

const predict = (run: string, ...more: string[]) =>
  alstmHere(['predict', at(run), ...more, '--json', ...common()]);

const recordings = () => [0, 1, 2, 3, 4, 5].map((i) => at('corpus', `cid-${i}.wav`));

beforeAll(async () => {
  await writeFiles(at('corpus'), corpusFiles(6));
  await writeFiles(at(), { 'text.wav': 'no sound\n' });
  for (const scope of ['speaker', 'training']) {
    expect(await train(scope, '--normalise', scope)).toMatchObject({ status: 0 });
  }
  expect(await train('plain')).toMatchObject({ status: 0 });
}, 120_000);

test('the model folder says how features are normalised', async () => {
  const featuresOf = async (run: string) => {
    const text = await readFile(at(run, 'model', 'config.json'), 'utf8');
    return (JSON.parse(text) as { features: Record<string, unknown> }).features;
  };
  const settings = { rate: 16000, window: 400, hop: 160 };
  expect(await featuresOf('plain')).toEqual({ ...settings, normalisation: 'utterance' });
  expect(await featuresOf('speaker')).toEqual({ ...settings, normalisation: 'speaker' });
  const { statistics, ...rest } = await featuresOf('training');
  expect(rest).toEqual({ ...settings, normalisation: 'training' });
  const { mean, deviation } = statistics as Record<string, number[]>;
  expect([mean?.length, deviation?.length]).toEqual([36, 36]);
});

test.each<[string, NormalisationScope, string[]]>([
  ['plain', 'utterance', []],
  ['training', 'training', []],
  ['speaker', 'speaker', ['--speaker', 'cid']],
])('evaluate of %s counts what predict says of the same recordings', async (run, _scope, named) => {
  const evaluated = await alstmHere(['evaluate', at(run), '--json', ...common()]);
  expect(evaluated.status).toBe(0);
  const predicted = await predict(run, ...recordings(), ...named);
  expect(predicted.status).toBe(0);
  const labels = ['anger', 'sadness'];
  const confusion = [
    [0, 0],
    [0, 0],
  ];
  const found = jsonLines(predicted) as { path: string; emotion: { label: string } }[];
  expect(found.map(({ path }) => path)).toEqual(recordings());
  found.forEach(({ emotion }, i) => (confusion[i % 2]![labels.indexOf(emotion.label)]! += 1));
  expect(jsonLines(evaluated)).toMatchObject([{ confusion, labels, utterances: 6 }]);
});

test('a resumed run keeps its normalisation', async () => {
  const config = at('speaker', 'config.json');
  const before = await readFile(config, 'utf8');
  expect(JSON.parse(before)).toMatchObject({ data: { source: { normalise: 'speaker' } } });
  const resumed = await alstmHere(['train', '--resume', '--out', at('speaker'), ...common()]);
  expect(resumed.status).toBe(0);
  expect(await readFile(config, 'utf8')).toBe(before);
});

describe('predict by speaker', () => {
  test('normalises all recordings together: another set gives other scores', async () => {
    const scoresOf = async (files: readonly string[]) => {
      const ended = await predict('speaker', ...files, '--speaker', 'cid');
      expect(ended.stderr).toContain(`${files.length} recordings of cid, normalised together`);
      const [first] = jsonLines(ended) as { emotion: { scores: unknown } }[];
      return first?.emotion.scores;
    };
    const [one = '', ...others] = recordings();
    expect(await scoresOf([one])).not.toEqual(await scoresOf([one, ...others]));
  });

  test('leaves out a recording that cannot be used, names it, and fails in the end', async () => {
    const [one = '', two = ''] = recordings();
    const ended = await predict('speaker', one, at('text.wav'), two, '--speaker', 'cid');
    expect(ended.status).toBe(1);
    expect(errorOf(ended).message).toContain(at('text.wav'));
    const lines = jsonLines(ended) as { path: string; error?: string; emotion: unknown }[];
    expect(lines.filter(({ error }) => error !== undefined).map(({ path }) => path)).toEqual([
      at('text.wav'),
    ]);
    const good = lines.filter(({ error }) => error === undefined);
    const clean = await predict('speaker', one, two, '--speaker', 'cid');
    expect(good).toEqual(jsonLines(clean));
  });

  test('with nothing usable left prints the errors alone', async () => {
    const ended = await predict('speaker', at('text.wav'), '--speaker', 'cid');
    expect(ended.status).toBe(1);
    expect(jsonLines(ended)).toHaveLength(1);
    expect(ended.stderr).not.toContain('normalised together');
  });
});

describe('wrong usage', () => {
  test.each<[string, string[], RegExp]>([
    [
      'speaker',
      [],
      /normalises features over all recordings of a speaker, but no speaker was given/,
    ],
    ['speaker', ['--speaker', ''], /Give a name/],
    ['plain', ['--speaker', 'cid'], /--speaker was given, but .* does not normalise .* by speaker/],
    ['training', ['--speaker', 'cid'], /--speaker was given, but .* does not normalise/],
  ])('predict with %s %j', async (run, more, message) => {
    const ended = await predict(run, ...recordings(), ...more);
    expect(ended).toMatchObject({ status: 2, stdout: '' });
    expect(errorOf(ended).message).toMatch(message);
    expect(errorOf(ended).hint).not.toBe('');
  });

  test('train by a scope that there is none of, or given again with --resume', async () => {
    const ended = await train('none', '--normalise', 'corpus');
    expect(ended.status).toBe(2);
    expect(errorOf(ended).message).toContain(
      "'corpus' is invalid. Allowed choices are utterance, speaker, training",
    );
    const resume = ['train', '--resume', '--out', at('plain'), '--normalise', 'speaker'];
    const resumed = await alstmHere([...resume, ...common()]);
    expect(resumed.status).toBe(2);
    expect(errorOf(resumed).message).toContain('--normalise was given together with --resume');
  });

  test('train by speaker of utterances without one writes nothing', async () => {
    const rows = ['path,emotion,speaker,gender,split'];
    for (let i = 0; i < 6; i++) {
      const emotion = i % 2 === 0 ? 'anger' : 'sadness';
      rows.push(`ann-${i}.wav,${emotion},,,train`, `bob-${i}.wav,${emotion},bob,,train`);
    }
    await writeFiles(at('corpus'), { 'anonymous.csv': `${rows.join('\n')}\n` });
    const data = ['--manifest', at('corpus', 'anonymous.csv'), '--normalise', 'speaker'];
    const ended = await alstmHere(['train', '--out', at('never'), ...data, ...tiny, ...common()]);
    expect(ended.status).toBe(1);
    expect(errorOf(ended).message).toMatch(/ann-\d\.wav has no speaker/);
    expect(filesIn(at('never'))).toEqual([]);
  });
});
