import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { corpusFiles } from '../data/corpus-files.js';
import { adapterArgs, alstmHere, errorOf, filesIn, jsonLines, writeFiles } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();
const common = () => ['--cache', at('cache'), ...adapterArgs()];
const here = (...args: string[]) => alstmHere([...args, ...common()], { cache: at('cache') });
const tiny = [
  '--preset',
  'alstm-1',
  '--units',
  '4',
  '--frontend-units',
  '4',
  '--head-hidden',
  '0',
  '--cell',
  'lstm',
];
const epochs = ['--epochs', '2', '--patience', '0', '--batch', '8'];

/** What a run says of where its recordings are. */
async function placeOf(run: string): Promise<string> {
  const text = await readFile(at(run, 'config.json'), 'utf8');
  return (JSON.parse(text) as { data: { source: { path: string } } }).data.source.path;
}

beforeAll(async () => {
  await writeFiles(at('corpus'), corpusFiles(4));
  const manifest = ['--manifest', at('corpus', 'manifest.csv')];
  expect(await here('train', ...manifest, ...tiny, ...epochs, '--out', at('run'))).toMatchObject({
    status: 0,
  });
  await rename(at('corpus'), at('moved'));
}, 120_000);

test('a run whose recordings have moved says where they were, and how to say where they are', async () => {
  for (const args of [
    ['train', '--resume', '--out', at('run')],
    ['evaluate', at('run')],
  ]) {
    const ended = await here(...args);
    expect(ended.status).toBe(1);
    expect(errorOf(ended)).toEqual({
      message: `the recordings that ${at('run')} was trained on are no longer at ${at('corpus', 'manifest.csv')}`,
      hint: `Give their new path: --${args[0] === 'train' ? 'manifest' : 'data'} FILE.`,
    });
  }
});

test('evaluate takes the new place alone, with all else as the run was begun', async () => {
  const args = ['evaluate', at('run'), '--data', at('moved', 'manifest.csv'), '--json'];
  const ended = await here(...args);
  expect(jsonLines(ended)).toMatchObject([{ utterances: 4, labels: ['anger', 'sadness'] }]); // cid
  const nowhere = await here('evaluate', at('run'), '--data', at('nowhere'));
  expect(errorOf(nowhere).message).toBe(`there is no ${at('nowhere')}`);
});

test('train --resume takes the new place where the recordings are the same, and keeps it', async () => {
  const resume = (run: string, ...more: string[]) =>
    here('train', '--resume', '--out', at(run), ...more);
  // one that has epochs left: its last checkpoint is gone
  await cp(at('run'), at('cut'), { recursive: true });
  const [, last = ''] = filesIn(at('cut', 'checkpoints'));
  await rm(at('cut', 'checkpoints', last));

  await writeFiles(at('other'), { ...corpusFiles(4), ...othersOf(await corpusText()) });
  const other = await resume('cut', '--manifest', at('other', 'manifest.csv'));
  expect(other.status).toBe(1);
  expect(errorOf(other).message).toBe(
    `the training data differ from those that ${at('cut')} was started with`,
  );
  for (const [more, problem] of [
    [['--corpus', 'nemo', '--data', at('moved')], 'was trained on a corpus in the format manifest'],
    [['--manifest', at('moved'), '--data', at('moved')], '--manifest was given together with'],
    [['--manifest', at('none.csv')], `there is no ${at('none.csv')}`],
  ] as const) {
    const refused = await resume('cut', ...more);
    expect(refused.status).not.toBe(0);
    expect(errorOf(refused).message).toContain(problem);
  }
  expect(await placeOf('cut')).toBe(at('corpus', 'manifest.csv'));

  const ended = await resume('cut', '--manifest', at('moved', 'manifest.csv'), '--json');
  expect(jsonLines(ended)).toMatchObject([{ epochs: 2, stopped: 'epochs' }]);
  const newest = async (run: string) => {
    const model = at(run, 'model', 'model.safetensors');
    return { names: filesIn(at(run)), model: await readFile(model) };
  };
  expect(await newest('cut')).toEqual(await newest('run')); // to the same bits
  expect(await placeOf('cut')).toBe(at('moved', 'manifest.csv'));
  expect((await here('evaluate', at('cut'), '--json')).status).toBe(0);
});

