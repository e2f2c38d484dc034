import * as Plot from '@observablehq/plot';
import { isLargeConfusion, largestConfusions } from '../../core/confusions.js';
import { percent } from '../draw/format.js';
import { html, type Html } from '../draw/html.js';
import { axisLabels } from '../draw/labels.js';
import { draw, figureWidth } from '../draw/svg.js';
import { table } from './tables.js';
import type { ReportModel } from './types.js';

/** From this share of its row on, a cell is so dark that its text is light. */
const darkShare = 0.7;

interface Cell {
  /** Classes, as indices: labels may look alike once shortened. */
  readonly truth: number;
  readonly predicted: number;
  readonly count: number;
  /** Of its row, 0 to 1. */
  readonly share: number;
}

/** Confusion matrix of a model on the test set: counts, and the shares of their rows as shade; of many labels a table. */
export function confusionFigure({ name, test }: ReportModel): Html {
  const { labels, confusion } = test;
  if (isLargeConfusion(confusion)) {
    return html`<div>
      <h3>${name}</h3>
      ${confusionTable(confusion, labels)}
    </div>`;
  }
  const title = `Confusion matrix of ${name}`;
  const { summary, plot } = confusionPlot(confusion, labels);
  return html`<figure>
    <figcaption>${title}: utterances, and shares of the true label</figcaption>
    ${draw(title, summary, plot)}
    <details>
      <summary>as a table</summary>
      ${confusionTable(confusion, labels)}
    </details>
  </figure>`;
}

/**
 * @param confusion counts [C, C], rows are the truth; averages of several runs have a decimal
 * @param labels name of each class, C of them
 * @returns the figure and its text alternative
 */
export function confusionPlot(
  confusion: readonly (readonly number[])[],
  labels: readonly string[],
): { summary: string; plot: Plot.PlotOptions & { height: number } } {
  const cells = cellsOf(confusion);
  const format = countFormat(confusion);
  const { width, slanted, scale } = axisLabels(labels);
  const marginLeft = 34 + width;
  const marginBottom = 40 + (slanted ? 0.7 * width : 0);
  const band = (figureWidth - marginLeft - 10) / Math.max(labels.length, 1);
  const plot = {
    height: Math.min(band, 64) * labels.length + marginBottom + 10,
    marginLeft,
    marginBottom,
    marginRight: 10,
    marginTop: 10,
    x: { ...scale, label: 'predicted', ...(slanted ? { tickRotate: -40 } : {}) },
    y: { ...scale, label: null },
    marks: [
      Plot.cell(cells, {
        x: 'predicted',
        y: 'truth',
        inset: 1,
        rx: 2,
        fill: 'var(--accent)',
        fillOpacity: 'share',
        stroke: 'var(--line)',
      }),
      ...[false, true].map((dark) =>
        Plot.text(
          cells.filter(({ share }) => share >= darkShare === dark),
          {
            x: 'predicted',
            y: 'truth',
            fontSize: band < 34 ? 10 : 12,
            text: (cell: Cell) => (band < 44 ? format(cell.count) : cellText(cell, format)),
            fill: dark ? 'var(--on-accent)' : 'currentColor',
          },
        ),
      ),
      Plot.axisY({ label: null, tickSize: 0, tickFormat: scale.tickFormat }),
      Plot.text(['true'], {
        frameAnchor: 'left',
        rotate: -90,
        dx: 12 - marginLeft,
        textAnchor: 'middle',
      }),
    ],
    opacity: { type: 'identity' },
  } satisfies Plot.PlotOptions;
  return { summary: summaryOf(cells, labels, format), plot };
}

/** The matrix as a table; of many labels only the most frequent mistakes. */
export function confusionTable(
  confusion: readonly (readonly number[])[],
  labels: readonly string[],
): Html {
  const format = countFormat(confusion);
  if (isLargeConfusion(confusion)) return mistakesTable(confusion, labels, format);
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">true \\ predicted</th>
          ${labels.map((label) => html`<th scope="col">${label}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${confusion.map(
          (counts, truth) =>
            html`<tr>
              <th scope="row">${labels[truth] ?? ''}</th>
              ${counts.map((count) => html`<td>${format(count)}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function mistakesTable(
  confusion: readonly (readonly number[])[],
  labels: readonly string[],
  format: (count: number) => string,
): Html {
  const rows = largestConfusions(confusion).map(({ truth, predicted, count, share }) => [
    labels[truth] ?? '',
    labels[predicted] ?? '',
    format(count),
    percent(share),
  ]);
  return table(
    `The most frequent mistakes among ${labels.length} labels`,
    ['true', 'predicted', 'utterances', 'of the true label'],
    rows,
  );
}

function cellsOf(confusion: readonly (readonly number[])[]): Cell[] {
  return confusion.flatMap((counts, truth) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count, predicted) => {
      return { truth, predicted, count, share: total === 0 ? 0 : count / total };
    });
  });
}

function cellText({ count, share }: Cell, format: (count: number) => string): string {
  return count === 0 ? '0' : `${format(count)}\n${Math.round(100 * share)} %`;
}

function summaryOf(
  cells: readonly Cell[],
  labels: readonly string[],
  format: (count: number) => string,
): string {
  const right = labels.map((label, i) => {
    const row = cells.filter(({ truth }) => truth === i);
    const total = row.reduce((sum, { count }) => sum + count, 0);
    return `${label}: ${format(row[i]?.count ?? 0)} of ${format(total)} right`;
  });
  return `${right.join('; ')}.`;
}

/** How all counts of a matrix are printed: averages have a decimal. */
function countFormat(confusion: readonly (readonly number[])[]): (count: number) => string {
  const digits = confusion.flat().every(Number.isInteger) ? 0 : 1;
  return (count) => count.toFixed(digits);
}
