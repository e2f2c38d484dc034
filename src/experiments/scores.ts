import { sortedUnique } from '../core/order.js';
import { mean } from '../core/sum.js';
import type { CellComparison, CellReport, Scores, UnitScores } from '../report/experiment/types.js';
import { metrics } from '../report/experiment/types.js';
import { classScores, confusionMatrix, scores } from '../metrics/metrics.js';
import type { Job } from './jobs.js';
import type { JobResult } from './result.js';
import { compare, estimate } from './statistics.js';

/** A job and its result. */
export interface DoneJob {
  readonly job: Job;
  readonly result: JobResult;
}

type Unit = 'speaker' | 'fold';

/** Scores are averaged over speakers if each fold tests one, else over folds. */
export function unitOf(jobs: readonly Job[]): Unit {
  return jobs.every(({ fold }) => fold.testSpeakers.length === 1) ? 'speaker' : 'fold';
}

/** The scores of one cell: means over units of means over seeds. */
export function cellScores(
  done: readonly DoneJob[],
  labels: readonly string[],
  unit: Unit,
): Pick<CellReport, 'scores' | 'classes' | 'units' | 'confusion'> {
  const nameOf = ({ job }: DoneJob): string =>
    unit === 'speaker' ? (job.fold.testSpeakers[0] ?? '') : job.fold.name;
  const units = sortedUnique(done.map(nameOf)).map((name) =>
    unitScores(
      name,
      done.filter((one) => nameOf(one) === name),
    ),
  );
  const confusion = pooledConfusion(done, labels.length);
  return {
    scores: byMetric((metric) =>
      estimate(
        units.map(({ scores: own }) => own[metric]),
        0,
      ),
    ),
    classes: classScores(confusion, labels),
    units,
    confusion,
  };
}

type Compared = Pick<CellReport, 'name' | 'units'>;

/** Every cell compared with the first, unit by unit. */
export function comparisonsOf(cells: readonly Compared[]): readonly CellComparison[] {
  const [baseline, ...others] = cells;
  if (baseline === undefined) return [];
  return others.flatMap((cell) => metrics.flatMap((metric) => comparison(cell, baseline, metric)));
}

/** A cell compared with another over the units that both have; none if they share none. */
export function comparison(
  cell: Compared,
  baseline: Compared,
  metric: keyof Scores,
): CellComparison[] {
  const pairs = cell.units.flatMap((own) => {
    const other = baseline.units.find(({ name }) => name === own.name);
    return other === undefined ? [] : [[own.scores[metric], other.scores[metric]] as const];
  });
  if (pairs.length === 0) return [];
  const found = compare(
    pairs.map(([own]) => own),
    pairs.map(([, other]) => other),
    0,
  );
  return [{ cell: cell.name, baseline: baseline.name, metric, ...found }];
}

function unitScores(name: string, done: readonly DoneJob[]): UnitScores {
  const bySeed = done
    .toSorted((a, b) => a.job.seed - b.job.seed)
    .map(({ result }) => scores(confusionOf(result)));
  return {
    name,
    utterances: done[0]?.result.predictions.length ?? 0,
    scores: byMetric((metric) => mean(bySeed.map((own) => own[metric]))),
    bySeed: bySeed.map((own) => byMetric((metric) => own[metric])),
  };
}

/** Counts [C, C] of the test utterances of all folds; each fold is averaged over its seeds. */
function pooledConfusion(done: readonly DoneJob[], classes: number): number[][] {
  const folds = sortedUnique(done.map(({ job }) => job.fold.name));
  const whole = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const fold of folds) {
    const own = done.filter(({ job }) => job.fold.name === fold);
    for (const { result } of own) {
      confusionOf(result).forEach((row, t) =>
        row.forEach((count, p) => (whole[t]![p]! += count / own.length)),
      );
    }
  }
  return whole;
}

/** Counts [C, C] of one run's test utterances; rows are the truth. */
export function confusionOf({ labels, predictions }: JobResult): number[][] {
  return confusionMatrix(
    predictions.map(({ truth }) => truth),
    predictions.map(({ scores: own }) => own.indexOf(Math.max(...own))),
    labels.length,
  );
}

export function byMetric<T>(of: (metric: keyof Scores) => T): Record<keyof Scores, T> {
  return Object.fromEntries(metrics.map((metric) => [metric, of(metric)])) as Record<
    keyof Scores,
    T
  >;
}
