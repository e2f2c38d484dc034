import { integer, percent } from '../draw/format.js';
import { namedTable } from '../draw/markdown.js';
import { printable } from '../../core/printable.js';
import { aligned } from '../draw/text.js';
import type { AcrossReport } from './across-types.js';
import { intervalText, points, pointsInterval, pText, withInterval } from './words.js';

const note =
  'UAR: unweighted average recall of a test speaker, averaged over seeds; means are over all speakers. Intervals ' +
  'are 95\u00a0%, by bootstrap over the speakers within each corpus; p is from the two-sided sign-flip test over ' +
  'the speakers, not corrected for multiple comparisons.';

type Rows = readonly (readonly string[])[];

/** The tables as lines of text, without the final line break. */
export function acrossText(report: AcrossReport): string {
  const tables = [cellRows(report), comparisonRows(report)];
  return [...tables.map((rows) => aligned(rows.map((row) => row.map(printable)))), note].join(
    '\n\n',
  );
}

/** The tables as Markdown, without the final line break. */
export function acrossMarkdown(report: AcrossReport): string {
  return [namedTable(cellRows(report)), namedTable(comparisonRows(report), 2), note].join('\n\n');
}

function cellRows({ cells, corpora }: AcrossReport): Rows {
  return [
    ['cell', 'speakers', 'UAR', ...corpora.map(({ name }) => name)],
    ...cells.map(({ name, speakers, uar, byCorpus }) => [
      name,
      integer(speakers),
      withInterval(percent(uar.mean), intervalText(uar)),
      ...corpora.map((corpus) => percent(byCorpus[corpus.name] ?? NaN)),
    ]),
  ];
}

function comparisonRows({ comparisons, corpora }: AcrossReport): Rows {
  return [
    [
      'cell',
      'against',
      'speakers',
      'difference in UAR, points',
      'p',
      ...corpora.map(({ name }) => name),
    ],
    ...comparisons.map((one) => [
      one.cell,
      one.baseline,
      integer(one.units),
      withInterval(points(one.difference), pointsInterval(one)),
      one.p === undefined ? '–' : pText(one.p).replace(/^p (= )?/, ''),
      ...corpora.map(({ name }) => points(one.byCorpus[name] ?? NaN)),
    ]),
  ];
}
