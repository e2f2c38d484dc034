/** Figures of training: losses of one model, and validation accuracy of all. */
import * as Plot from '@observablehq/plot';
import { decimals, percent } from '../draw/format.js';
import { html, type Html } from '../draw/html.js';
import { draw, strokeOf, type Stroke } from '../draw/svg.js';
import type { ReportEpoch, ReportModel } from './types.js';

interface Point {
  readonly epoch: number;
  readonly value: number;
}

interface Curve {
  readonly name: string;
  readonly stroke: Stroke;
  readonly points: readonly Point[];
}

/** Losses by epoch of each model, on one scale so that they can be compared. */
export function lossFigures(models: readonly ReportModel[]): Html[] {
  const all = models.map(({ name, log }) => ({
    name,
    curves: [
      curve('training', 0, log, ({ train }) => train.total),
      curve('validation', 1, log, ({ validation }) => validation?.total),
    ].filter(({ points }) => points.length > 0),
  }));
  const values = all.flatMap(({ curves }) => curves.flatMap(valuesOf));
  const domain = [Math.min(0, ...values), Math.max(1e-3, ...values)];
  return all.map(({ name, curves }) =>
    figure(`Loss of ${name} by epoch`, curves, decimals, {
      y: { label: 'loss (nats)', domain, nice: true, grid: true },
    }),
  );
}

/**
 * Accuracy on the validation set by epoch, one line per model, in strokes unlike those of losses; CCC if the
 * models predict numbers.
 */
export function accuracyFigure(models: readonly ReportModel[]): Html {
  const numbers = models.map(({ name, log }, n) =>
    curve(name, n + 2, log, ({ validation }) => validation?.ccc),
  );
  if (numbers.some(({ points }) => points.length > 0)) {
    return figure('Validation CCC by epoch', numbers, decimals, {
      y: { label: 'CCC', domain: [-1, 1], grid: true },
    });
  }
  const curves = models
    .map(({ name, log }, n) => curve(name, n + 2, log, ({ validation }) => validation?.accuracy))
    .filter(({ points }) => points.length > 0);
  return figure('Validation accuracy by epoch', curves, percent, {
    y: { label: 'accuracy (%)', domain: [0, 100], grid: true, transform: (x: number) => 100 * x },
  });
}

function figure(
  title: string,
  curves: readonly Curve[],
  format: (value: number) => string,
  options: Plot.PlotOptions,
): Html {
  if (curves.length === 0) {
    return html`<figure>
      <figcaption>${title}</figcaption>
      <p class="none">No epochs were logged.</p>
    </figure>`;
  }
  const summary = curves.map(({ name, points }) => ends(name, points, format)).join('; ');
  const svg = draw(title, `${summary}.`, {
    height: 256,
    marginTop: 30,
    marginLeft: 46,
    marginRight: 14,
    marginBottom: 38,
    x: epochScale(curves),
    ...options,
    marks: curves.flatMap(({ points, stroke }) => [
      Plot.line(points, { x: 'epoch', y: 'value', strokeWidth: 2, ...stroke }),
      Plot.dot(points, { x: 'epoch', y: 'value', r: 2.5, fill: stroke.stroke }),
    ]),
  });
  return html`<figure>
    <figcaption>${title}</figcaption>
    ${legend(curves)} ${svg}
  </figure>`;
}

/** Whole epochs, at most nine of them labelled. */
function epochScale(curves: readonly Curve[]): Plot.ScaleOptions {
  const epochs = curves.flatMap(({ points }) => points.map(({ epoch }) => epoch));
  const first = Math.min(...epochs);
  const last = Math.max(...epochs);
  const step = Math.ceil((last - first + 1) / 9);
  const ticks = epochs.filter((epoch) => (epoch - first) % step === 0);
  return {
    label: 'epoch',
    domain: first === last ? [first - 1, last + 1] : [first, last],
    ticks: [...new Set(ticks)],
    tickFormat: 'd',
  };
}

function legend(curves: readonly Curve[]): Html {
  return html`<p class="legend">
    ${curves.map(
      ({ name, stroke }) =>
        html`<span
          ><svg width="30" height="8" aria-hidden="true">
            <line
              x1="0"
              x2="30"
              y1="4"
              y2="4"
              stroke="${stroke.stroke}"
              stroke-width="2.5"
              stroke-dasharray="${stroke.strokeDasharray}"
            /></svg
          >${name}</span
        > `,
    )}
  </p>`;
}

function curve(
  name: string,
  n: number,
  log: readonly ReportEpoch[],
  value: (epoch: ReportEpoch) => number | undefined,
): Curve {
  const points = log.flatMap((entry) => {
    const y = value(entry);
    return y !== undefined && Number.isFinite(y) ? [{ epoch: entry.epoch, value: y }] : [];
  });
  return { name, stroke: strokeOf(n), points };
}

function valuesOf({ points }: Curve): number[] {
  return points.map(({ value }) => value);
}

function ends(name: string, points: readonly Point[], format: (value: number) => string): string {
  const [first, last] = [points[0]?.value ?? NaN, points.at(-1)?.value ?? NaN];
  return `${name} from ${format(first)} to ${format(last)}`;
}
