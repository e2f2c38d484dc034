import { readFile, rm } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { corpusFiles } from '../data/corpus-files.js';
import { adapterArgs, alstm, errorOf, filesIn, jsonLines, writeFiles } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();
const manifest = () => ['--manifest', at('corpus', 'manifest.csv')];
const common = () => ['--cache', at('cache'), ...adapterArgs()];
const what = [
  ...['--cells', 'lstm,a-lstm/2', '--seeds', '3', '--epochs', '2', '--lr', '0.01', '--batch', '4'],
  ...[
    '--preset',
    'alstm-1',
    '--units',
    '4',
    '--frontend-units',
    '4',
    '--head-hidden',
    '4',
    '--offsets',
    '2,1',
  ],
];
const experiment = (out: string, ...more: string[]): string[] => [
  ...['experiment', ...manifest(), ...what, '--out', at(out), ...common(), ...more],
];

/** What decides an experiment's results, by path: all but the times in logs and the report. */
async function results(out: string): Promise<Record<string, string>> {
  const paths = filesIn(at(out)).filter((path) => /result\.json$|model\.safetensors$/.test(path));
  const read = async (path: string) => [path, (await readFile(at(out, path))).toString('base64')];
  return Object.fromEntries((await Promise.all(paths.map(read))) as [string, string][]);
}

let whole: Record<string, string>;

beforeAll(async () => {
  await writeFiles(at('corpus'), corpusFiles(8));
  const ended = await alstm(experiment('whole', '--json'));
  if (ended.status !== 0) throw new Error(ended.stderr);
  whole = await results('whole');
}, 120_000);

test('every cell is trained and tested on every speaker, and reported on', async () => {
  expect(Object.keys(whole)).toHaveLength(12); // 2 cells × 3 speakers, a result and a model each
  const page = await readFile(at('whole', 'report.html'), 'utf8');
  for (const name of ['ann', 'bob', 'cid', 'a-lstm/2']) expect(page).toContain(name);
  const summary = JSON.parse(await readFile(at('whole', 'summary.json'), 'utf8')) as {
    cells: { name: string; runs: number; units: unknown[]; scores: { maf: object } }[];
    comparisons: { p?: number }[];
    missing: string[];
  };
  expect(summary.missing).toEqual([]);
  expect(summary.cells.map(({ name, runs }) => [name, runs])).toEqual([
    ['lstm', 3],
    ['a-lstm/2', 3],
  ]);
  // three speakers are too few for an interval or a p
  expect(Object.keys(summary.cells[0]?.scores.maf ?? {})).toEqual(['mean']);
  expect(summary.comparisons.every(({ p }) => p === undefined)).toBe(true);
  const card = await readFile(at('whole', 'runs/a-lstm-2/cid/seed-3/model/README.md'), 'utf8');
  for (const text of ['cid', 'anger', 'a-lstm']) expect(card).toContain(text);
  expect(filesIn(at('whole'))).toEqual(expect.arrayContaining(['results.md', 'protocol.json']));
});

test('a test speaker is trained on in no fold', async () => {
  for (const speaker of ['ann', 'bob', 'cid']) {
    const run = at('whole', `runs/lstm/${speaker}/seed-3`);
    const { labels } = JSON.parse(await readFile(`${run}/config.json`, 'utf8')) as {
      labels: { speaker: string[] };
    };
    const result = JSON.parse(await readFile(`${run}/result.json`, 'utf8')) as {
      predictions: { speaker: string }[];
    };
    expect(labels.speaker).not.toContain(speaker);
    expect([...new Set(result.predictions.map((p) => p.speaker))]).toEqual([speaker]);
  }
});

test('given again it repeats nothing, and reports the same', async () => {
  const before = await readFile(at('whole', 'summary.json'), 'utf8');
  const ended = await alstm(['experiment', ...manifest(), '--out', at('whole'), ...common()]);
  expect(ended.status).toBe(0);
  expect(ended.stderr).not.toContain('accuracy');
  expect(await readFile(at('whole', 'summary.json'), 'utf8')).toBe(before);
});

test('killed again and again it goes on, to the results of one that never was', async () => {
  // each process gets somewhat further than the one before
  const moments = [1500, 2200, 2900, 3600];
  let kills = 0;
  for (const moment of moments) {
    const ended = await alstm(experiment('killed'), {
      onStart: (child) => void setTimeout(() => child.kill('SIGKILL'), moment),
    });
    if (ended.status === 'SIGKILL') kills++;
  }
  expect(kills).toBeGreaterThan(0);
  const left = await alstm(experiment('killed', '--json'));
  expect(left.status).toBe(0);
  expect(await results('killed')).toEqual(whole);
});

test('shared out, the parts together are the whole', async () => {
  for (const [part, env] of [
    ['1/2', {}],
    ['auto', { SLURM_ARRAY_TASK_ID: '2', SLURM_ARRAY_TASK_MIN: '1', SLURM_ARRAY_TASK_COUNT: '2' }],
  ] as const) {
    const ended = await alstm(experiment(`part-${part.slice(0, 1)}`, '--shard', part, '--json'), {
      env,
    });
    expect(jsonLines(ended)).toMatchObject([{ done: 3, total: 3, failed: [] }]);
  }
  expect({ ...(await results('part-1')), ...(await results('part-a')) }).toEqual(whole);
  const args = ['experiment', 'collect', at('part-1'), at('part-a'), '--report', at('both')];
  const collected = await alstm([...args, '--json', ...common()]);
  expect(collected.status).toBe(0);
  const ofWhole = await readFile(at('whole', 'summary.json'), 'utf8');
  expect(await readFile(at('both', 'summary.json'), 'utf8')).toBe(ofWhole);
});

