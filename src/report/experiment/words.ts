/** The report's words and numbers, the same in HTML, Markdown and on a terminal. */
import { decimals, percent } from '../draw/format.js';
import type { CellComparison, CellReport, Estimate, ExperimentReport, Metric } from './types.js';

/** Fewest units whose scores are resampled. */
const fewestUnits = 5;

export const metricNames: Readonly<Record<Metric, string>> = {
  maf: 'MAF',
  map: 'MAP',
  accuracy: 'accuracy',
  uar: 'UAR',
};
export const metricMeanings =
  'MAF, MAP: macro-average F1 and precision; UAR: unweighted average recall.';

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** `x of y runs done`. */
  readonly text: string;
}

export function progressOf({ cells, missing }: ExperimentReport): Progress {
  const done = cells.reduce((sum, { runs }) => sum + runs, 0);
  const total = done + missing.length;
  return { done, total, text: `${done} of ${total} runs done` };
}

/** What intervals and p are over, or why there are none. */
export function intervalNote({ cells, comparisons, unit }: ExperimentReport): string {
  const estimates = cells.flatMap(({ scores }) => Object.values(scores));
  const given = estimates.some(({ interval }) => interval !== undefined);
  const lacking = estimates.some(({ interval }) => interval === undefined);
  const count = Math.max(0, ...cells.map(({ units }) => units.length));
  const tested = unitsText(count, unit);
  const sentences: string[] = [];
  if (given) sentences.push(`Intervals are 95\u00a0%, by bootstrap over ${tested}.`);
  if (comparisons.some(({ p }) => p !== undefined)) {
    sentences.push(
      `p is from the two-sided sign-flip test over the differences by ${unit}, not corrected for multiple comparisons.`,
    );
  }
  if (lacking) {
    sentences.push(
      given
        ? `With fewer than ${fewestUnits} tested, intervals and p are omitted.`
        : `Intervals and p are omitted: only ${tested} ${count === 1 ? 'was' : 'were'} tested, and fewer than ${fewestUnits} are too few to resample.`,
    );
  }
  return sentences.join(' ');
}

export function unitsText(count: number, unit: ExperimentReport['unit']): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** `51.0 to 57.3`, in percent; undefined if there is no interval. */
export function intervalText({ interval }: Pick<Estimate, 'interval'>): string | undefined {
  return interval?.map((x) => share(x)).join(' to ');
}

/** `53.2 % (51.0 to 57.3)` */
export function withInterval(value: string, interval: string | undefined): string {
  return interval === undefined ? value : `${value} (${interval})`;
}

/** `+2.1`, in percentage points. */
export function points(difference: number): string {
  return signed(difference, share);
}

/** `−0.3 to +4.5`. */
export function pointsInterval({ interval }: Pick<CellComparison, 'interval'>): string | undefined {
  return interval?.map(points).join(' to ');
}

/** `+3.9 %` of the baseline's mean. */
export function relativeText(relative: number): string {
  return signed(relative, percent);
}

export function pText(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${decimals(p)}`;
}

export function comparisonOf(
  { comparisons }: ExperimentReport,
  cell: CellReport,
  metric: Metric,
): CellComparison | undefined {
  return comparisons.find((one) => one.cell === cell.name && one.metric === metric);
}

/** Cells that are compared with the first. */
export function comparedCells(report: ExperimentReport): readonly CellReport[] {
  return report.cells.filter(({ name }) => report.comparisons.some(({ cell }) => cell === name));
}

function share(x: number): string {
  return Number.isFinite(x) ? (100 * x).toFixed(1) : '–';
}

function signed(x: number, format: (x: number) => string): string {
  if (!Number.isFinite(x)) return '–';
  const text = format(Math.abs(x));
  if (Number.parseFloat(text) === 0) return `±${text}`;
  return `${x < 0 ? '−' : '+'}${text}`;
}

/**
 * Where the support vector classifier is beaten and where it is not, a sentence each.
 *
 * @param shown makes the name of a cell safe to show
 */
export function svmSentences(
  { cells, againstSvm = [] }: ExperimentReport,
  shown: (name: string) => string = String,
): readonly string[] {
  const name = againstSvm[0]?.baseline;
  const svm = cells.find((cell) => cell.name === name);
  if (svm === undefined) return [];
  return [
    `The support vector classifier ${shown(svm.name)} has a UAR of ${percent(svm.scores.uar.mean)}.`,
    ...againstSvm.map((one) => {
      const interval = pointsInterval(one);
      const numbers = withInterval(`${points(one.difference)} points`, interval);
      return `${shown(one.cell)} ${verdict(one)}: ${numbers}.`;
    }),
  ];
}

function verdict({ difference, interval }: CellComparison): string {
  if (difference <= 0) return 'does not beat it';
  if (interval === undefined) return 'is ahead of it';
  return interval[0] > 0 ? 'beats it' : 'is ahead of it, but not beyond chance';
}

/** What the rows of ensembles are. */
export const ensembleNote =
  'The probabilities of several models are averaged, in each fold; with several cells, those of the cells weigh alike.';

/**
 * `anger 25.0 %, sadness 75.0 %`
 *
 * @param shown makes a label safe to show
 */
export function sharesText(
  shares: Readonly<Record<string, number>>,
  shown: (label: string) => string = String,
): string {
  return Object.entries(shares)
    .map(([label, share]) => `${shown(label)} ${percent(share)}`)
    .join(', ');
}

export const crossCorpusNote =
  'Means over the test speakers of a corpus, of means over seeds; intervals by bootstrap over them.';

/** UAR of each cell and ensemble by training and test corpora, with a header; empty for one corpus. */
export function crossCorpusRows({ crossCorpus }: ExperimentReport): string[][] {
  if (crossCorpus === undefined) return [];
  const names = [
    ...new Set(crossCorpus.rows.flatMap(({ models }) => models.map((own) => own.name))),
  ];
  return [
    ['trained on', 'tested on', 'speakers', ...names],
    ...crossCorpus.rows.map(({ trainedOn, testedOn, models }) => [
      trainedOn,
      testedOn,
      String(Math.max(...models.map(({ speakers }) => speakers))),
      ...names.map((name) => {
        const own = models.find((model) => model.name === name);
        const interval = own && intervalText(own.uar);
        const text = percent(own?.uar.mean ?? NaN);
        return withInterval(text, interval);
      }),
    ]),
  ];
}
