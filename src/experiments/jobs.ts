import { joinPath } from '../core/paths.js';
import type { Shard } from '../core/shard.js';
import type { Protocol, ProtocolCell } from './protocol.js';
import { fileName, type Fold } from './split-rule.js';

/** One run of an experiment: a cell trained with a seed, tested on a fold. */
export interface Job {
  readonly cell: ProtocolCell;
  readonly fold: Fold;
  readonly seed: number;
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
