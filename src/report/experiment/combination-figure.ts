import * as Plot from '@observablehq/plot';
import { drawing, type Drawing, type Panel } from '../draw/drawing.js';
import { percent } from '../draw/format.js';
import { finiteOr0, frameTime, timeAxis } from '../draw/time.js';
import { apart } from './apart.js';
import { cellIndex, fileNames, markOf } from './cells.js';
import type { CombinationWeights, ExampleUtterance, ExperimentReport } from './types.js';

const plotHeight = 72;
const [marginTop, marginBottom] = [26, 8];
const parts = ['cell', 'output'] as const;
const partNames = { cell: 'cell state', output: 'output' } as const;
/** Opacity of the first band and of the last: shades of one colour differ in lightness for all eyes. */
const [darkest, lightest] = [0.95, 0.3];

interface Share {
  readonly time: number;
  /** Column. */
  readonly k: number;
  /** Bounds of its band, 0 to 1. */
  readonly low: number;
  readonly high: number;
}

/** Which past states cells with learned weights use, over the time of one recording. */
export function combinationFigures(
  { cells }: ExperimentReport,
  example: ExampleUtterance,
  n: number,
): Drawing[] {
  const { seconds } = example;
  if (!(seconds > 0) || !Number.isFinite(seconds)) return [];
  const models = example.models.flatMap(({ cell, attention, combination }) => {
    const given = (combination ?? []).filter(({ frames }) => frames.length > 0);
    return given.length > 0 && attention.length > 0
      ? [{ name: cell, frames: attention.length, given }]
      : [];
  });
  const files = fileNames(models);
  return models.map(({ name, frames, given }, i) => {
    const { colour } = markOf(cellIndex(cells, name));
    const panels = given.flatMap((weights) =>
      partsOf(weights).map((part) => panelOf(weights, part, frames, seconds, colour)),
    );
    const last = panels.pop();
    if (last !== undefined) panels.push(timeAxis(last, seconds));
    const file = models.length === 1 ? `combination-${n}` : `combination-${n}-${files[i] ?? i}`;
    const summary = given.flatMap((weights) =>
      partsOf(weights).map((part) => inWords(weights, part)),
    );
    const title = `Example ${n}: what ${name} combines`;
    return drawing(file, title, `Mean weights: ${summary.join('; ')}.`, panels);
  });
}

/** How to read it. */
export const combinationNote =
  'Each band is the weight of one earlier state; the weights sum to 1. The backward direction runs ' +
  'from the end: n steps back is n frames later in time.';

/** A GRU has no cell state. */
function partsOf(weights: CombinationWeights): (typeof parts)[number][] {
  return parts.filter((part) => weights[part] !== undefined);
}

function panelOf(
  weights: CombinationWeights,
  part: (typeof parts)[number],
  frames: number,
  seconds: number,
  colour: string,
): Panel {
  const { direction, offsets } = weights;
  const shares = sharesOf(weights, part, frames, seconds);
  const names = offsets.map(offsetName);
  return {
    height: marginTop + plotHeight + marginBottom,
    marginTop,
    marginBottom,
    marginLeft: 40,
    marginRight: 44,
    x: { domain: [0, seconds], axis: null },
    y: { domain: [0, 1], label: null, ticks: [0, 0.5, 1] },
    marks: [
      Plot.text([`${direction}, ${partNames[part]}`], {
        frameAnchor: 'top-left',
        dy: -19,
        fontWeight: 600,
      }),
      ...offsets.map((_, k) =>
        Plot.areaY(
          shares.filter((share) => share.k === k),
          {
            x: 'time',
            y1: 'low',
            y2: 'high',
            fill: colour,
            fillOpacity: darkest - ((darkest - lightest) * k) / Math.max(offsets.length - 1, 1),
            stroke: 'var(--background)',
            strokeWidth: 1,
          },
        ),
      ),
      Plot.text(labelsOf(shares, names), {
        frameAnchor: 'right',
        textAnchor: 'start',
        dx: 6,
        y: 'at',
        text: 'name',
      }),
    ],
  };
}

/** A band's outline: each weight extends half way to its neighbours. */
function sharesOf(
  { frames: at, offsets, ...weights }: CombinationWeights,
  part: (typeof parts)[number],
  frames: number,
  seconds: number,
): Share[] {
  const times = at.map((frame) => frameTime(frame, frames, seconds));
  return times.flatMap((time, row) => {
    const values = offsets.map((_, k) => finiteOr0(weights[part]?.[row]?.[k]));
    const before = times[row - 1] ?? 2 * time - (times[row + 1] ?? time);
    const after = times[row + 1] ?? 2 * time - (times[row - 1] ?? time);
    const bounds = [(before + time) / 2, (time + after) / 2].map((t) =>
      Math.min(seconds, Math.max(0, t)),
    );
    let low = 0;
    return values.flatMap((value, k) => {
      const high = Math.min(1, low + value);
      const band = bounds.map((t) => ({ time: t, k, low, high }));
      low = high;
      return band;
    });
  });
}

/** Names next to the ends of the bands. */
function labelsOf(shares: readonly Share[], names: readonly string[]): object[] {
  const ends = names.map((_, k) => shares.findLast((share) => share.k === k));
  const middles = ends.map((share) => ((share?.low ?? 0) + (share?.high ?? 0)) / 2);
  const places = apart(middles, 13 / plotHeight, [0.06, 0.94]);
  return names.map((name, k) => ({ name, at: places[k] }));
}

function inWords(
  { direction, offsets, frames, ...weights }: CombinationWeights,
  part: (typeof parts)[number],
): string {
  const means = offsets.map((offset, k) => {
    const sum = (weights[part] ?? []).reduce((total, row) => total + finiteOr0(row[k]), 0);
    return `${offsetName(offset)} ${percent(sum / frames.length)}`;
  });
  return `${direction} ${partNames[part]}: ${means.join(', ')}`;
}

function offsetName(offset: number): string {
  return `t−${offset}`;
}