test('the kernel plan that is given is the one that every run uses', async () => {
  const run = 'runs/lstm/ann/seed-3/config.json';
  const { plan } = JSON.parse(await readFile(at('whole', run), 'utf8')) as {
    plan: { stepsPerDispatch: number };
  };
  const own = { ...plan, stepsPerDispatch: plan.stepsPerDispatch + 1 };
  await writeFiles(at(), { 'plan.json': JSON.stringify(own) });
  const more = ['--plan', at('plan.json'), '--folds', 'ann', '--shard', '1/2'];
  expect((await alstm(experiment('planned', ...more))).status).toBe(0);
  const config = JSON.parse(await readFile(at('planned', run), 'utf8')) as { plan: unknown };
  expect(config.plan).toEqual(own);
});

test('a run that fails is reported as what it is, and the others are done', async () => {
  await writeFiles(at('broken', 'runs/lstm/bob/seed-3'), { 'config.json': '{"format":"x"}' });
  const ended = await alstm(experiment('broken', '--folds', 'bob', '--json'));
  expect(ended.status).toBe(1);
  expect(errorOf(ended)).toEqual({
    message: expect.stringMatching(/^lstm bob seed 3: .*config\.json: format "x"/) as string,
    hint: 'Run the same command to try again.',
  });
  expect(filesIn(at('broken', 'runs/a-lstm-2/bob/seed-3'))).toContain('result.json');
});

test('a part that is missing is named', async () => {
  await rm(at('part-1', 'runs/lstm/ann/seed-3/result.json'));
  const ended = await alstm(['experiment', 'collect', at('part-1'), ...common(), '--json']);
  const [{ missing }] = jsonLines(ended) as [{ missing: string[] }];
  expect(missing).toContain('lstm ann seed 3');
  expect(missing).toHaveLength(4);
});

describe('is refused', () => {
  test.each<[string, () => string[], string]>([
    ['without a folder', () => ['experiment', ...manifest()], 'no --out was given'],
    [
      'without anything to run',
      () => ['experiment', '--data', at('corpus'), '--out', at('none')],
      'no experiment was given',
    ],
    [
      'with another protocol in its folder',
      () => ['experiment', '--corpus', 'manifest', '--data', at('corpus'), '--out', at('whole')],
      'was started with another protocol',
    ],
    ['for one cell', () => experiment('none', '--cell', 'lstm'), '--cell was given'],
    [
      'with a setting and no corpus',
      () => ['experiment', '--data', at('corpus'), '--epochs', '9', '--out', at('none')],
      '--epochs was given without a corpus',
    ],
    [
      'with a setting besides its protocol',
      () => ['experiment', '--protocol', 'p.json', '--epochs', '9', '--out', at('none')],
      '--epochs was given together with --protocol',
    ],
    [
      'for a fold that is none',
      () => ['experiment', ...manifest(), '--out', at('whole'), '--folds', 'eve'],
      'the protocol has no fold "eve"',
    ],
    ['for a part that is none', () => experiment('none', '--shard', '3/2'), '--shard 3/2'],
    [
      'when nothing is there to collect',
      () => ['experiment', 'collect', at('corpus')],
      'is not an experiment folder: it has no protocol.json',
    ],
  ])('%s', async (_, args, message) => {
    const ended = await alstm([...args(), ...common()]);
    expect(ended.status).not.toBe(0);
    expect(errorOf(ended).message).toContain(message);
    expect(filesIn(at('none'))).toEqual([]);
  });

  test('with other data than it was begun with', async () => {
    await writeFiles(at('other'), corpusFiles(6));
    const other = ['--manifest', at('other', 'manifest.csv')];
    const ended = await alstm(['experiment', ...other, '--out', at('whole'), ...common()]);
    expect(errorOf(ended).message).toContain('the data differ from those that');
  });
});

test('a script for Slurm runs the same command, and bash can read it', async () => {
  const file = at('job.sh');
  const more = ['--allow-outside', '--no-tune', '--cache', at('its cache')];
  const ended = await alstm(experiment("it's", '--sbatch', file, '--tasks', '3', ...more));
  expect(ended.status).toBe(0);
  const script = await readFile(file, 'utf8');
  expect(script).toContain('#SBATCH --array=1-3');
  expect(filesIn(at("it's"))).toEqual(['protocol.json']);
  const { execFileSync } = await import('node:child_process');
  // the command as the shell sees it
  const words = execFileSync(
    'bash',
    ['-c', `alstm() { printf '%s\\n' "$@"; }; ${script.replace(/^#.*$/gm, '')}`],
    { encoding: 'utf8' },
  );
  expect(words.trim().split('\n')).toEqual([
    'experiment',
    ...['--protocol', at("it's", 'protocol.json'), '--manifest', at('corpus', 'manifest.csv')],
    ...['--out', at("it's"), '--shard', 'auto', '--allow-outside', ...adapterArgs()],
    ...['--cache', at('its cache'), '--no-tune'],
  ]);
});
