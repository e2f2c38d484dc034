import { expect, test } from 'vitest';
import { absolute } from '../../src/cli/options/values.js';
import type { KernelPlan } from '../../src/plan/plan.js';
import type { PredictedTiming } from '../../src/tuning/predicted.js';
import { adapterArgs, alstmHere, errorOf } from '../cli/run-cli.js';
import { MemoryFiles } from '../support/memory-files.js';
import { corpusFiles } from '../data/corpus-files.js';

const tiny = ['--units', '4', '--frontend-units', '4', '--head-hidden', '4', '--batch', '2'];
const preset = ['--preset', 'alstm-1'];
const here = adapterArgs();
const corpus = absolute('corpus');
const train = (out: string, ...more: string[]) => [
  ...['train', '--out', out, '--manifest', `${corpus}/manifest.csv`, '--epochs', '1'],
  ...[...preset, ...tiny, ...here, ...more],
];

/** A corpus, and a plan that no adapter has by its rules. */
async function prepared(changes: Partial<KernelPlan> = {}): Promise<MemoryFiles> {
  const entries = Object.entries(corpusFiles(4)).map(([path, data]) => [`${corpus}/${path}`, data]);
  const files = new MemoryFiles(Object.fromEntries(entries) as Record<string, string>);
  const printed = await alstmHere(['graph', '--json', ...preset, ...tiny], { files });
  const { plan } = JSON.parse(printed.stdout) as { plan: KernelPlan };
  const lanes = { variant: 'registers', rowLanes: 4, columnLanes: 4 } as const;
  const matmul = { dense: lanes, inputGradient: lanes, weightGradient: lanes, heads: lanes };
  const steps = { variant: 'steps', rows: 4, units: 4, lanes: 4 } as const;
  const sweep = { variant: 'persistent', rows: 4, lanes: 8, block: 1, unroll: false } as const;
  const ways = { forward: steps, backward: sweep };
  const own = { ...plan, matmul, ...ways, gradientGroups: 3, ...changes };
  await files.write('plan.json', JSON.stringify(own));
  return files;
}

async function planOf(files: MemoryFiles, run: string): Promise<unknown> {
  const text = new TextDecoder().decode(await files.read(`${run}/config.json`));
  return (JSON.parse(text) as { plan: unknown }).plan;
}

test('a plan that is given is stored in the run, which goes on with it', async () => {
  const files = await prepared();
  const plan: unknown = JSON.parse(new TextDecoder().decode(await files.read('plan.json')));
  const begun = await alstmHere(train('run', '--plan', 'plan.json'), { files });
  expect(begun.stderr).not.toContain('alstm:');
  expect(begun.status).toBe(0);
  expect(begun.stderr).toContain('kernel plan, as given: f32; dense registers 4x4;');
  expect(await planOf(files, 'run')).toEqual(plan);
  await files.remove('plan.json');
  const config = new TextDecoder().decode(await files.read('run/config.json'));
  await files.write('run/config.json', config.replace('"epochs": 1', '"epochs": 2'));
  await files.remove('run/checkpoints'); // they are of the run of one epoch
  await files.remove('run/log.jsonl');
  const resumed = await alstmHere(['train', '--resume', '--out', 'run', ...here], { files });
  expect(resumed.stderr).not.toContain('alstm:');
  expect(resumed.status).toBe(0);
  expect(resumed.stderr).toContain("kernel plan, the run's own: f32; dense registers 4x4;");
  expect(await planOf(files, 'run')).toEqual(plan);
});

test('a plan file that cannot be gives one line, and nothing is written', async () => {
  const files = await prepared({ gradientGroups: 0 });
  await files.write('no.json', '{');
  const many = { variant: 'steps', rows: 4, units: 4, lanes: 1 << 20 } as const;
  const other = await prepared({ forward: many });
  await files.write('many.json', await other.read('plan.json'));
  for (const [args, message, status] of [
    [
      ['--plan', 'plan.json'],
      'plan.json: gradientGroups is 0, expected an integer of at least 1',
      1,
    ],
    [['--plan', 'no.json'], 'no.json: not valid JSON', 1],
    [['--plan', 'nowhere.json'], 'cannot read nowhere.json', 1],
    [
      ['--plan', 'many.json'],
      'kernel plan (as given): forward needs 1048576 lanes per workgroup',
      1,
    ],
    [['--plan', 'many.json', '--tune'], '--plan was given together with --tune', 2],
    [
      ['--plan', 'many.json', '--precision', 'f16'],
      '--precision is f16, but many.json is a plan',
      2,
    ],
  ] as const) {
    const ended = await alstmHere(train('run', ...args), { files });
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status, stdout: '' });
    expect(errorOf(ended).message).toContain(message);
  }
  expect(await files.exists('run')).toBe(false);
});

test('graph and bench take a plan', async () => {
  const files = await prepared();
  const printed = await alstmHere(['graph', '--json', ...preset, ...tiny, '--plan', 'plan.json'], {
    files,
  });
  expect(JSON.parse(printed.stdout)).toMatchObject({ plan: { gradientGroups: 3 } });
  const shape = [...tiny, '--frames', '6', '--seconds', '0.02', '--heads', 'emotion=2'];
  const args = ['bench', 'kernels', ...shape, '--plan', 'plan.json', '--json', ...here];
  const timed = await alstmHere(args, { files });
  expect(timed.stderr).not.toContain('alstm:');
  expect(timed.status).toBe(0);
  expect(JSON.parse(timed.stdout)).toMatchObject({ plan: { gradientGroups: 3 } });
});

test('tune prints what it timed and writes a plan that trains', async () => {
  const files = await prepared();
  const shape = [...tiny, '--frames', '6', '--heads', 'emotion=2', '--cell', 'lstm'];
  const args = ['tune', ...shape, '--budget', '2', '--out', 'tuned.json', '--json', ...here];
  const ended = await alstmHere(args, { files });
  expect(ended.status).toBe(0);
  const found = JSON.parse(ended.stdout) as { plan: KernelPlan; timings: PredictedTiming[] };
  expect(found).toMatchObject({ shape: { batch: 2, frames: 6, units: 4, cell: 'lstm' } });
  expect(found.timings.length).toBeGreaterThan(6);
  for (const timing of found.timings) expect(timing.predicted).toBeGreaterThan(0);
  const written = new TextDecoder().decode(await files.read('tuned.json'));
  expect(JSON.parse(written)).toEqual(found.plan);
  expect(files.paths().filter((path) => path.includes('/plans/'))).toHaveLength(1);
  const trained = await alstmHere(train('run', '--plan', 'tuned.json'), { files });
  expect(trained.stderr).not.toContain('alstm:');
  expect(trained.status).toBe(0);
  expect(await planOf(files, 'run')).toEqual(found.plan);
});
