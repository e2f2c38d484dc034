/** `first.sh` and `run.sh` in the archive for a GPU host: run their steps and collect the results. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { adapterSlug } from '../../src/bench/results.js';
import type { DoctorReport } from '../../src/gpu/doctor.js';
import type { Precision } from '../../src/plan/plan.js';
import { allSteps } from './all-steps.js';
import { packResults } from './archive.js';
import { collect, keptPattern, objectsOf, type Outcome } from './collect.js';
import { fallbacks, type Drivers } from './drivers.js';
import { card, firstSteps } from './first-steps.js';
import { outcomeOf } from './notes.js';
import { runProcess, type Job } from './process.js';
import { makeSounds } from './sounds.js';
import { doctor as doctorStep, type Host, type Step } from './steps.js';

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

async function main(args: readonly string[]): Promise<number> {
  const first = args[0] === '--first';
  const [folder = first ? 'results-first' : 'results', ...more] = first ? args.slice(1) : args;
  const quick = process.env['ALSTM_QUICK'] === '1';
  const usual = first || quick ? 120 : 540;
  const budget = Number(process.env['ALSTM_BUDGET_S'] || usual);
  if (more.length > 0 || folder.startsWith('-')) throw new Error('usage: ./run.sh [FOLDER]');
  if (!(budget > 0)) throw new Error('ALSTM_BUDGET_S: expected seconds, more than 0');
  const out = resolve(folder);
  const steps = join(out, 'steps');
  mkdirSync(steps, { recursive: true });
  for (const part of ['first', 'compiled'])
    rmSync(`${steps}/${part}`, { force: true, recursive: true });
  const cache = cacheFolder();
  const outcomes: Outcome[] = [];
  const left = (): number => budget - RESERVE - (performance.now() - began) / 1000;
  let drivers: Drivers['environment'] = {};
  let adapter = process.env['ALSTM_ADAPTER'];

  const run = async (step: Step, pinned: readonly string[]): Promise<Outcome> => {
    const files = { stdout: `${steps}/${step.name}.out`, stderr: `${steps}/${step.name}.log` };
    const limit = Math.min(step.most, left());
    const global = ['--cache', cache, ...(adapter ? ['--adapter', adapter] : [])];
    const job = jobOf(step, limit, [...pinned, ...global], drivers);
    const ended = await runProcess({ ...job, ...files });
    return outcomeOf(step, ended, limit, files);
  };
  const reportOf = (step: Step) =>
    objectsOf(`${steps}/${step.name}.out`).find((found) => 'adapter' in found) as
      DoctorReport | undefined;
  let report: DoctorReport | undefined;
  let kept: string | undefined;
  const record = (outcome: Outcome): Outcome => {
    outcomes.push(outcome);
    const { step, status, seconds, note } = outcome;
    const time = `${seconds.toFixed(1)} s`.padStart(8);
    console.error(`${step.padEnd(26)} ${status.padEnd(8)} ${time}  ${note}`);
    collect({ steps, kept, results: join(out, 'results.json') }, outcomes, report);
    return outcome;
  };
  const end = (code: number): number => {
    const archive = packResults(out, python());
    console.error(
      archive === undefined ? `no tar here: take ${out}` : `all of it is in ${archive}`,
    );
    return code;
  };

  if (first) record(await run(card, []));
  for (const [index, own] of [undefined, ...fallbacks(steps)].entries()) {
    const step = own === undefined ? doctorStep : { ...doctorStep, name: `doctor-${index}` };
    drivers = own?.environment ?? {};
    const outcome = await run(step, []);
    report = reportOf(step);
    if (report !== undefined) kept = keptFolder(out, report);
    record({
      ...outcome,
      note: report?.adapter.name ?? `${outcome.note} (${own?.name ?? 'as it is'})`,
    });
    if (report !== undefined || interrupted.signal.aborted || left() < LEAST) break;
  }
  if (report === undefined || kept === undefined) return end(1);
  adapter = report.adapter.kind === 'software' ? adapter : report.adapter.kind;

  const host = await hostOf(report, { out, kept, budget, quick });
  if (!first) makeSounds(`${steps}/sounds`, 12, quick ? 1 : 5);
  /** Plans with which a fixture failed. */
  const refused = new Set<string>();
  for (const step of first ? firstSteps(host) : allSteps(host)) {
    if (interrupted.signal.aborted) break;
    // without robustness a plan is verified anew
    const use = `${step.plan} ${JSON.stringify(step.environment)}`;
    const planned = step.plan !== undefined && existsSync(step.plan) && !refused.has(use);
    const reason = left() < LEAST ? 'no time is left' : 'there is no plan that passed';
    if (left() < LEAST || (step.needsPlan && !planned)) {
      record({ step: step.name, status: 'left out', seconds: 0, note: reason });
      continue;
    }
    const pinned = planned ? ['--plan', step.plan] : step.plan === undefined ? [] : ['--no-tune'];
    const { status, seconds } = record(await run(step, pinned));
    if (status === 'ok') writePlan(steps, step);
    const checks = step.args(0)[0] === 'verify';
    if (checks && planned && status === 'failed') refused.add(use);
    // A plan that does not fit one of the shapes must not affect the others.
    else if (
      status === 'failed' &&
      planned &&
      !step.needsPlan &&
      seconds < step.most / 2 &&
      left() > LEAST
    ) {
      record(await run({ ...step, name: `${step.name}-untuned` }, ['--no-tune']));
    }
  }
  if (host.torch === undefined)
    console.error(`pytorch${' '.repeat(18)}left out  torch is not installed`);
  console.error(`copy ${kept} into bench/results/; all results are in ${out}/results.json`);
  const failed = outcomes.filter(({ status }) => status === 'failed').length;
  console.error(`${failed} of ${outcomes.length} steps failed`);
  return end(failed === 0 && !interrupted.signal.aborted ? 0 : 1);
}

/** The plan in what a step printed. */
function writePlan(steps: string, { name, writesPlan }: Step): void {
  if (writesPlan === undefined) return;
  const [found] = objectsOf(`${steps}/${name}.out`);
  const plan = found?.['plan'];
  if (typeof plan !== 'object' || plan === null) return;
  const own = { ...plan, precision: writesPlan.precision };
  writeFileSync(writesPlan.path, `${JSON.stringify(own)}\n`);
}

type Started = Omit<Job, 'stdout' | 'stderr'>;

function jobOf(
  { program, args, environment: own }: Step,
  limit: number,
  more: readonly string[],
  drivers: Drivers['environment'],
): Started {
  const environment = { PYTHONDONTWRITEBYTECODE: '1', ...drivers, ...own };
  const common = { environment, limit };
  const { signal } = interrupted;
  if (program === 'nvidia-smi') return { command: program, args: args(limit), ...common, signal };
  if (program === 'python') return { command: python(), args: args(limit), ...common, signal };
  const main = join(root, 'dist', 'cli', 'main.js');
  return { command: process.execPath, args: [main, ...args(limit), ...more], ...common, signal };
}

function python(): string {
  return process.env['ALSTM_PYTHON'] || 'python3';
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
