/** Creates the result files from the output of the steps; always complete. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { questions } from '../../src/bench/grid.js';
import { BENCH_FORMAT, originOf } from '../../src/bench/results.js';
import type { BenchFile, BenchResult, SkippedShape } from '../../src/bench/results.js';
import type { DoctorReport } from '../../src/gpu/doctor.js';

/** Result of a step. */
export interface Outcome {
  readonly step: string;
  /** `cut`: it reached its time limit, and what it measured until then counts. */
  readonly status: 'ok' | 'failed' | 'cut' | 'left out';
  readonly seconds: number;
  /** Its results, or why it failed. */
  readonly note: string;
}

export interface Folders {
  /** Output of each step. */
  readonly steps: string;
  /** Results to keep. Absent if there is no adapter. */
  readonly kept: string | undefined;
  /** The file with all results. */
  readonly results: string;
}

/** The names of files to keep. */
export const keptPattern =
  /^(?:doctor|verify|train-step|inference|kernels|scaling|pytorch(?:-profile)?|plan-.+)\.json$/;

/** The objects that a step printed, one in total or one per line; a killed step may have left a partial line. */
export function objectsOf(path: string): Record<string, unknown>[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  const whole = parsed(text);
  const values = whole === undefined ? text.split('\n').map(parsed) : [whole];
  return values.flatMap((value) =>
    typeof value === 'object' && value !== null ? [{ ...value }] : [],
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function collect(
  { steps, kept, results }: Folders,
  outcomes: readonly Outcome[],
  doctor: DoctorReport | undefined,
): void {
  const objects = outcomes.flatMap(({ step }) => objectsOf(`${steps}/${step}.out`));
  const verify = outcomes.flatMap(({ step }) => {
    const precision = /^verify-(.+)$/.exec(step)?.[1];
    if (precision === undefined) return [];
    return objectsOf(`${steps}/${step}.out`).map((verdict) => ({ precision, ...verdict }));
  });
  const benches = objects.filter((found) => 'bench' in found) as unknown as Measured[];
  if (kept !== undefined && doctor !== undefined) {
    writeJson(`${kept}/doctor.json`, doctor);
    if (verify.length > 0) writeJson(`${kept}/verify.json`, verify);
    for (const file of benchFiles(benches, doctor)) writeJson(`${kept}/${file.bench}.json`, file);
    if (!doctor.adapter.software) collectPytorch(steps, kept, outcomes);
  }
  const training = distinct(benches.filter(({ bench }) => bench === 'train-step')).filter(
    (one) => !('skipped' in one),
  );
  writeJson(results, { doctor: doctor ?? null, verify, training, steps: outcomes });
}

type Measured = BenchResult | SkippedShape;

/** For each shape the first measurement, which is the longest; skipped if there is none. */
function distinct(found: readonly Measured[]): Measured[] {
  const byShape = new Map<string, Measured>();
  for (const one of found) {
    const key = JSON.stringify([one.bench, one.shape]);
    const known = byShape.get(key);
    if (known === undefined || ('skipped' in known && !('skipped' in one))) byShape.set(key, one);
  }
  return [...byShape.values()];
}

/** In the format of `alstm bench --out`. */
function benchFiles(found: readonly Measured[], { adapter }: DoctorReport): BenchFile[] {
  return questions.flatMap((bench) => {
    const own = distinct(found.filter((one) => one.bench === bench));
    if (own.length === 0) return [];
    const results = own.filter((one): one is BenchResult => !('skipped' in one));
    const skipped = own.filter((one): one is SkippedShape => 'skipped' in one);
    return [{ format: BENCH_FORMAT, bench, ...originOf(adapter), results, skipped }];
  });
}

function collectPytorch(steps: string, kept: string, outcomes: readonly Outcome[]): void {
  const table = `${steps}/pytorch.json`;
  if (existsSync(table)) copyFileSync(table, `${kept}/pytorch.json`);
  const profiles = outcomes
    .filter(({ step, status }) => step.startsWith('pytorch-profile') && status === 'ok')
    .flatMap(({ step }) => objectsOf(`${steps}/${step}.out`));
  if (profiles.length > 0) writeJson(`${kept}/pytorch-profile.json`, { results: profiles });
}

/** Writes atomically. */
function writeJson(path: string, value: unknown): void {
  mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
  writeFileSync(`${path}.partial`, `${JSON.stringify(value, null, 1)}\n`);
  renameSync(`${path}.partial`, path);
}
