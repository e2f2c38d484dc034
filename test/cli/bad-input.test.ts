/** Bad input: exit 1, one clear line with a hint, and nothing written. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { writeModel } from '../../src/model/folder.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { tinyModel } from '../model/tiny-model.js';
import type { Ended } from '../support/process.js';
import { corpusFiles } from '../data/corpus-files.js';
import { adapterArgs, alstm, errorOf, filesIn, jsonLines, writeFiles } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();

/** A second of a falling tone. */
const speech = Float32Array.from({ length: 16000 }, (_, n) => 0.5 * Math.sin(n ** 0.9 / 9));
const wav = encodeWav(speech, 16000);
const eightChannels = 'test/audio/fixtures/eight_96k.flac';

beforeAll(async () => {
  await writeModel(new NodeFiles(), at('model'), tinyModel());
  await writeFiles(at(), {
    'audio/text.wav': 'This is no sound at all, whatever its name says.\n',
    'audio/cut.wav': wav.subarray(0, wav.length / 2),
    'audio/clipped.flac': (await readFile(eightChannels)).subarray(0, 9000),
    'audio/empty.wav': new Uint8Array(),
    'audio/short.wav': encodeWav(speech.subarray(0, 160), 16000),
    'audio/silent.wav': encodeWav(new Float32Array(16000), 16000),
    'audio/speech.wav': wav,
    'audio/channels.flac': await readFile(eightChannels),
    ...Object.fromEntries(
      Object.entries(corpusFiles(6)).map(([name, content]) => [`corpus/${name}`, content]),
    ),
  });
});

const recordings = [
  ['text.wav', /not an audio file of a known format/],
  ['cut.wav', /truncated or damaged: it declares \d+ bytes but has \d+/],
  ['clipped.flac', /truncated or damaged: it declares \d+ samples but has \d+/],
  ['empty.wav', /the file is empty/],
  ['short.wav', /10 ms of audio is too short/],
  ['absent.wav', /there is no such file/],
] as const;
const good = ['silent.wav', 'speech.wav', 'channels.flac'] as const;

/** The lines that say what is wrong, each followed by a hint. */
function complaints({ stderr }: Ended): string[] {
  const lines = stderr.split('\n');
  const found = lines.filter((line) => line.startsWith('alstm: '));
  for (const line of found) expect(lines[lines.indexOf(line) + 1]).toMatch(/^ {2}\S/);
  return found;
}

describe('of recordings that cannot be used each is named, and the others go on', () => {
  const paths = () => [...recordings.map(([name]) => name), ...good].map((n) => at('audio', n));

  test('features', async () => {
    const ended = await alstm([
      'features',
      ...paths(),
      '--out',
      at('features'),
      '--cache',
      at('cache'),
    ]);
    expect(ended.status).toBe(1);
    const found = complaints(ended);
    recordings.forEach(([name, problem], i) => {
      expect(found[i]).toContain(at('audio', name));
      expect(found[i]).toMatch(problem);
    });
    expect(found).toHaveLength(recordings.length);
    expect(filesIn(at('features'))).toEqual([
      'channels.safetensors',
      'silent.safetensors',
      'speech.safetensors',
    ]);
  });

  test('predict, a line of JSON for each', async () => {
    const args = ['predict', at('model'), ...paths(), '--json', '--cache', at('cache')];
    const ended = await alstm([...args, ...adapterArgs()]);
    expect(ended.status).toBe(1);
    expect(complaints(ended)).toHaveLength(recordings.length);
    const lines = jsonLines(ended) as { path: string; error?: string; attention?: number[] }[];
    expect(lines.map(({ path }) => path)).toEqual(paths());
    recordings.forEach(([, problem], i) => {
      expect(Object.keys(lines[i] ?? {})).toEqual(['path', 'error']);
      expect(lines[i]?.error).toMatch(problem);
    });
    for (const line of lines.slice(recordings.length)) {
      expect(line).toMatchObject({
        emotion: { label: expect.any(String) as string },
        gender: { label: expect.any(String) as string },
        seconds: expect.any(Number) as number,
      });
      const sum = line.attention?.reduce((total, weight) => total + weight, 0);
      expect(sum).toBeCloseTo(1, 5);
    }
  });

  test('a folder without recordings', async () => {
    const ended = await alstm(['features', at('model'), '--out', at('none')]);
    expect(ended.status).toBe(1);
    expect(errorOf(ended).message).toBe(`${at('model')} has no audio files`);
    expect(filesIn(at('none'))).toEqual([]);
  });

  test('recordings of one name in several folders keep their places', async () => {
    const bytes = encodeWav(speech.subarray(0, 2000), 16000);
    await writeFiles(at('people'), { 'ann/1.wav': bytes, 'bob/1.wav': bytes, 'bob/.2.wav': 'no' });
    const args = ['features', at('people'), '--out', at('by-person'), '--json'];
    const ended = await alstm([...args, '--cache', at('cache')]);
    expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status: 0, stderr: '' });
    expect(filesIn(at('by-person'))).toEqual(['ann/1.safetensors', 'bob/1.safetensors']);
    expect(jsonLines(ended)[1]).toEqual({
      path: at('people', 'bob', '1.wav'),
      out: at('by-person', 'bob', '1.safetensors'),
      frames: 11,
      seconds: 0.125,
    });
  });

  test('two recordings that would be written to one file', async () => {
    const twice = [at('audio', 'speech.wav'), at('corpus', '..', 'audio', 'speech.wav')];
    const ended = await alstm(['features', ...twice, '--out', at('none')]);
    expect(ended.status).toBe(2);
    expect(errorOf(ended).message).toContain('would both be written to');
    expect(filesIn(at('none'))).toEqual([]);
  });
});

