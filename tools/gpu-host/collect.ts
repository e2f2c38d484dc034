/** Creates the result files from the output of the steps; always complete. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isJsonObject, stableJson } from '../../src/core/json.js';
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
  /^(?:doctor|verify|variants|train-step|inference|kernels|scaling|pytorch(?:-profile)?|plan-.+)\.json$/;

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
  const verify = outcomes.flatMap(({ step }) => {
    const run = /^verify-(.+)$/.exec(step)?.[1];
    if (run === undefined) return [];
    return objectsOf(`${steps}/${step}.out`).map((verdict) => ({ run, ...verdict }));
  });
  const verdicts = verdictsOf(verify);
  const all = outcomes.flatMap(({ step }) =>
    objectsOf(`${steps}/${step}.out`)
      .filter((found) => 'bench' in found)
      .map((found) => ({ step, ...withVerified(found as unknown as Measured, verdicts) })),
  );
  // what ran without the checks of its accesses is compared, and is no ordinary result
  const benches = all.filter(({ robustness }) => robustness === undefined);
  if (kept !== undefined && doctor !== undefined) {
    writeJson(`${kept}/doctor.json`, doctor);
    if (verify.length > 0) writeJson(`${kept}/verify.json`, verify);
    const variants = all.filter(({ bench }) => bench === 'train-step');
    if (variants.length > 0) writeJson(`${kept}/variants.json`, { results: variants });
    for (const file of benchFiles(benches, doctor)) writeJson(`${kept}/${file.bench}.json`, file);
    const pipelines = objectsOf(`${steps}/pipeline.out`).filter((found) => 'bench' in found);
    if (pipelines.length > 0) {
      const file = { format: BENCH_FORMAT, bench: 'pipeline', ...originOf(doctor.adapter) };
      writeJson(`${kept}/pipeline.json`, { ...file, results: pipelines });
    }
    if (!doctor.adapter.software) collectPytorch(steps, kept, outcomes);
  }
  const training = all.filter((one) => one.bench === 'train-step' && !('skipped' in one));
  writeJson(results, { doctor: doctor ?? null, verify, training, steps: outcomes });
}

type Measured = (BenchResult | SkippedShape) & { readonly verified?: Verified | null };

/** How many fixtures passed with a plan. */
interface Verified {
  readonly fixtures: number;
  readonly ok: number;
}

/** Whether each fixture passed, by the plan's value; without robustness a plan is another. */
type Verdicts = ReadonlyMap<string, ReadonlyMap<string, boolean>>;

function verdictsOf(verify: readonly Record<string, unknown>[]): Verdicts {
  const found = new Map<string, Map<string, boolean>>();
  for (const { run, path, ok, plan } of verify) {
    const file = isJsonObject(plan) ? plan['file'] : undefined;
    if (typeof file !== 'string') continue;
    if (!existsSync(file)) continue;
    const robust = !String(run).startsWith('unchecked');
    const key = stableJson([robust, parsed(readFileSync(file, 'utf8'))]);
    const own = found.get(key) ?? new Map<string, boolean>();
    found.set(key, own.set(String(path), ok === true));
  }
  return found;
}

/** The fixtures of its plan beside a timing; null: none ran with exactly that plan. */
function withVerified(one: Measured, verdicts: Verdicts): Measured {
  if (!('plan' in one)) return one;
  const own = verdicts.get(stableJson([one.robustness === undefined, one.plan]));
  if (own === undefined) return { ...one, verified: null };
  return { ...one, verified: { fixtures: own.size, ok: [...own.values()].filter(Boolean).length } };
}

/** For each shape the fastest training step, or else the first measurement; skipped if there is none. */
function distinct(found: readonly Measured[]): Measured[] {
  const byShape = new Map<string, Measured>();
  const better = (one: Measured, known: Measured): boolean => {
    if ('skipped' in one) return false;
    return 'skipped' in known || (one.bench === 'train-step' && 'ms' in known && one.ms < known.ms);
  };
  for (const one of found) {
    const key = stableJson([one.bench, one.shape]);
    const known = byShape.get(key);
    if (known === undefined || better(one, known)) byShape.set(key, one);
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
  const tables = ['first', 'compiled'].flatMap((part) =>
    objectsOf(`${steps}/${part}/pytorch.json`),
  );
  const [table] = tables;
  if (table !== undefined) {
    const listOf = (name: string) =>
      tables.flatMap((own) => (Array.isArray(own[name]) ? (own[name] as unknown[]) : []));
    const lists = Object.fromEntries(
      ['results', 'failures', 'notRun'].map((name) => [name, listOf(name)]),
    );
    writeJson(`${kept}/pytorch.json`, { ...table, ...lists });
  }
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
