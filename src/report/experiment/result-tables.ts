import { integer, percent } from '../draw/format.js';
import { html, type Html } from '../draw/html.js';
import { table, type Cell } from '../run/tables.js';
import { metrics, type Estimate, type ExperimentReport, type Metric } from './types.js';
import {
  comparedCells,
  comparisonOf,
  intervalText,
  metricNames,
  points,
  pointsInterval,
  pText,
  relativeText,
} from './words.js';

const names = metrics.map((metric) => metricNames[metric]);

/** The scores of every cell; the highest in each column, as written, is bold if there are several. */
export function scoresTable({ cells }: ExperimentReport): Html {
  const best = metrics.map((metric) =>
    Math.max(...cells.map(({ scores }) => scores[metric].mean).filter(Number.isFinite)),
  );
  const rows = cells.map((cell, n): Cell[] => [
    n === 0 && cells.length > 1 ? html`${cell.name} <span class="tag">baseline</span>` : cell.name,
    ...metrics.map((metric, i) => {
      const estimate = cell.scores[metric];
      const text = percent(estimate.mean);
      const bold = cells.length > 1 && Number.isFinite(best[i]) && text === percent(best[i] ?? NaN);
      const interval = intervalText(estimate);
      return html`${bold ? html`<strong>${text}</strong>` : text}${small(interval)}`;
    }),
  ]);
  return table('Scores on the test speakers', ['cell', ...names], rows);
}

/** The scores of ensembles; nothing if there are none. */
export function ensemblesTable({ ensembles = [] }: ExperimentReport): Html | undefined {
  if (ensembles.length === 0) return undefined;
  const rows = ensembles.map(({ name, models, scores }): Cell[] => [
    name,
    ...metrics.map((metric) => estimateCell(scores[metric])),
    integer(models),
  ]);
  return table('Ensembles: mean probabilities', ['ensemble', ...names, 'models'], rows);
}

/** The scores with a prior correction; nothing if none was asked for. */
export function priorTable({ prior }: ExperimentReport): Html | undefined {
  if (prior === undefined) return undefined;
  const rows = prior.rows.map(({ name, scores }): Cell[] => [
    name,
    ...metrics.map((metric) => estimateCell(scores[metric])),
  ]);
  return table('With a prior correction', ['', ...names], rows);
}

function estimateCell(estimate: Estimate): Cell {
  return html`${percent(estimate.mean)}${small(intervalText(estimate))}`;
}

/** Differences from the baseline; nothing if there are none. */
export function differencesTable(report: ExperimentReport): Html | undefined {
  const [baseline] = report.cells;
  const cells = comparedCells(report);
  if (baseline === undefined || cells.length === 0) return undefined;
  const rows = cells.map((cell): Cell[] => [
    cell.name,
    ...metrics.map((metric) => differenceCell(report, cell.name, metric)),
  ]);
  return table(`Difference from ${baseline.name}`, ['cell', ...names], rows);
}

function differenceCell(report: ExperimentReport, name: string, metric: Metric): Cell {
  const cell = report.cells.find((one) => one.name === name);
  const found = cell === undefined ? undefined : comparisonOf(report, cell, metric);
  if (found === undefined) return '–';
  const { difference, relative, p } = found;
  return html`${points(difference)} <small>${relativeText(relative)}</small>${small(
      pointsInterval(found),
    )}${small(p === undefined ? undefined : pText(p))}`;
}

/** Precision, recall and F1 by class of every cell; the highest F1 of a class is bold. */
export function classTable({ cells, labels }: ExperimentReport): Html {
  const scoresOf = (
    label: string,
  ): (ExperimentReport['cells'][number]['classes'][number] | undefined)[] =>
    cells.map(({ classes }) => classes.find((one) => one.label === label));
  return html`<div class="scroll">
    <table class="classes">
      <caption>
        Scores by emotion
      </caption>
      <thead>
        <tr>
          <th scope="col" rowspan="2">emotion</th>
          <th scope="col" rowspan="2">utterances</th>
          ${cells.map(({ name }) => html`<th scope="colgroup" colspan="3" class="group">${name}</th>`)}
        </tr>
        <tr>
          ${cells.map(
            () =>
              html`<th scope="col" class="group">precision</th>
                <th scope="col">recall</th>
                <th scope="col">F1</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${labels.map((label) => {
          const scores = scoresOf(label);
          const best = Math.max(...scores.map((one) => one?.f1 ?? -1));
          return html`<tr>
            <th scope="row">${label}</th>
            <td>${integer(scores.find((one) => one !== undefined)?.support ?? NaN)}</td>
            ${scores.map((one) => {
              const f1 = percent(one?.f1 ?? NaN);
              const bold = cells.length > 1 && one !== undefined && f1 === percent(best);
              return html`<td class="group">${percent(one?.precision ?? NaN)}</td>
                <td>${percent(one?.recall ?? NaN)}</td>
                <td>${bold ? html`<strong>${f1}</strong>` : f1}</td>`;
            })}
          </tr> `;
        })}
      </tbody>
    </table>
  </div>`;
}

/** A score by speaker (or fold) and cell: the numbers of the figure. */
export function unitsTable({ cells, unit }: ExperimentReport): Html {
  const units = new Map(
    cells.flatMap(({ units }) => units.map(({ name, utterances }) => [name, utterances] as const)),
  );
  return table(
    `MAF and accuracy by ${unit}`,
    [unit, 'utterances', ...cells.flatMap(({ name }) => [`${name}: MAF`, 'accuracy'])],
    [...units].map(([name, utterances]) => [
      name,
      integer(utterances),
      ...cells.flatMap(({ units }) => {
        const scores = units.find((one) => one.name === name)?.scores;
        return [percent(scores?.maf ?? NaN), percent(scores?.accuracy ?? NaN)];
      }),
    ]),
  );
}

function small(text: string | undefined): Cell {
  return text === undefined ? '' : html`<br /><small>${text}</small>`;
}
