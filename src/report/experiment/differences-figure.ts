import * as Plot from '@observablehq/plot';
import { drawing, type Drawing } from '../draw/drawing.js';
import { axisLabels } from '../draw/labels.js';
import { markOf } from './cells.js';
import type { CellReport, ExperimentReport, Metric } from './types.js';
import { comparedCells, comparisonOf, metricNames, points, pointsInterval } from './words.js';

const rowHeight = 70;

interface Dot {
  readonly cell: number;
  readonly unit: string;
  readonly value: number;
}

/** What the test of a difference sees: every speaker's difference from the baseline. */
export function differencesFigure(report: ExperimentReport, metric: Metric): Drawing | undefined {
  const [baseline] = report.cells;
  const cells = comparedCells(report);
  if (baseline === undefined || cells.length === 0) return undefined;
  const dots = cells.flatMap((cell, i) => differences(cell, baseline, metric, i));
  const names = axisLabels(cells.map(({ name }) => name));
  const means = cells.flatMap((cell, i) => {
    const found = comparisonOf(report, cell, metric);
    if (found === undefined || !Number.isFinite(found.difference)) return [];
    const [low, high] = found.interval ?? [found.difference, found.difference];
    return [{ cell: i, value: 100 * found.difference, low: 100 * low, high: 100 * high, found }];
  });
  const reach = Math.max(
    1,
    ...[...dots.map(({ value }) => value), ...means.flatMap(({ low, high }) => [low, high])].map(
      Math.abs,
    ),
  );
  const marginLeft = 14 + names.width;
  const plot = {
    height: 28 + rowHeight * cells.length + 38,
    marginTop: 28,
    marginBottom: 38,
    marginLeft,
    marginRight: 14,
    x: {
      domain: [-1.08 * reach, 1.08 * reach],
      label: `difference in ${metricNames[metric]} (percentage points)`,
      labelAnchor: 'center' as const,
      labelArrow: 'none' as const,
      grid: true,
      ticks: 7,
      tickFormat: (x: number) => (x === 0 ? '0' : `${x < 0 ? '−' : '+'}${Math.abs(x)}`),
    },
    y: { ...names.scale, type: 'band' as const, label: null },
    marks: [
      Plot.ruleX([0], { stroke: 'currentColor' }),
      Plot.axisY({ label: null, tickSize: 0, tickFormat: names.scale.tickFormat }),
      Plot.text(['← worse'], { frameAnchor: 'top-left', dy: -20, fill: 'var(--muted)' }),
      Plot.text(['better →'], { frameAnchor: 'top-right', dy: -20, fill: 'var(--muted)' }),
      ...cells.flatMap((cell, i) => {
        const { colour, symbol } = markOf(report.cells.indexOf(cell));
        const own = <T extends { cell: number }>(all: readonly T[]): T[] =>
          all.filter((one) => one.cell === i);
        return [
          ...[0, 1, 2].map((lane) =>
            Plot.dot(
              own(dots).filter((_, k) => k % 3 === lane),
              {
                x: 'value',
                y: 'cell',
                dy: 7 * lane - 19,
                r: 3,
                symbol,
                fill: colour,
                fillOpacity: 0.55,
                title: ({ unit, value }: Dot) => `${unit}: ${points(value / 100)}`,
              },
            ),
          ),
          Plot.ruleY(
            own(means).filter(({ low, high }) => low < high),
            { y: 'cell', x1: 'low', x2: 'high', dy: 13, stroke: colour, strokeWidth: 3 },
          ),
          Plot.dot(own(means), { x: 'value', y: 'cell', dy: 13, r: 5, symbol, fill: colour }),
          Plot.text(own(means), {
            x: 'value',
            y: 'cell',
            dy: 26,
            text: ({ found }: { found: { difference: number } }) => points(found.difference),
            fontSize: 10,
          }),
        ];
      }),
    ],
  };
  const title = `Difference from ${baseline.name} by ${report.unit}`;
  const summary = cells.map((cell, i) => {
    const own = dots.filter((dot) => dot.cell === i);
    const better = own.filter(({ value }) => value > 0).length;
    const found = comparisonOf(report, cell, metric);
    const interval = found === undefined ? undefined : pointsInterval(found);
    const mean = `mean ${points(found?.difference ?? NaN)} points`;
    const range = interval === undefined ? '' : ` (${interval})`;
    return `${cell.name}: better for ${better} of ${own.length}, ${mean}${range}`;
  });
  return drawing('differences', title, `${summary.join('; ')}.`, [plot]);
}

/** By value, so that neighbours are in different lanes. */
function differences(cell: CellReport, baseline: CellReport, metric: Metric, i: number): Dot[] {
  return cell.units
    .flatMap(({ name, scores }) => {
      const other = baseline.units.find((unit) => unit.name === name);
      const value = 100 * (scores[metric] - (other?.scores[metric] ?? NaN));
      return Number.isFinite(value) ? [{ cell: i, unit: name, value }] : [];
    })
    .sort((a, b) => a.value - b.value);
}