test('a run that has ended keeps the new place too, and says how training goes on', async () => {
  const place = at('moved', 'manifest.csv');
  const ended = await here('train', '--resume', '--out', at('run'), '--data', place);
  expect(ended.status).toBe(0);
  expect(ended.stderr).toMatch(/is already complete: .*--init-from .*run and another --out\.\n/);
  expect(await placeOf('run')).toBe(place);
  const more = await here('train', '--resume', '--out', at('run'), '--epochs', '50');
  expect(more.status).toBe(2);
  expect(errorOf(more)).toEqual({
    message: '--epochs was given together with --resume',
    hint: expect.stringContaining(`--init-from ${at('run')}`) as string,
  });
});

test('an emotion that only test speakers have is said before training, and nothing is written', async () => {
  const rows = (await corpusText())
    .trim()
    .split('\n')
    .map((line) => line.split(',').slice(0, 4).join());
  const joyful = rows.map((line) => line.replace(/^(cid-[01].wav),\w+/, '$1,joy'));
  await mkdir(at('joyful'));
  await cp(at('moved'), at('joyful'), { recursive: true });
  await writeFile(at('joyful', 'manifest.csv'), `${joyful.join('\n')}\n`);
  const manifest = ['--manifest', at('joyful', 'manifest.csv')];
  const train = ['train', ...manifest, '--test-speakers', 'cid', ...tiny, ...epochs];
  const refused = await here(...train, '--out', at('joy'));
  expect(refused.status).toBe(1);
  expect(errorOf(refused)).toEqual({
    message: expect.stringContaining(
      'the test side has the emotion "joy" (2 utterances)',
    ) as string,
    hint: expect.stringContaining('--emotions anger,sadness') as string,
  });
  expect(filesIn(at('joy'))).toEqual([]);

  // leave-one-speaker-out meets it in one fold, and says so before any
  const experiment = ['experiment', ...manifest, '--cells', 'lstm', ...tiny.slice(0, -2)];
  const all = await here(...experiment, ...epochs, '--out', at('folds'));
  expect(all.status).toBe(1);
  expect(errorOf(all).message).toContain('fold cid: the test side has the emotion "joy"');
  expect(filesIn(at('folds'))).toEqual([]);

  // the only woman held out: her gender is none that the model knows, and nobody's concern
  const woman = ['--test-speakers', 'ann', '--emotions', 'anger,sadness'];
  const trained = await here(
    'train',
    ...manifest,
    ...woman,
    ...tiny,
    ...epochs,
    '--out',
    at('men'),
  );
  expect(trained.status).toBe(0);
  const scores = jsonLines(await here('evaluate', at('men'), '--json'));
  expect(scores).toMatchObject([{ utterances: 4, labels: ['anger', 'sadness'] }]);
  const gender = await here('evaluate', at('men'), '--task', 'gender');
  expect(errorOf(gender).message).toContain('the gender "female" is not one that the model was');
}, 60_000);

function corpusText(): Promise<string> {
  return readFile(at('moved', 'manifest.csv'), 'utf8');
}

/** The corpus with the labels of two recordings exchanged. */
function othersOf(manifest: string): Record<string, string> {
  const swapped: Record<string, string> = { 'ann-0': 'sadness', 'ann-1': 'anger' };
  const text = manifest.replaceAll(/^(ann-[01])\.wav,\w+/gm, (_, name: string) => {
    return `${name}.wav,${swapped[name]}`;
  });
  return { 'manifest.csv': text };
}
