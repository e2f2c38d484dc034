import * as Plot from '@observablehq/plot';
import { drawing, type Drawing, type Panel } from '../draw/drawing.js';
import { decimals, percent } from '../draw/format.js';
import { fileNames, markOf } from './cells.js';
import type { ExperimentReport, RunCurve } from './types.js';

type Epoch = RunCurve['epochs'][number];

interface Point {
  readonly run: number;
  readonly epoch: number;
  readonly value: number;
}

const quantities = {
  loss: (epoch: Epoch) => epoch.loss,
  validationLoss: (epoch: Epoch) => epoch.validationLoss,
  validationAccuracy: (epoch: Epoch) => 100 * epoch.validationAccuracy,
} as const;
/** From this many runs on, marks are small. */
const many = 30;
type Quantity = keyof typeof quantities;

/** How every cell learned: one thin line per run and their mean, on the same scales for all cells. */
export function curvesFigures({ cells }: ExperimentReport): Drawing[] {
  const files = fileNames(cells);
  const runs = cells.flatMap(({ curves }) => curves);
  const losses = [...pointsOf(runs, 'loss'), ...pointsOf(runs, 'validationLoss')];
  const lossDomain = [0, Math.max(1e-3, ...losses.map(({ value }) => value))];
  const lastEpoch = Math.max(2, ...runs.flatMap(({ epochs }) => epochs.map(({ epoch }) => epoch)));
  return cells.flatMap(({ name, curves }, cell) => {
    const { colour } = markOf(cell);
    const x = {
      domain: [1, lastEpoch],
      label: 'epoch',
      tickFormat: 'd',
      labelAnchor: 'center' as const,
      labelArrow: 'none' as const,
    };
    const loss = pointsOf(curves, 'loss');
    const meanLoss = meanOf(loss);
    const validationLoss = meanOf(pointsOf(curves, 'validationLoss'));
    const accuracy = pointsOf(curves, 'validationAccuracy');
    const meanAccuracy = meanOf(accuracy);
    if (loss.length + accuracy.length === 0) return [];
    const panels: Panel[] = [
      {
        ...layout(190, 12),
        x: { ...x, axis: null },
        y: {
          domain: lossDomain,
          nice: true,
          grid: true,
          ticks: 5,
          label: 'loss (nats); dotted: mean validation',
          labelArrow: 'none',
        },
        marks: [
          ...lines(loss, meanLoss, colour),
          Plot.line(validationLoss, {
            x: 'epoch',
            y: 'value',
            stroke: colour,
            strokeWidth: 2,
            strokeDasharray: '2,4',
          }),
        ],
      },
      {
        ...layout(200, 36),
        x,
        y: {
          domain: [0, 100],
          grid: true,
          ticks: 5,
          label: 'validation accuracy (%)',
          labelArrow: 'none',
        },
        marks: [
          ...lines(accuracy, meanAccuracy, colour, [
            Plot.dot(bestOf(curves), {
              x: 'epoch',
              y: 'value',
              r: curves.length > many ? 1.75 : 2.5,
              stroke: colour,
              strokeOpacity: Math.min(0.8, 2 * faint(accuracy)),
              fill: 'var(--background)',
            }),
          ]),
        ],
      },
    ];
    const summary =
      `${curves.length} runs; mean loss ${ends(meanLoss, decimals)}, mean validation accuracy ` +
      `${ends(meanAccuracy, (value) => percent(value / 100))}.`;
    return [drawing(`curves-${files[cell] ?? cell}`, `Learning of ${name}`, summary, panels)];
  });
}

/** Legend. */
export const curvesNote =
  'Thin lines: runs; bold line: their mean, while at least half of the runs continue. ' +
  'Rings: the epochs whose models were tested.';

function layout(height: number, marginBottom: number): Pick<Panel, 'height'> & Plot.PlotOptions {
  return { height, marginTop: 30, marginLeft: 46, marginRight: 14, marginBottom };
}

function lines(
  runs: readonly Point[],
  mean: readonly Point[],
  stroke: string,
  between: readonly Plot.Markish[] = [],
): Plot.Markish[] {
  const x = { x: 'epoch', y: 'value', stroke } as const;
  return [
    Plot.line(runs, { ...x, z: 'run', strokeWidth: 0.8, strokeOpacity: faint(runs) }),
    ...between,
    // A halo separates the mean from the runs.
    Plot.line(mean, { ...x, stroke: 'var(--background)', strokeWidth: 5.5 }),
    Plot.line(mean, { ...x, strokeWidth: 2.75 }),
  ];
}

/** Opacity of a run's line: the more runs, the fainter. */
function faint(runs: readonly Point[]): number {
  return Math.max(0.12, Math.min(0.4, 12 / new Set(runs.map(({ run }) => run)).size));
}

function pointsOf(curves: readonly RunCurve[], quantity: Quantity): Point[] {
  return curves.flatMap(({ epochs }, run) =>
    epochs
      .map((epoch) => ({ run, epoch: epoch.epoch, value: quantities[quantity](epoch) }))
      .filter(({ value }) => Number.isFinite(value)),
  );
}

/** Mean by epoch as long as half of the runs continue: later it would follow the few that remain. */
function meanOf(points: readonly Point[]): Point[] {
  const runs = new Set(points.map(({ run }) => run)).size;
  const byEpoch = new Map<number, number[]>();
  for (const { epoch, value } of points) {
    byEpoch.set(epoch, [...(byEpoch.get(epoch) ?? []), value]);
  }
  return [...byEpoch]
    .filter(([, values]) => 2 * values.length >= runs)
    .map(([epoch, values]) => {
      const sum = values.reduce((total, value) => total + value, 0);
      return { run: -1, epoch, value: sum / values.length };
    })
    .sort((a, b) => a.epoch - b.epoch);
}

function bestOf(curves: readonly RunCurve[]): Point[] {
  const all = pointsOf(curves, 'validationAccuracy');
  return all.filter(({ run, epoch }) => curves[run]?.best === epoch);
}

function ends(points: readonly Point[], format: (value: number) => string): string {
  const [first, last] = [points[0]?.value ?? NaN, points.at(-1)?.value ?? NaN];
  return `from ${format(first)} to ${format(last)}`;
}
