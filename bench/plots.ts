/** The figures of stored results, one SVG file each. */
import * as Plot from '@observablehq/plot';
import type { BenchFile, BenchResult } from '../src/bench/results.js';
import { cellName, shapeText } from '../src/bench/shape.js';
import { digits, percent } from '../src/bench/text.js';
import { bandTitles, drawFigure, WIDTH } from './figure.js';
import { peerName, shapeName, type PeersFile } from './peer-results.js';
import { resultsOf } from './stored.js';

/** SVG by its file name without the extension. */
export type Figures = Readonly<Record<string, string>>;

interface Source {
  readonly adapter: string;
  readonly driver: string;
  readonly date: string;
  readonly version: string;
}

function sourceText({ adapter, driver, date, version }: Source): string {
  return `${adapter}, ${driver}; alstm ${version}, ${date.slice(0, 10)}`;
}

/** The figures of a file of one question; none if it has no results. */
export function benchFigures(file: BenchFile): Figures {
  if (file.results.length === 0) return {};
  switch (file.bench) {
    case 'train-step':
      return { 'train-step': trainFigure(file, resultsOf(file, 'train-step')) };
    case 'inference':
      return { inference: inferenceFigure(file, resultsOf(file, 'inference')) };
    case 'kernels':
      return { kernels: kernelsFigure(file, resultsOf(file, 'kernels')) };
    case 'scaling': {
      const results = resultsOf(file, 'scaling');
      return {
        scaling: scalingFigure(file, results),
        'sum-of-lengths': lengthsFigure(file, results),
      };
    }
  }
}

const seriesName = ({ shape }: BenchResult): string => `${cellName(shape)} ${shape.precision}`;

function unique<T>(values: Iterable<T>): T[] {
  return [...new Set(values)];
}

function log(label: string): Plot.ScaleOptions {
  return { type: 'log', label, grid: true, tickFormat: '~s', ticks: 4 };
}

/** A log scale that a single value does not collapse. */
function logOf(label: string, values: readonly number[]): Plot.ScaleOptions {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const domain = least === most ? [least / 2, most * 2] : [least, most];
  return { ...log(label), domain, nice: true };
}

function trainFigure(file: Source, results: readonly BenchResult<'train-step'>[]): string {
  const rows = results.map((result) => ({
    series: cellName(result.shape),
    precision: result.shape.precision,
    batch: result.shape.batch,
    units: `H ${result.shape.units}`,
    frames: result.shape.batch * result.shape.frames,
    rate: result.framesPerSecond,
  }));
  const best = rows.reduce((a, b) => (b.rate > a.rate ? b : a));
  const precisions = unique(rows.map(({ precision }) => precision));
  return drawFigure({
    title: 'Training step: frames a second by size of the batch',
    summary: `Fastest: ${digits(best.rate)} frames a second, ${best.series} ${best.precision}, ${best.units}.`,
    source: sourceText(file),
    series: unique(rows.map(({ series }) => series)),
    options: {
      height: 90 + 240 * precisions.length,
      marginLeft: 56,
      marginRight: precisions.length > 1 ? 40 : 20,
      x: logOf(
        'frames of a batch (B × T)',
        rows.map((row) => row.frames),
      ),
      y: logOf(
        'frames a second',
        rows.map((row) => row.rate),
      ),
      fx: { label: null, domain: unique(rows.map(({ units }) => units)) },
      fy: { label: null, domain: precisions, axis: precisions.length > 1 ? 'right' : null },
      marks: [
        Plot.frame({ stroke: 'var(--line)' }),
        Plot.line(rows, {
          x: 'frames',
          y: 'rate',
          fx: 'units',
          fy: 'precision',
          stroke: 'series',
          z: (row: (typeof rows)[number]) => `${row.series} ${row.batch}`,
          sort: 'frames',
          strokeOpacity: 0.6,
        }),
        Plot.dot(rows, {
          ...{ x: 'frames', y: 'rate', fx: 'units', fy: 'precision', fill: 'series', r: 3 },
        }),
      ],
    },
  });
}

function inferenceFigure(file: Source, results: readonly BenchResult<'inference'>[]): string {
  const rows = results.map((result) => ({
    series: `${seriesName(result)} H ${result.shape.units} T ${result.shape.frames}`,
    batch: result.shape.batch,
    rate: result.utterancesPerSecond,
  }));
  const best = rows.reduce((a, b) => (b.rate > a.rate ? b : a));
  const [first] = results;
  const latency = first ? `${digits(first.latency.ms)} ms` : 'unknown';
  return drawFigure({
    title: 'Inference: utterances a second by size of the batch',
    summary: `Fastest: ${digits(best.rate)}, ${best.series}. One utterance of 3 s: ${latency}.`,
    source: sourceText(file),
    series: unique(rows.map(({ series }) => series)),
    options: {
      height: 300,
      marginLeft: 56,
      x: logOf(
        'utterances of a batch',
        rows.map((row) => row.batch),
      ),
      y: logOf(
        'utterances a second',
        rows.map((row) => row.rate),
      ),
      marks: [
        Plot.line(rows, { x: 'batch', y: 'rate', stroke: 'series', sort: 'batch' }),
        Plot.dot(rows, { x: 'batch', y: 'rate', fill: 'series', r: 3.5 }),
      ],
    },
  });
}

