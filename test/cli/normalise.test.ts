/** `--normalise` of train, and what evaluate and predict make of it. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { NormalisationScope } from '../../src/features/normalise.js';
import { DEFAULT_KAPPA } from '../../src/features/speaker-moments.js';
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
  // as versions before the prior wrote it
  const config = await readFile(at('speaker', 'model', 'config.json'), 'utf8');
  const { features, ...rest } = JSON.parse(config) as { features: Record<string, unknown> };
  const older = Object.fromEntries(Object.entries(features).filter(([key]) => key !== 'prior'));
  await writeFiles(at('older'), {
    'config.json': JSON.stringify({ ...rest, features: older }),
    'model.safetensors': await readFile(at('speaker', 'model', 'model.safetensors')),
  });
}, 120_000);

test('the model folder says how features are normalised', async () => {
  const featuresOf = async (run: string) => {
    const text = await readFile(at(run, 'model', 'config.json'), 'utf8');
    return (JSON.parse(text) as { features: Record<string, unknown> }).features;
  };
  const settings = { rate: 16000, window: 400, hop: 160 };
  expect(await featuresOf('plain')).toEqual({ ...settings, normalisation: 'utterance' });
  const { prior, ...ofSpeaker } = await featuresOf('speaker');
  expect(ofSpeaker).toEqual({ ...settings, normalisation: 'speaker' });
  expect(prior).toMatchObject({ kappa: DEFAULT_KAPPA });
  const { mean: means, square } = prior as Record<string, number[]>;
  expect([means?.length, square?.length]).toEqual([36, 36]);
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
  expect(JSON.parse(before)).toMatchObject({
    data: { source: { normalise: 'speaker', kappa: DEFAULT_KAPPA } },
  });
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

describe('predict with what is known of a speaker', () => {
  interface Line {
    readonly path: string;
    readonly speaker_recordings?: number;
    readonly emotion: { readonly scores: Readonly<Record<string, number>> };
  }
  const linesOf = (ended: Ended): Line[] => {
    expect(ended.status).toBe(0);
    return jsonLines(ended) as Line[];
  };

  test('nothing: each recording alone, with a warning', async () => {
    const ended = await predict('speaker', ...recordings());
    const all = linesOf(ended);
    expect(all.map((line) => line.speaker_recordings)).toEqual([1, 1, 1, 1, 1, 1]);
    const [first = ''] = recordings();
    expect(linesOf(await predict('speaker', first))[0]?.emotion).toEqual(all[0]?.emotion);
    const warnings = ended.stderr.split('\n').filter((line) => line.includes('warning'));
    expect(warnings).toEqual([
      expect.stringMatching(
        /nothing is known of the speakers, and answers are better from 10 recordings .* on: give/,
      ),
    ]);
    expect(linesOf(await predict('plain', first))[0]).not.toHaveProperty('speaker_recordings');
  });

  test('by folder: a folder a speaker', async () => {
    const bytes = await Promise.all(recordings().map((file) => readFile(file)));
    const [a, b, c] = bytes;
    await writeFiles(at('voices'), { 'ann/1.wav': a!, 'ann/2.wav': b!, 'bob/1.wav': c! });
    const all = linesOf(await predict('speaker', at('voices'), '--speaker-by', 'folder'));
    expect(all.map(({ path, speaker_recordings: n }) => [path, n])).toEqual([
      [at('voices', 'ann', '1.wav'), 2],
      [at('voices', 'ann', '2.wav'), 2],
      [at('voices', 'bob', '1.wav'), 1],
    ]);
    const ann = linesOf(await predict('speaker', at('voices', 'ann'), '--speaker', 'ann'));
    expect(all.slice(0, 2).map(({ emotion }) => emotion)).toEqual(ann.map((own) => own.emotion));
  });

  const enrol = (name: string, files: readonly string[], ...more: string[]) =>
    alstmHere(['enrol', name, ...files, '--model', at('speaker'), ...more, '--json', ...common()]);

  test('an enrolment: the same answers as all of its recordings together', async () => {
    const [one = '', two = '', ...others] = recordings();
    const file = ['--out', at('cid.json')];
    const begun = await enrol('cid', [one, two], ...file);
    expect(jsonLines(begun)).toEqual([
      { path: at('cid.json'), name: 'cid', added: 2, recordings: 2 },
    ]);
    expect(begun.stderr).toContain('holds 2 recordings: answers are better from 10 on');
    const added = await enrol('cid', others, ...file, '--add');
    expect(jsonLines(added)).toMatchObject([{ added: 4, recordings: 6 }]);
    const ended = await predict('speaker', ...recordings(), '--enrolment', at('cid.json'));
    expect(ended.stderr).toContain(
      'cid: 6 known, and answers are better from 10 recordings of a speaker on',
    );
    const enrolled = linesOf(ended);
    const together = linesOf(await predict('speaker', ...recordings(), '--speaker', 'cid'));
    enrolled.forEach(({ emotion, speaker_recordings: n }, i) => {
      expect(n).toBe(6);
      const other = together[i]?.emotion.scores['anger'] ?? NaN;
      expect(emotion.scores['anger']).toBeCloseTo(other, 5);
    });
    const json = JSON.parse(await readFile(at('cid.json'), 'utf8')) as Record<string, unknown>;
    expect(json).toMatchObject({
      ...{ format: 'alstm-enrolment-1', name: 'cid', set: 'prosody36', trimDb: null },
      recordings: 6,
    });
    expect(JSON.stringify(json).length).toBeLessThan(5000);

    const before = await readFile(at('cid.json'), 'utf8');
    const again = await enrol('cid', [one, ...others], ...file, '--add');
    expect(jsonLines(again)).toMatchObject([{ added: 0, recordings: 6 }]);
    expect(again.stderr).toContain(`${one} has been added already: skipped`);
    expect(await readFile(at('cid.json'), 'utf8')).toBe(before);
  });

  test('several enrolments: each for the folder of its name', async () => {
    const [one = '', two = ''] = recordings();
    expect(await enrol('bob', [one, two], '--out', at('bob.json'))).toMatchObject({ status: 0 });
    expect(await enrol('eve', [one], '--out', at('eve.json'))).toMatchObject({ status: 0 });
    const both = ['--enrolment', at('bob.json'), '--enrolment', at('eve.json')];
    const all = linesOf(await predict('speaker', at('voices'), '--speaker-by', 'folder', ...both));
    expect(all.map((line) => line.speaker_recordings)).toEqual([2, 2, 2]);
    const unclear = await predict('speaker', one, ...both);
    expect(unclear.status).toBe(2);
    expect(errorOf(unclear).message).toContain('enrolments of bob and eve were given');
  });

  test('an enrolment that does not fit is refused in a line', async () => {
    const text = await readFile(at('cid.json'), 'utf8');
    const json = JSON.parse(text) as Record<string, unknown>;
    await writeFiles(at(), {
      'set.json': text.replace('prosody36', 'prosody99'),
      'trim.json': JSON.stringify({ ...json, trimDb: 35 }),
      'version.json': text.replace('alstm-enrolment-1', 'alstm-enrolment-2'),
      'broken.json': JSON.stringify({ ...json, recordings: 0 }),
    });
    const [one = ''] = recordings();
    for (const [file, message] of [
      ['set.json', /set\.json: set is "prosody99"/],
      ['trim.json', /trim\.json: enrolled with trimming at 35 dB, the model takes no trimming/],
      ['version.json', /version\.json: format "alstm-enrolment-2", expected "alstm-enrolment-1"/],
      ['broken.json', /broken\.json: recordings is 0, expected an integer of at least 1/],
    ] as const) {
      const ended = await predict('speaker', one, '--enrolment', at(file));
      expect(ended).toMatchObject({ status: 1, stdout: '' });
      expect(errorOf(ended).message).toMatch(message);
    }
  });

  test('enrol refuses another speaker, a file that is there, and a model that needs none', async () => {
    const [one = ''] = recordings();
    const again = await enrol('cid', [one], '--out', at('cid.json'));
    expect(errorOf(again).message).toContain('cid.json exists already');
    const other = await enrol('dan', [one], '--out', at('cid.json'), '--add');
    expect(errorOf(other).message).toContain('is of cid, not of dan');
    const plain = ['--model', at('plain'), '--out', at('never.json')];
    const needless = await alstmHere(['enrol', 'cid', one, ...plain, ...common()]);
    expect(errorOf(needless).message).toContain('normalises features by utterance');
    expect(filesIn(at('never.json'))).toEqual([]);
  });
});

describe('wrong usage', () => {
  test.each<[string, string[], RegExp]>([
    ['older', [], /normalises features over all recordings of a speaker, but no speaker was given/],
    ['speaker', ['--speaker', 'cid', '--speaker-by', 'folder'], /--speaker was given together/],
    ['speaker', ['--speaker-by', 'moon'], /Allowed choices are folder/],
    ['plain', ['--speaker-by', 'folder'], /--speaker-by was given, but .* does not normalise/],
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
