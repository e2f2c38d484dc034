/** `run.sh` in the archive for a GPU host: runs every step and collects its results. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { adapterSlug } from '../../src/bench/results.js';
import type { DoctorReport } from '../../src/gpu/doctor.js';
import type { Precision } from '../../src/plan/plan.js';
import { collect, keptPattern, objectsOf, type Outcome } from './collect.js';
import { outcomeOf } from './notes.js';
import { runProcess, type Job } from './process.js';
import { doctor as doctorStep, stepsOf, type Host, type Step } from './steps.js';

const began = performance.now();
const root = resolve(fileURLToPath(import.meta.url), '../../..');
/** A step is not started with less time than this, in seconds; the rest is for the results. */
const LEAST = 5;
const RESERVE = 2;

/** Stopped from outside: the results so far are written. */
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort());
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`run.sh: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main([folder = 'results', ...more]: readonly string[]): Promise<number> {
  const quick = process.env['ALSTM_QUICK'] === '1';
  const budget = Number(process.env['ALSTM_BUDGET_S'] || (quick ? 120 : 540));
  if (more.length > 0 || folder.startsWith('-')) throw new Error('usage: ./run.sh [FOLDER]');
  if (!(budget > 0)) throw new Error('ALSTM_BUDGET_S: expected seconds, more than 0');
  const out = resolve(folder);
  const steps = join(out, 'steps');
  mkdirSync(steps, { recursive: true });
  rmSync(`${steps}/pytorch.json`, { force: true });
  const cache = cacheFolder();
  const global = ['--cache', cache, ...adapterOption()];
  const outcomes: Outcome[] = [];
  const left = (): number => budget - RESERVE - (performance.now() - began) / 1000;

  const run = async (step: Step, pinned: readonly string[]): Promise<Outcome> => {
    const files = { stdout: `${steps}/${step.name}.out`, stderr: `${steps}/${step.name}.log` };
    const limit = Math.min(step.most, left());
    const ended = await runProcess({ ...jobOf(step, limit, [...pinned, ...global]), ...files });
    return outcomeOf(step, ended, limit, files);
  };
  const first = await run(doctorStep, []);
  const report = objectsOf(`${steps}/doctor.out`).find((found) => 'adapter' in found) as
    DoctorReport | undefined;
  const kept = report && keptFolder(out, report);
  const record = (outcome: Outcome): Outcome => {
    outcomes.push(outcome);
    const { step, status, seconds, note } = outcome;
    const time = `${seconds.toFixed(1)} s`.padStart(8);
    console.error(`${step.padEnd(24)} ${status.padEnd(8)} ${time}  ${note}`);
    collect({ steps, kept, results: join(out, 'results.json') }, outcomes, report);
    return outcome;
  };

  record({ ...first, note: report?.adapter.name ?? first.note });
  if (report === undefined || kept === undefined) return 1;

  const host = await hostOf(report, { out, kept, budget, quick });
  for (const step of stepsOf(host)) {
    if (interrupted.signal.aborted) break;
    if (left() < LEAST) {
      record({ step: step.name, status: 'left out', seconds: 0, note: 'no time is left' });
      continue;
    }
    const tuned = step.plan !== undefined && existsSync(step.plan);
    const pinned = step.plan === undefined ? [] : tuned ? ['--plan', step.plan] : ['--no-tune'];
    const { status, seconds } = record(await run(step, pinned));
    // A plan that does not fit one of the shapes must not affect the others.
    if (status === 'failed' && tuned && seconds < step.most / 2 && left() > LEAST) {
      record(await run({ ...step, name: `${step.name}-untuned` }, ['--no-tune']));
    }
  }
  if (host.torch === undefined)
    console.error(`pytorch${' '.repeat(18)}left out  torch is not installed`);
  console.error(`copy ${kept} into bench/results/; all results are in ${out}/results.json`);
  const failed = outcomes.filter(({ status }) => status === 'failed').length;
  console.error(`${failed} of ${outcomes.length} steps failed`);
  return failed === 0 && !interrupted.signal.aborted ? 0 : 1;
}

type Started = Omit<Job, 'stdout' | 'stderr'>;

function jobOf({ program, args }: Step, limit: number, more: readonly string[]): Started {
  const common = { environment: { PYTHONDONTWRITEBYTECODE: '1' }, limit };
  const { signal } = interrupted;
  if (program === 'python') return { command: python(), args: args(limit), ...common, signal };
  const main = join(root, 'dist', 'cli', 'main.js');
  return { command: process.execPath, args: [main, ...args(limit), ...more], ...common, signal };
}

function python(): string {
  return process.env['ALSTM_PYTHON'] || 'python3';
}

function adapterOption(): string[] {
  const adapter = process.env['ALSTM_ADAPTER'];
  return adapter ? ['--adapter', adapter] : [];
}

/** Without the files of an earlier run, which would be mistaken for this one's. */
function keptFolder(out: string, { adapter }: DoctorReport): string {
  const folder = join(out, adapterSlug(adapter));
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (keptPattern.test(name)) rmSync(join(folder, name));
  }
  return folder;
}

/** Next to the archive's files, so that a second run finds it; elsewhere if they are read-only. */
function cacheFolder(): string {
  try {
    accessSync(root, constants.W_OK);
    return join(root, 'cache');
  } catch {
    return mkdtempSync(join(tmpdir(), 'alstm-cache-'));
  }
}

async function hostOf(
  { adapter, features }: DoctorReport,
  given: Pick<Host, 'out' | 'kept' | 'budget' | 'quick'>,
): Promise<Host> {
  const fixtures = join(root, 'test', 'fixtures');
  const { software } = adapter;
  const precisions: readonly Precision[] = features.includes('shader-f16')
    ? ['f32', 'f16']
    : ['f32'];
  return {
    ...given,
    root,
    software,
    precisions,
    fixtures: readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.safetensors'))
      .sort()
      .filter((_, i) => !given.quick || i % 4 === 0)
      .map((name) => join(fixtures, name)),
    torch: await torchDevice(software, given.out),
  };
}

/** The device of torch, if it is installed. The CPU is used only for trial runs. */
async function torchDevice(software: boolean, out: string): Promise<Host['torch']> {
  const device = software ? 'cpu' : 'cuda';
  const ask = software ? 'import torch' : 'import torch; assert torch.cuda.is_available()';
  const { code } = await runProcess({
    command: python(),
    args: ['-c', ask],
    environment: { PYTHONDONTWRITEBYTECODE: '1' },
    stdout: join(out, 'steps', 'torch.out'),
    stderr: join(out, 'steps', 'torch.log'),
    limit: 60,
    signal: interrupted.signal,
  });
  return code === 0 ? device : undefined;
}