function kernelsFigure(file: Source, results: readonly BenchResult<'kernels'>[]): string {
  const rows = results.flatMap(({ shape, kernels }) =>
    kernels.map((kernel) => ({ ...kernel, shape: shapeText(shape) })),
  );
  const shapes = unique(rows.map(({ shape }) => shape));
  const names = unique(rows.map(({ kernel }) => kernel));
  const top = rows.reduce((a, b) => (b.share > a.share ? b : a));
  type Row = (typeof rows)[number];
  return drawFigure({
    title: 'Training step by kernel',
    summary: `${top.kernel} takes ${percent(top.share)} of ${top.shape}.`,
    source: sourceText(file),
    options: {
      height: shapes.length * (names.length * 20 + 40) + 40,
      marginLeft: 170,
      marginRight: 150,
      x: { label: 'milliseconds a step', grid: true, nice: true },
      y: { label: null, domain: names },
      fy: { label: null, domain: shapes, axis: null },
      marks: [
        bandTitles(shapes),
        Plot.barX(rows, { x: 'ms', y: 'kernel', fy: 'shape', fill: 'var(--series-1)' }),
        Plot.text(rows, {
          x: 'ms',
          y: 'kernel',
          fy: 'shape',
          text: ({ share, gflops }: Row) => `${percent(share)}, ${digits(gflops)} GFLOP/s`,
          textAnchor: 'start',
          dx: 5,
        }),
        Plot.ruleX([0], { stroke: 'var(--muted)' }),
      ],
    },
  });
}

const axisNames = { batch: 'batch B', frames: 'frames T', units: 'units H' } as const;

function scalingFigure(file: Source, results: readonly BenchResult<'scaling'>[]): string {
  const rows = results.flatMap((result) =>
    result.axes.flatMap(({ axis, points, exponent }) => {
      const own = results.length > 1 ? `, ${seriesName(result)}` : '';
      const series = `${axisNames[axis]}: exponent ${exponent.toFixed(2)}${own}`;
      return points.map(({ value, ms }) => ({ series, value, ms }));
    }),
  );
  const series = unique(rows.map((row) => row.series));
  const [first] = results;
  return drawFigure({
    title: `Time of a training step by one size, from ${first ? shapeText(first.shape) : ''}`,
    summary: series.join('; '),
    source: sourceText(file),
    series,
    options: {
      height: 330,
      marginLeft: 56,
      x: logOf(
        'value of the size that varies',
        rows.map(({ value }) => value),
      ),
      y: logOf(
        'milliseconds a step',
        rows.map(({ ms }) => ms),
      ),
      marks: [
        Plot.line(rows, { x: 'value', y: 'ms', stroke: 'series' }),
        Plot.dot(rows, { x: 'value', y: 'ms', fill: 'series', r: 3.5 }),
      ],
    },
  });
}

function lengthsFigure(file: Source, results: readonly BenchResult<'scaling'>[]): string {
  const all = results.map((result) => ({ ...result.sumOfLengths, series: seriesName(result) }));
  const rows = all.flatMap(({ points, series }) => points.map((point) => ({ ...point, series })));
  const lines = all.flatMap(({ slope, intercept, points, series }) => {
    const most = Math.max(...points.map(({ frames }) => frames));
    return [0, most].map((frames) => ({ series, frames, ms: intercept + slope * frames }));
  });
  const [first] = results;
  return drawFigure({
    title: `Time of a training step by the sum of its lengths, longest ${first?.shape.frames ?? ''}`,
    summary: all
      .map((one) => `${one.series}: correlation ${one.correlation.toFixed(3)} with a line`)
      .join('; '),
    source: sourceText(file),
    series: unique(rows.map(({ series }) => series)),
    options: {
      height: 300,
      marginLeft: 56,
      x: { label: 'sum of the lengths (frames)', grid: true, zero: true, nice: true },
      y: { label: 'milliseconds a step', grid: true, zero: true, nice: true },
      marks: [
        Plot.line(lines, { x: 'frames', y: 'ms', stroke: 'series', strokeDasharray: '5,4' }),
        Plot.dot(rows, { x: 'frames', y: 'ms', fill: 'series', r: 4 }),
        Plot.text(rows, { x: 'frames', y: 'ms', text: 'lengths', dy: -12, fill: 'var(--muted)' }),
      ],
    },
  });
}

/** How many times longer each peer takes. */
export function peersFigure(file: PeersFile): Figures {
  const rows = file.comparisons.map((comparison) => ({
    ...comparison,
    place: shapeName(comparison.shape),
    name: `${peerName(comparison)}${comparison.sameAdapter ? '' : ' (CPU)'}`,
  }));
  if (rows.length === 0) return {};
  const names = unique(rows.map(({ name }) => name));
  const shapes = unique(rows.map(({ place }) => place));
  type Row = (typeof rows)[number];
  const svg = drawFigure({
    title: 'Times our time, plain LSTM, the same network',
    summary: rows.map((row) => `${row.name}, ${row.place}: ${digits(row.ratio)}`).join('; '),
    source: sourceText(file),
    options: {
      width: WIDTH,
      height: shapes.length * (names.length * 24 + 40) + 40,
      marginLeft: 250,
      marginRight: 90,
      x: { label: "peer's time over ours", grid: true, zero: true, nice: true },
      y: { label: null, domain: names },
      fy: { label: null, domain: shapes, axis: null },
      marks: [
        bandTitles(shapes),
        Plot.barX(rows, { x: 'ratio', y: 'name', fy: 'place', fill: 'var(--series-1)' }),
        Plot.text(rows, {
          x: 'ratio',
          y: 'name',
          fy: 'place',
          text: ({ ratio, kind }: Row) =>
            `${digits(ratio)}${kind === 'inference' ? ' (inference)' : ''}`,
          textAnchor: 'start',
          dx: 5,
        }),
        Plot.ruleX([1], { stroke: 'var(--series-2)', strokeDasharray: '4,3' }),
      ],
    },
  });
  return { peers: svg };
}
