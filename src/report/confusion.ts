import * as Plot from '@observablehq/plot';
import { html, type Html } from './html.js';
import { draw, figureWidth } from './svg.js';
import type { ReportModel } from './types.js';

/** Longest label at an axis, in characters. */
const longestLabel = 14;
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

/** Confusion matrix of a model on the test set: counts, and the shares of their rows as shade. */
export function confusionFigure({ name, test }: ReportModel): Html {
  const { labels, confusion } = test;
  const cells = cellsOf(confusion);
  const title = `Confusion matrix of ${name}`;
  const axis = labels.map(shortened);
  const width = Math.max(...axis.map((label) => label.length), 1);
  const slanted = width * labels.length > 40;
  const marginLeft = 34 + 6.5 * width;
  const marginBottom = 40 + (slanted ? 4.5 * width : 0);
  const band = (figureWidth - marginLeft - 10) / Math.max(labels.length, 1);
  const scale = { domain: labels.map((_, i) => i), tickFormat: (i: number) => axis[i] ?? '' };
  const svg = draw(title, summary(cells, labels), {
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
            text: (cell: Cell) => (band < 44 ? `${cell.count}` : cellText(cell)),
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
  });
  return html`<figure>
    <figcaption>${title}: utterances, and shares of the true label</figcaption>
    ${svg}
    <details>
      <summary>as a table</summary>
      ${confusionTable(confusion, labels)}
    </details>
  </figure>`;
}

function confusionTable(
  confusion: readonly (readonly number[])[],
  labels: readonly string[],
): Html {
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
              ${counts.map((count) => html`<td>${count}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function cellsOf(confusion: readonly (readonly number[])[]): Cell[] {
  return confusion.flatMap((counts, truth) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count, predicted) => {
      return { truth, predicted, count, share: total === 0 ? 0 : count / total };
    });
  });
}

function cellText({ count, share }: Cell): string {
  return count === 0 ? '0' : `${count}\n${Math.round(100 * share)} %`;
}

function summary(cells: readonly Cell[], labels: readonly string[]): string {
  const right = labels.map((label, i) => {
    const row = cells.filter(({ truth }) => truth === i);
    const total = row.reduce((sum, { count }) => sum + count, 0);
    return `${label}: ${row[i]?.count ?? 0} of ${total} right`;
  });
  return `${right.join('; ')}.`;
}

function shortened(label: string): string {
  const characters = [...label];
  if (characters.length <= longestLabel) return label;
  return `${characters.slice(0, longestLabel - 1).join('')}…`;
}
