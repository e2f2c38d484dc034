import { UsageError } from '../core/errors.js';
import { joinPath } from '../core/paths.js';
import type { Protocol, ProtocolCell } from './protocol.js';
import { fileName, type Fold } from './split-rule.js';

/** One run of an experiment: a cell trained with a seed, tested on a fold. */
export interface Job {
  readonly cell: ProtocolCell;
  readonly fold: Fold;
  readonly seed: number;
}

/** One of `count` parts of an experiment's jobs; `index` from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * All jobs of an experiment: fold by fold, then seed by seed, so that the cells can be compared even if it
 * is interrupted. A support vector classifier draws nothing at random, so it has one job a fold.
 */
export function jobsOf({ cells, seeds }: Protocol, folds: readonly Fold[]): readonly Job[] {
  return folds.flatMap((fold) =>
    seeds.flatMap((seed, i) =>
      cells.filter(({ svm }) => i === 0 || !svm).map((cell) => ({ cell, fold, seed })),
    ),
  );
}

/** The jobs of a shard: every count-th. */
export function jobsOfShard(jobs: readonly Job[], { index, count }: Shard): readonly Job[] {
  return jobs.filter((_, i) => i % count === index);
}

/** `A-LSTM EB0 seed 0` */
export function jobName({ cell, fold, seed }: Job): string {
  return `${cell.name} ${fold.name} seed ${seed}`;
}

/** Folder of a job's run within the experiment's. */
export function jobFolder(experiment: string, { cell, fold, seed }: Job): string {
  return joinPath(experiment, `runs/${fileName(cell.name)}/${fold.name}/seed-${seed}`);
}

/**
 * A shard as `--shard` takes it: `i/n` with i from 1 to n, or `auto` in a Slurm array job, `auto/n` in a
 * Kubernetes indexed job (whose index is from 0).
 *
 * @throws UsageError for anything else, and if the environment has no such variables
 */
export function parseShard(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): Shard {
  const [, first = '', last] = /^(auto|\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  const at = first === 'auto' ? ownIndex(environment) : { index: Number(first) - 1 };
  const count = last === undefined ? at?.count : Number(last);
  if (at !== undefined && count !== undefined && at.index >= 0 && at.index < count) {
    return { index: at.index, count };
  }
  throw new UsageError(
    first === 'auto'
      ? `--shard ${text}: neither a Slurm array (SLURM_ARRAY_TASK_ID) nor a Kubernetes index (JOB_COMPLETION_INDEX) fits`
      : `--shard ${text} is not a valid shard`,
    'Give i/n with i from 1 to n, auto in a Slurm array, auto/n in a Kubernetes indexed job.',
  );
}

function ownIndex(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly index: number; readonly count?: number } | undefined {
  const { SLURM_ARRAY_TASK_ID: task, SLURM_ARRAY_TASK_MIN: min } = environment;
  const { SLURM_ARRAY_TASK_COUNT: count, JOB_COMPLETION_INDEX: completion } = environment;
  if (task !== undefined) {
    const index = Number(task) - Number(min ?? 0);
    return count === undefined ? { index } : { index, count: Number(count) };
  }
  return completion === undefined ? undefined : { index: Number(completion) };
}
