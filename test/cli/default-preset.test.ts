/** The default preset from the command line: what it stores, that it resumes, and how it predicts a single voice. */
import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { corpusFiles } from '../data/corpus-files.js';
import { adapterArgs, alstmHere, jsonLines, writeFiles } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();
const common = () => ['--cache', at('cache'), ...adapterArgs()];
const data = () => ['--manifest', at('corpus', 'manifest.csv')];

beforeAll(async () => {
  await writeFiles(at('corpus'), corpusFiles(8));
  const length = ['--epochs', '2', '--batch', '8', '--units', '4', '--input-units', '8'];
  const args = ['train', ...data(), ...length, '--out', at('run'), ...common()];
  expect(await alstmHere(args)).toMatchObject({ status: 0 });
}, 120_000);

test('a run stores all that the preset said, so that presets may change', async () => {
  const config = JSON.parse(await readFile(at('run', 'config.json'), 'utf8')) as object;
  expect(config).toMatchObject({
    preset: 'alstm',
    features: { set: 'voice56', trimDb: 35, speeds: [0.9, 1.1] },
    model: {
      features: 56,
      layers: [
        { kind: 'subsample', by: 8 },
        { kind: 'dense', units: 8 },
        { kind: 'recurrent', cell: 'a-lstm', units: 4, period: 1 },
      ],
      pooling: 'attention+deviation',
      functionals: { units: 64, scope: 'functionals' },
      heads: [{ task: 'emotion', hidden: 0, label_smoothing: 0.1 }],
    },
    training: { epochs: 2, ema: 0.98, keep: 'last', schedule: { name: 'cosine' } },
    data: { source: { normalise: 'speaker', kappa: 1 } },
  });
  const resumed = await alstmHere(['train', '--resume', '--out', at('run'), ...common()]);
  expect(resumed).toMatchObject({ status: 0 });
  expect(resumed.stderr).toContain('is already complete');
});

test('its model predicts one recording by the prior, and says that more help', async () => {
  const recording = at('corpus', 'cid-0.wav');
  const alone = await alstmHere(['predict', at('run'), recording, '--json', ...common()]);
  expect(alone.status).toBe(0);
  expect(alone.stderr).toContain('answers are better from 10 recordings of a speaker on');
  const [answer] = jsonLines(alone) as { emotion: { scores: Record<string, number> } }[];
  const sum = Object.values(answer?.emotion.scores ?? {}).reduce((a, b) => a + b, 0);
  expect(sum).toBeCloseTo(1, 5);
  const all = await alstmHere([
    ...['predict', at('run'), ...[0, 1, 2, 3].map((i) => at('corpus', `cid-${i}.wav`))],
    ...['--speaker', 'cid', '--json', ...common()],
  ]);
  expect(jsonLines(all)).toHaveLength(4);
  expect(jsonLines(all)[0]).not.toEqual(jsonLines(alone)[0]);
});

test('without normalisation by speaker its functionals are of the frames', async () => {
  const args = ['--epochs', '1', '--normalise', 'utterance', '--out', at('plain')];
  const ended = await alstmHere(['train', ...data(), ...args, ...common()]);
  expect(ended.status).toBe(0);
  const config = JSON.parse(await readFile(at('plain', 'config.json'), 'utf8')) as object;
  expect(config).toMatchObject({ model: { functionals: { units: 64, scope: 'frames' } } });
}, 60_000);

test('trains on all recordings, without a validation side, and predicts', async () => {
  const args = ['--epochs', '1', '--validation-share', '0', '--out', at('all')];
  const ended = await alstmHere(['train', ...data(), ...args, ...common()]);
  expect(ended.stderr).toContain(' training and 0 validation utterances');
  expect(ended.status).toBe(0);
  const predicted = await alstmHere(['predict', at('all'), at('corpus', 'cid-0.wav'), ...common()]);
  expect(predicted.status).toBe(0);
}, 60_000);
