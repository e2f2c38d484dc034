import * as Plot from '@observablehq/plot';
import { drawing, type Drawing } from '../draw/drawing.js';
import { percent } from '../draw/format.js';
import { axisLabels, shortened } from '../draw/labels.js';
import { apart } from './apart.js';
import { markOf } from './cells.js';
import type { ExperimentReport, Metric } from './types.js';
import { metricNames, unitsText } from './words.js';

const height = 380;
const [marginTop, marginBottom] = [30, 34];
/** Most units whose names appear next to their lines. */
const mostNames = 16;
const nameHeight = 11;

interface Dot {
  readonly cell: number;
  readonly unit: string;
  readonly value: number;
}

/** The spread over speakers (or folds): each one's score with every cell. */
export function speakersFigure(report: ExperimentReport, metric: Metric): Drawing | undefined {
  const { cells, unit } = report;
  const dots = cells.flatMap(({ units }, cell) =>
    units.map(({ name, scores }) => ({ cell, unit: name, value: 100 * scores[metric] })),
  );
  const seeds = cells.flatMap(({ units }, cell) =>
    units.flatMap(({ name, bySeed }) =>
      bySeed.map((scores) => ({ cell, unit: name, value: 100 * scores[metric] })),
    ),
  );
  if (dots.length === 0) return undefined;
  const names = axisLabels(cells.map(({ name }) => name));
  const extra = names.slanted ? 0.6 * names.width : 0;
  const domain = bounds([...dots, ...seeds]);
  const means = cells.flatMap(({ scores }, cell) =>
    Number.isFinite(scores[metric].mean) ? [{ cell, value: 100 * scores[metric].mean }] : [],
  );
  const labels = unitLabels(dots, domain);
  const plot = {
    height: height + extra,
    marginTop,
    marginBottom: marginBottom + extra,
    marginLeft: 46,
    marginRight: labels.length > 0 ? 74 : 14,
    x: {
      ...names.scale,
      type: 'band' as const,
      padding: 0.3,
      label: null,
      tickSize: 0,
      ...(names.slanted ? { tickRotate: -35 } : {}),
    },
    y: {
      domain,
      label: `${metricNames[metric]} (%)`,
      grid: true,
      ticks: 6,
      labelArrow: 'none' as const,
    },
    marks: [
      Plot.line(dots, {
        x: 'cell',
        y: 'value',
        z: 'unit',
        stroke: 'var(--muted)',
        strokeOpacity: 0.55,
        strokeWidth: 1,
      }),
      ...cells.flatMap((_, cell) => {
        const { colour, symbol } = markOf(cell);
        const own = <T extends { cell: number }>(all: readonly T[]): T[] =>
          all.filter((one) => one.cell === cell);
        return [
          Plot.dot(own(seeds), {
            x: 'cell',
            y: 'value',
            r: 2,
            fill: colour,
            fillOpacity: 0.35,
            dx: -9,
          }),
          Plot.tickY(own(means), { x: 'cell', y: 'value', stroke: colour, strokeWidth: 3 }),
          Plot.dot(own(dots), {
            x: 'cell',
            y: 'value',
            r: 4,
            symbol,
            fill: colour,
            stroke: 'var(--background)',
            strokeWidth: 1,
            title: ({ unit, value }: Dot) => `${unit}: ${value.toFixed(1)} %`,
          }),
        ];
      }),
      Plot.text(labels, {
        frameAnchor: 'right',
        textAnchor: 'start',
        y: 'at',
        dx: 6,
        fontSize: 10,
        fill: 'var(--muted)',
        text: 'name',
      }),
    ],
  };
  const title = `${metricNames[metric]} by ${unit}`;
  const summary = cells.map(({ name, units }) => {
    const values = units.map(({ scores }) => scores[metric]).filter(Number.isFinite);
    if (values.length === 0) return `${name}: no scores`;
    const range = `${percent(Math.min(...values))} to ${percent(Math.max(...values))}`;
    return `${name}: ${range} over ${unitsText(values.length, unit)}`;
  });
  return drawing(`${unit}s`, title, `${summary.join('; ')}.`, [plot]);
}

/** Names at the ends of the lines, pushed apart so that each can be read. */
function unitLabels(
  dots: readonly Dot[],
  [low, high]: [number, number],
): { name: string; at: number }[] {
  const last = Math.max(...dots.map(({ cell }) => cell));
  const ends = dots
    .filter(({ cell, value }) => cell === last && Number.isFinite(value))
    .sort((a, b) => a.value - b.value);
  if (ends.length > mostNames) return [];
  const perPoint = (height - marginTop - marginBottom) / (high - low);
  const places = apart(
    ends.map(({ value }) => value),
    nameHeight / perPoint,
    [low, high],
  );
  return ends.map(({ unit }, i) => ({ name: shortened(unit, 11), at: places[i] ?? 0 }));
}

function bounds(dots: readonly Dot[]): [number, number] {
  const values = dots.map(({ value }) => value).filter(Number.isFinite);
  if (values.length === 0) return [0, 100];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return [Math.max(0, Math.floor((low - 2) / 5) * 5), Math.min(100, Math.ceil((high + 2) / 5) * 5)];
}