const header = 'path,emotion,speaker,gender,split\n';
const rows = [
  'ann-0.wav,anger,ann,female,train',
  'ann-1.wav,sadness,ann,female,train',
  'bob-0.wav,anger,bob,male,train',
  'bob-1.wav,sadness,bob,male,train',
  'cid-0.wav,anger,cid,male,test',
];
const manifest = (...changed: string[]) => `${header}${[...rows, ...changed].join('\n')}\n`;

describe('train refuses, and leaves no run folder', () => {
  const small = [
    '--preset',
    'alstm-1',
    '--units',
    '4',
    '--frontend-units',
    '4',
    '--head-hidden',
    '0',
    '--epochs',
    '1',
  ];

  async function trainOn(files: Record<string, string>, ...args: string[]): Promise<Ended> {
    await writeFiles(at('corpus'), files);
    const common = ['train', '--out', at('run'), '--cache', at('cache'), ...adapterArgs()];
    const ended = await alstm([...common, ...args]);
    expect(ended.stdout).toBe('');
    expect(filesIn(at('run'))).toEqual([]);
    return ended;
  }

  it.each([
    [
      'a missing file',
      manifest('dan-0.wav,anger,dan,male,train'),
      /line 7: .*dan-0.* does not exist/,
    ],
    [
      'wrong columns',
      'file,emotion,who\nann-0.wav,anger,ann\n',
      /line 1: the header lacks columns "path", "speaker", "gender"/,
    ],
    [
      'a speaker on both sides',
      manifest('cid-1.wav,anger,cid,male,train'),
      /speaker cid in test and/,
    ],
    [
      'an unknown split',
      manifest('cid-1.wav,anger,cid,male,dev'),
      /line 7: the split "dev" is unknown/,
    ],
    ['no utterance', header, /no utterances/],
  ])('a manifest with %s', async (_what, text, problem) => {
    const ended = await trainOn(
      { 'bad.csv': text },
      '--manifest',
      at('corpus', 'bad.csv'),
      ...small,
    );
    expect(ended.status).toBe(1);
    expect(errorOf(ended).message).toMatch(problem);
    expect(errorOf(ended).hint).not.toBe('');
  });

  it.each([
    [
      'an unknown cell',
      { model: { recurrent: { cell: 'rnn' } } },
      /model\.recurrent\.cell .*"rnn"/,
    ],
    ['an unknown field', { training: { epoch: 3 } }, /training: unknown key "epoch"/],
    ['a dropout of everything', { model: { dropout: 1 } }, /model\.dropout/],
  ])('a configuration with %s', async (_what, config, problem) => {
    const files = { 'config.json': JSON.stringify(config), 'good.csv': manifest() };
    const args = ['--manifest', at('corpus', 'good.csv'), '--config', at('corpus', 'config.json')];
    const ended = await trainOn(files, ...args);
    expect(ended.status).toBe(1);
    expect(errorOf(ended).message).toMatch(problem);
    expect(errorOf(ended).message).toContain(at('corpus', 'config.json'));
  });

  test('a configuration that is not JSON', async () => {
    const files = { 'config.json': '{"model": ', 'good.csv': manifest() };
    const args = ['--manifest', at('corpus', 'good.csv'), '--config', at('corpus', 'config.json')];
    const ended = await trainOn(files, ...args);
    expect(ended.status).toBe(1);
    expect(errorOf(ended).message).toContain('not valid JSON');
  });

  test('test speakers that the corpus does not have', async () => {
    const plain = manifest().replaceAll(/,(train|test|split)$/gm, '');
    const args = ['--manifest', at('corpus', 'plain.csv'), '--test-speakers', 'cid,eve', ...small];
    const ended = await trainOn({ 'plain.csv': plain }, ...args);
    expect(ended.status).toBe(1);
    expect(errorOf(ended).message).toContain('no speaker "eve" to hold out for test');
  });
});

