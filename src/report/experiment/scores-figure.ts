import * as Plot from '@observablehq/plot';
import { drawing, type Drawing, type Panel } from '../draw/drawing.js';
import { percent } from '../draw/format.js';
import { axisLabels } from '../draw/labels.js';
import { markOf } from './cells.js';
import { metrics, type ExperimentReport, type Metric } from './types.js';
import { intervalText, metricNames } from './words.js';

const rowHeight = 20;
const headingHeight = 32;
const axisHeight = 36;

interface Row {
  readonly cell: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The four scores of every cell with their intervals, on one scale. */
export function scoresFigure(report: ExperimentReport): Drawing | undefined {
  const rows = metrics.map((metric) => ({ metric, rows: rowsOf(report, metric) }));
  const all = rows.flatMap((panel) => panel.rows.flatMap(({ low, high }) => [low, high]));
  if (all.length === 0) return undefined;
  const domain = around(all);
  const panels = rows.map((panel, i) => panelOf(report, panel, domain, i === rows.length - 1));
  const summary = metrics.map((metric) => {
    const cells = report.cells.map(({ name, scores }) => {
      const interval = intervalText(scores[metric]);
      return `${name} ${percent(scores[metric].mean)}${interval === undefined ? '' : ` (${interval})`}`;
    });
    return `${metricNames[metric]}: ${cells.join(', ')}`;
  });
  return drawing('scores', 'Scores by cell', `${summary.join('. ')}.`, panels);
}

function rowsOf({ cells }: ExperimentReport, metric: Metric): Row[] {
  return cells.flatMap(({ scores }, cell) => {
    const { mean, interval } = scores[metric];
    const [low, high] = (interval ?? [mean, mean]).map((x) => 100 * x);
    if (low === undefined || high === undefined || !Number.isFinite(mean)) return [];
    return [{ cell, mean: 100 * mean, low, high }];
  });
}

function panelOf(
  { cells }: ExperimentReport,
  { metric, rows }: { metric: Metric; rows: readonly Row[] },
  domain: [number, number],
  last: boolean,
): Panel {
  const names = axisLabels(
    cells.map(({ name }) => name),
    20,
  );
  const baseline = rows.find(({ cell }) => cell === 0);
  const marginLeft = 16 + names.width;
  return {
    height: headingHeight + rowHeight * cells.length + (last ? axisHeight : 0),
    marginTop: headingHeight,
    marginLeft,
    marginRight: 46,
    marginBottom: last ? axisHeight : 0,
    x: {
      domain,
      label: 'score (%)',
      axis: last ? 'bottom' : null,
      ticks: 6,
      labelAnchor: 'center',
      labelArrow: 'none',
    },
    y: { ...names.scale, type: 'band', label: null },
    marks: [
      Plot.gridX({ ticks: 6 }),
      Plot.axisY({ label: null, tickSize: 0, tickFormat: names.scale.tickFormat }),
      Plot.text([metricNames[metric]], {
        frameAnchor: 'top-left',
        dx: -marginLeft,
        dy: 9 - headingHeight,
        fontWeight: 600,
      }),
      Plot.ruleX(baseline === undefined ? [] : [baseline.mean], {
        stroke: 'var(--muted)',
        strokeDasharray: '2,3',
      }),
      ...rows.flatMap((row) => {
        const { colour, symbol } = markOf(row.cell);
        return [
          Plot.ruleY([row], {
            y: 'cell',
            x1: 'low',
            x2: 'high',
            stroke: colour,
            strokeWidth: 3,
            strokeLinecap: 'round',
            strokeOpacity: row.low === row.high ? 0 : 0.55,
          }),
          Plot.dot([row], { x: 'mean', y: 'cell', symbol, fill: colour, r: 4.5 }),
        ];
      }),
      Plot.text(rows, {
        y: 'cell',
        frameAnchor: 'right',
        textAnchor: 'end',
        dx: 42,
        text: ({ mean }: Row) => mean.toFixed(1),
        fontVariant: 'tabular-nums',
      }),
    ],
  };
}

/** A margin around the values, within 0 to 100. */
function around(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.08 * (high - low), 1);
  return [Math.max(0, low - room), Math.min(100, high + room)];
}
