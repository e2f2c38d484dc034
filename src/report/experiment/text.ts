/** The results as text: for a terminal, and as Markdown. */
import { integer, percent } from '../draw/format.js';
import { markdown, namedTable } from '../draw/markdown.js';
import { printable } from '../../core/printable.js';
import { aligned } from '../draw/text.js';
import { metrics, type ExperimentReport } from './types.js';
import {
  comparedCells,
  comparisonOf,
  crossCorpusNote,
  crossCorpusRows,
  ensembleNote,
  intervalNote,
  intervalText,
  metricMeanings,
  metricNames,
  points,
  pointsInterval,
  progressOf,
  pText,
  relativeText,
  sharesText,
  svmSentences,
  withInterval,
} from './words.js';

/** Missing runs that a terminal lists. */
const mostListed = 10;
const names = metrics.map((metric) => metricNames[metric]);

type Rows = readonly (readonly string[])[];

/** The result table and the missing runs as lines of text, without the final line break. */
export function experimentText(report: ExperimentReport): string {
  const { missing } = report;
  const parts = [printable(report.title)];
  if (missing.length > 0) {
    const listed = missing.slice(0, mostListed).map((run) => `  ${printable(run)}`);
    const more = missing.length > mostListed ? [`  and ${missing.length - mostListed} more`] : [];
    parts.push([`Incomplete: ${progressOf(report).text}. Missing:`, ...listed, ...more].join('\n'));
  }
  parts.push(aligned(scoreRows(report).map(printableRow)));
  const differences = differenceRows(report);
  if (differences.length > 0) {
    const baseline = printable(report.cells[0]?.name ?? '');
    parts.push(
      `Difference from ${baseline}, in percentage points:\n${aligned(differences.map(printableRow))}`,
    );
  }
  for (const { title, rows, note } of besides(report, printable)) {
    parts.push(
      [title, ...(rows.length > 0 ? [aligned(rows.map(printableRow))] : []), ...note].join('\n'),
    );
  }
  const note = intervalNote(report);
  parts.push([...(note === '' ? [] : [note]), metricMeanings].join('\n'));
  return parts.join('\n\n');
}

/** The result table for a README, without the final line break. */
export function experimentMarkdown(report: ExperimentReport): string {
  const parts: string[] = [];
  if (report.missing.length > 0) parts.push(`**Incomplete: ${progressOf(report).text}.**`);
  parts.push(namedTable(scoreRows(report)));
  const differences = differenceRows(report);
  if (differences.length > 0) {
    const baseline = markdown(report.cells[0]?.name ?? '');
    parts.push(`Difference from ${baseline}, in percentage points:`, namedTable(differences));
  }
  for (const { title, rows, note, named } of besides(report, markdown)) {
    parts.push(title, ...(rows.length > 0 ? [namedTable(rows, named)] : []));
    if (note.length > 0)
      parts.push(note.map((line) => (rows.length > 0 ? line : `- ${line}`)).join('\n'));
  }
  parts.push([intervalNote(report), metricMeanings].filter((text) => text !== '').join(' '));
  return parts.join('\n\n');
}

/**
 * What is shown beside the cells: a title, a table or none, and lines.
 *
 * @param shown makes a name within a line safe to show
 */
function besides(
  report: ExperimentReport,
  shown: (name: string) => string,
): readonly {
  readonly title: string;
  readonly rows: Rows;
  readonly note: readonly string[];
  /** Columns that hold names. */
  readonly named?: number;
}[] {
  const { ensembles = [], prior } = report;
  const header = ['', ...names];
  const scoresOf = (scores: ExperimentReport['cells'][number]['scores']): string[] =>
    metrics.map((metric) =>
      withInterval(percent(scores[metric].mean), intervalText(scores[metric])),
    );
  const sentences = svmSentences(report, shown);
  const crossCorpus = crossCorpusRows(report);
  return [
    ...(ensembles.length === 0
      ? []
      : [
          {
            title: 'Ensembles:',
            rows: [
              ['ensemble', ...names, 'models'],
              ...ensembles.map(({ name, scores, models }) => [
                name,
                ...scoresOf(scores),
                integer(models),
              ]),
            ],
            note: [ensembleNote],
          },
        ]),
    ...(sentences.length === 0
      ? []
      : [{ title: 'Against the baseline:', rows: [], note: sentences }]),
    ...(crossCorpus.length === 0
      ? []
      : [{ title: 'UAR by corpus:', rows: crossCorpus, note: [crossCorpusNote], named: 2 }]),
    ...(prior === undefined
      ? []
      : [
          {
            title: 'With a prior correction:',
            rows: [header, ...prior.rows.map(({ name, scores }) => [name, ...scoresOf(scores)])],
            note: [`Warning: ${prior.warning}. The shares: ${sharesText(prior.shares, shown)}.`],
          },
        ]),
  ];
}

function scoreRows({ cells }: ExperimentReport): Rows {
  const rows = cells.map(({ name, scores, parameters, runs }) => [
    name,
    ...metrics.map((metric) =>
      withInterval(percent(scores[metric].mean), intervalText(scores[metric])),
    ),
    integer(parameters),
    integer(runs),
  ]);
  return [['cell', ...names, 'parameters', 'runs'], ...rows];
}

/** One row per cell and score, with a header; empty if nothing is compared. */
function differenceRows(report: ExperimentReport): Rows {
  const rows = comparedCells(report).flatMap((cell) =>
    metrics.flatMap((metric) => {
      const found = comparisonOf(report, cell, metric);
      if (found === undefined) return [];
      const { difference, relative, p } = found;
      return [
        [
          cell.name,
          metricNames[metric],
          withInterval(points(difference), pointsInterval(found)),
          relativeText(relative),
          p === undefined ? '' : pText(p).replace(/^p (= )?/, ''),
        ],
      ];
    }),
  );
  const header = ['cell', 'score', 'difference', 'relative', 'p'];
  if (rows.length === 0) return [];
  const all = [header, ...rows];
  return rows.every((row) => row[4] === '') ? all.map((row) => row.slice(0, 4)) : all;
}

function printableRow(row: readonly string[]): string[] {
  return row.map(printable);
}
