/** `--with` and `--prior` of predict and evaluate; svm, `--combine` and `--prior` of experiment. */
import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { corpusFiles } from '../data/corpus-files.js';
import { adapterArgs, alstmHere, jsonLines, writeFiles } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();
const common = () => ['--cache', at('cache'), ...adapterArgs()];
const manifest = () => ['--manifest', at('corpus', 'manifest.csv')];
const tiny = [
  ...['--preset', 'alstm-1', '--units', '4', '--frontend-units', '4', '--head-hidden', '0'],
  ...['--batch', '4', '--epochs', '1', '--patience', '0'],
];

interface Line {
  readonly emotion: { readonly scores: Readonly<Record<string, number>> };
}

const predict = async (run: string, ...more: string[]): Promise<Line[]> => {
  const recordings = [0, 1, 2, 3].map((i) => at('corpus', `cid-${i}.wav`));
  const ended = await alstmHere([
    'predict',
    at(run),
    ...more,
    ...recordings,
    '--json',
    ...common(),
  ]);
  expect(ended).toMatchObject({ status: 0 });
  return jsonLines(ended) as Line[];
};

beforeAll(async () => {
  await writeFiles(at('corpus'), corpusFiles(6));
  for (const seed of ['0', '1']) {
    const own = ['--out', at(`seed-${seed}`), '--seed', seed];
    const ended = await alstmHere(['train', ...own, ...manifest(), ...tiny, ...common()]);
    expect(ended).toMatchObject({ status: 0 });
  }
}, 120_000);

test('predict --with prints the mean scores of the models', async () => {
  const [a, b] = [await predict('seed-0'), await predict('seed-1')];
  const both = await predict('seed-0', '--with', at('seed-1'));
  both.forEach(({ emotion }, i) => {
    const mean = (a[i]!.emotion.scores['anger']! + b[i]!.emotion.scores['anger']!) / 2;
    expect(emotion.scores['anger']).toBeCloseTo(mean, 12);
  });
});

test('predict --prior has the shares as mean scores of a speaker, with a warning, and needs the speaker', async () => {
  const lines = await predict('seed-0', '--prior', 'anger=1,sadness=3', '--speaker', 'cid');
  const mean = lines.reduce((sum, { emotion }) => sum + emotion.scores['anger']!, 0) / 4;
  expect(mean).toBeCloseTo(0.25, 6);
  const wav = at('corpus', 'cid-0.wav');
  const args = ['predict', at('seed-0'), wav, '--prior', 'uniform', ...common()];
  const nameless = await alstmHere(args);
  expect(nameless.status).toBe(2);
  expect(nameless.stderr).toContain('--prior was given, but not whose recordings these are');
  const told = await alstmHere([...args, '--speaker', 'cid']);
  expect(told.stderr).toContain('acted corpora do, people do not');
  const strange = await alstmHere([...args.slice(0, 4), 'joy=1', '--speaker', 'cid', ...common()]);
  expect(strange.stderr).toContain('the prior has a share of "joy", which is no label');
});

test('evaluate scores several models as one, and with a prior', async () => {
  const args = ['evaluate', at('seed-0'), '--json', ...common()];
  const together = await alstmHere([...args, '--with', at('seed-1')]);
  expect(together).toMatchObject({ status: 0 });
  expect(jsonLines(together)).toMatchObject([{ utterances: 6, labels: ['anger', 'sadness'] }]);
  const corrected = await alstmHere([...args, '--prior', 'uniform']);
  expect(corrected).toMatchObject({ status: 0 });
  expect(corrected.stderr).toContain('acted corpora do, people do not');
});

test('experiment reports a network beside the support vector classifier, and both as one', async () => {
  const cells = ['--cells', 'svm,lstm', '--seeds', '0,1', '--combine', 'lstm+svm'];
  const args = ['experiment', ...manifest(), ...tiny, ...cells, '--out', at('e'), ...common()];
  const ended = await alstmHere(args);
  expect(ended).toMatchObject({ status: 0 });
  expect(ended.stdout).toMatch(/^lstm (beats|does not beat|is ahead of) it/m);
  for (const name of ['lstm × 2 seeds', 'lstm + svm']) expect(ended.stdout).toContain(name);
  const again = await alstmHere([
    'experiment',
    'collect',
    at('e'),
    '--prior',
    'uniform',
    ...common(),
  ]);
  expect(again).toMatchObject({ status: 0 });
  expect(again.stderr).toContain('acted corpora do, people do not');
  const summary = JSON.parse(await readFile(at('e', 'summary.json'), 'utf8')) as {
    readonly cells: readonly { readonly name: string; readonly runs: number }[];
    readonly prior: { readonly shares: object };
  };
  expect(summary.cells.map(({ name, runs }) => [name, runs])).toEqual([
    ['svm', 3],
    ['lstm', 6],
  ]);
  expect(summary.prior.shares).toEqual({ anger: 0.5, sadness: 0.5 });
}, 120_000);
