import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { parseCsv, formatCsv } from '../../src/core/csv.js';
import { corpusFiles } from '../data/corpus-files.js';
import { adapterArgs, alstm, errorOf, jsonLines, writeFiles } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();
const common = () => ['--cache', at('cache'), ...adapterArgs()];
const tiny = [
  '--preset',
  'alstm-1',
  '--units',
  '4',
  '--input-units',
  '8',
  '--head-hidden',
  '4',
  '--batch',
  '4',
];

/** The corpus with the column arousal, high for anger and low for sadness; every fifth cell is empty. */
function files(emotions: boolean): Record<string, Uint8Array | string> {
  const own = corpusFiles(12);
  const [header, ...rows] = parseCsv(String(own['manifest.csv']), 'manifest.csv');
  const text = formatCsv([
    [...(header?.fields ?? []), 'arousal'],
    ...rows.map(({ fields }, i) => {
      const [path = '', emotion = '', speaker = '', gender = '', split = ''] = fields;
      const arousal = (emotion === 'anger' ? 4 : 2) + 0.1 * (i % 3);
      const cell = i % 5 === 4 ? '' : String(arousal);
      const side = split === 'train' && i % 12 < 4 ? 'validation' : split;
      return [path, emotions ? emotion : '', speaker, gender, side, cell];
    }),
  ]);
  return { ...own, 'manifest.csv': text };
}

beforeAll(async () => {
  await writeFiles(at('both'), files(true));
  await writeFiles(at('numbers'), files(false));
});

const data = (name: string) => ['--manifest', at(name, 'manifest.csv')];

test('numbers alone: trained by CCC, evaluated with intervals, predicted, resumed, exported', async () => {
  const run = at('run');
  const flags = [...tiny, '--regression', 'arousal', '--reversal', 'speaker=0.1', '--dropout', '0'];
  flags.push('--epochs', '12', '--lr', '0.02', '--patience', '0', '--log-format', 'csv');
  const trained = await alstm(['train', '--out', run, ...data('numbers'), ...flags, ...common()]);
  expect(trained.stderr).toMatch(/epoch {3}1 {2}.* CCC -?\d\.\d{3} {2}RMSE \d\.\d{3}/);
  expect(trained.status).toBe(0);
  const config = JSON.parse(await readFile(at('run', 'config.json'), 'utf8')) as {
    model: { heads: unknown[] };
  };
  expect(config.model.heads).toEqual([
    { task: 'arousal', loss: 'ccc', hidden: 4, weight: 1 },
    { task: 'speaker', classes: 2, hidden: 4, weight: 0.3, reversal: 0.1 },
    { task: 'gender', classes: 2, hidden: 4, weight: 0.6 },
  ]);
  const log = (await readFile(at('run', 'log.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { validation: Record<string, number>; best: boolean });
  const cccs = log.map(({ validation }) => validation['ccc'] ?? NaN);
  // the best so far is the one of the highest CCC
  log.forEach(({ best, validation }, i) => {
    expect(validation).not.toHaveProperty('accuracy');
    expect(validation).toHaveProperty('regression.arousal.ccc', cccs[i]);
    expect(best).toBe(i === 0 || cccs[i]! > Math.max(...cccs.slice(0, i)));
  });
  const csv = await readFile(at('run', 'log.csv'), 'utf8');
  expect(csv.split('\n')[0]).toContain('validation/ccc/arousal,validation/rmse/arousal');
  const card = await readFile(at('run', 'model', 'README.md'), 'utf8');
  expect(card).toContain('validation CCC, arousal');
  expect(card).toContain('- arousal: a number');

  const evaluated = await alstm(['evaluate', run, '--json', ...common()]);
  expect(evaluated.status).toBe(0);
  const [scores] = jsonLines(evaluated) as [Record<string, never>];
  expect(Object.keys(scores)).toEqual(['ccc', 'rmse', 'mae', 'pearson', 'utterances', 'intervals']);
  const { ccc, rmse, intervals } = scores as unknown as {
    readonly ccc: number;
    readonly rmse: number;
    readonly intervals: Record<string, [number, number]>;
  };
  expect(ccc).toBeGreaterThan(0.3);
  for (const [name, value] of Object.entries({ ccc, rmse })) {
    expect(intervals[name]?.[0]).toBeLessThan(value);
    expect(intervals[name]?.[1]).toBeGreaterThan(value);
  }
  const text = await alstm(['evaluate', run, ...common()]);
  expect(text.stdout).toMatch(/CCC +\d\.\d{4} .*95%: -?\d\.\d{4} to \d\.\d{4}\n/);

  const predicted = await alstm(['predict', run, at('both', 'ann-0.wav'), '--json', ...common()]);
  expect(jsonLines(predicted)).toMatchObject([
    {
      arousal: { value: expect.any(Number) as number },
      speaker: { label: expect.any(String) as string },
    },
  ]);
  const line = await alstm(['predict', run, at('both', 'ann-0.wav'), ...common()]);
  expect(line.stdout).toMatch(/\n {2}arousal {4}\d\.\d+\n/);

  const again = await alstm(['train', '--resume', '--out', run, ...common()]);
  expect(again.stderr).toContain('is already complete');
  const paths = ['--onnx', at('model.onnx'), '--hf', at('hf')];
  expect((await alstm(['export', run, ...paths, ...common()])).status).toBe(0);
  expect(await readFile(at('hf', 'README.md'), 'utf8')).toBe(card);
});

test('numbers beside emotions: accuracy decides, and --task scores either', async () => {
  const run = at('beside');
  const flags = [...tiny, '--regression', 'arousal', '--regression-loss', 'mse', '--epochs', '2'];
  const trained = await alstm(['train', '--out', run, ...data('both'), ...flags, ...common()]);
  expect(trained.stderr).toMatch(/epoch {3}1 .*accuracy/);
  const log = await readFile(at('beside', 'log.jsonl'), 'utf8');
  expect(JSON.parse(log.split('\n')[0] ?? '')).toMatchObject({
    validation: {
      accuracy: expect.any(Number) as number,
      regression: { arousal: { rmse: expect.any(Number) as number } },
    },
  });
  const emotion = await alstm(['evaluate', run, '--json', ...common()]);
  expect(jsonLines(emotion)[0]).toHaveProperty('uar');
  const arousal = await alstm(['evaluate', run, '--task', 'arousal', '--json', ...common()]);
  expect(jsonLines(arousal)[0]).toHaveProperty('ccc');
});

test('what is wrong is told in a line', async () => {
  const run = (...more: string[]) =>
    alstm(['train', '--out', at('never'), ...data('both'), ...tiny, ...more, ...common()]);
  const missing = await run('--regression', 'arousal,valence');
  expect(errorOf(missing).message).toContain('the manifest corpus has no numbers for "valence"');
  const stray = await run('--regression', 'arousal', '--reversal', 'valence=1');
  expect(errorOf(stray).message).toContain('gradient reversal was given for the task "valence"');
  const negative = await run('--reversal', 'speaker=-1');
  expect(negative.status).toBe(2);
  const unnamed = await run();
  expect(errorOf(unnamed).message).toContain('the header has the unknown column "arousal"');
});