test('train refuses an output folder that exists, and leaves it as it was', async () => {
  await writeFiles(at('used'), { 'thesis.txt': 'years of work' });
  const args = ['--manifest', at('corpus', 'manifest.csv'), '--out', at('used')];
  const ended = await alstm(['train', ...args]);
  expect(ended.status).toBe(1);
  expect(errorOf(ended).message).toContain('the folder exists and is not empty');
  expect(filesIn(at('used'))).toEqual(['thesis.txt']);
});

test('demo refuses one too', async () => {
  await writeFiles(at('used'), { 'thesis.txt': 'years of work' });
  const ended = await alstm(['demo', '--out', at('used')]);
  expect(ended.status).toBe(1);
  expect(errorOf(ended).message).toContain('the folder exists and is not empty');
  expect(filesIn(at('used'))).toEqual(['thesis.txt']);
});

describe('evaluate refuses', () => {
  test('a label that the model does not know', async () => {
    await writeFiles(at('corpus'), { 'odd.csv': `${header}ann-0.wav,boredom,ann,female,test\n` });
    const args = ['evaluate', at('model'), '--manifest', at('corpus', 'odd.csv')];
    const ended = await alstm([...args, '--cache', at('cache'), ...adapterArgs()]);
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 1, stdout: '' });
    const { message, hint } = errorOf(ended);
    expect(message).toContain('the emotion "boredom" is not one that the model was trained on');
    expect(hint).toContain('anger, joy, sadness');
  });

  test('a model folder without its run, where no data are given', async () => {
    const ended = await alstm(['evaluate', at('model')]);
    expect(ended.status).toBe(2);
    expect(errorOf(ended).message).toContain('is not a run folder');
  });
});

describe('a model folder is refused', () => {
  async function withChange(file: string, change: (bytes: Uint8Array) => Uint8Array | string) {
    const files = ['config.json', 'model.safetensors'] as const;
    for (const name of files) {
      const bytes = await readFile(at('model', name));
      await writeFiles(at('broken'), { [name]: name === file ? change(bytes) : bytes });
    }
    return alstm(['predict', at('broken'), at('audio', 'speech.wav')]);
  }
  const inJson = (change: (text: string) => string) => (bytes: Uint8Array) =>
    change(new TextDecoder().decode(bytes));

  it.each([
    [
      'of an unknown cell',
      'config.json',
      inJson((t) => t.replace('a-lstm', 'rnn')),
      /recurrent\.cell/,
    ],
    [
      'of another version',
      'config.json',
      inJson((t) => t.replace('alstm-model-1', 'alstm-model-9')),
      /alstm-model-9/,
    ],
    [
      'whose safetensors header lies about its size',
      'model.safetensors',
      (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, i) => (i === 5 ? 1 : byte)),
      /header/,
    ],
    [
      'that was cut off',
      'model.safetensors',
      (bytes: Uint8Array) => bytes.subarray(0, -8),
      /model\.safe/,
    ],
  ])('%s', async (_what, file, change, problem) => {
    const ended = await withChange(file, change);
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 1, stdout: '' });
    expect(errorOf(ended).message).toMatch(problem);
  });

  test('that is not there', async () => {
    const ended = await alstm(['predict', at('nowhere'), at('audio', 'speech.wav')]);
    expect(ended.status).toBe(1);
    expect(errorOf(ended).message).toContain(at('nowhere'));
  });
});
