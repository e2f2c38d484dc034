/** Results as text for a terminal. */
import type { Question } from './grid.js';
import type { BenchResult, SkippedShape } from './results.js';
import { cellName, shapeText } from './shape.js';

/** A column: its heading, its width, and the cell of a row. */
type Column<Row> = readonly [heading: string, width: number, cell: (row: Row) => string];

/** Three or four significant digits. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en-GB');
  if (size === 0) return '0';
  return value.toFixed(Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(size)))));
}

/** A share from 0 to 1 in percent. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)}%` : '–';
}

const shapeColumns: readonly Column<BenchResult<'train-step' | 'inference'>>[] = [
  ['cell', 13, ({ shape }) => cellName(shape)],
  ['type', 5, ({ shape }) => shape.precision],
  ['B', 5, ({ shape }) => String(shape.batch)],
  ['T', 6, ({ shape }) => String(shape.frames)],
  ['H', 5, ({ shape }) => String(shape.units)],
  ['ms', 10, ({ ms }) => digits(ms)],
  ['frames/s', 12, ({ framesPerSecond }) => digits(framesPerSecond)],
];

const trainColumns: readonly Column<BenchResult<'train-step'>>[] = [
  ...shapeColumns,
  ['GFLOP/s', 9, ({ gflops }) => digits(gflops)],
  ['product', 9, ({ productShare }) => percent(productShare)],
  ['copy', 8, ({ copyShare }) => percent(copyShare)],
  ['host ms', 9, ({ hostMs }) => digits(hostMs)],
];

const inferenceColumns: readonly Column<BenchResult<'inference'>>[] = [
  ...shapeColumns,
  ['utterances/s', 14, ({ utterancesPerSecond }) => digits(utterancesPerSecond)],
  ['3 s: ms', 9, ({ latency }) => digits(latency.ms)],
  ['p95', 9, ({ latency }) => digits(latency.p95)],
];

function line<Row>(columns: readonly Column<Row>[], cell: (column: Column<Row>) => string): string {
  return columns.map((column) => cell(column).padStart(column[1])).join('');
}

/** The header line of a question's results, if they are rows of one table. */
export function headerText(question: Question): string | undefined {
  if (question === 'train-step') return line(trainColumns, ([heading]) => heading);
  if (question === 'inference') return line(inferenceColumns, ([heading]) => heading);
  return undefined;
}

/** A result as lines of text. */
export function resultText(result: BenchResult | SkippedShape): string {
  if ('skipped' in result) return `skipped  ${shapeText(result.shape)}: ${result.skipped}`;
  switch (result.bench) {
    case 'train-step':
      return line(trainColumns, ([, , cell]) => cell(result));
    case 'inference':
      return line(inferenceColumns, ([, , cell]) => cell(result));
    case 'kernels':
      return kernelsText(result);
    case 'scaling':
      return scalingText(result);
  }
}

function kernelsText(result: BenchResult<'kernels'>): string {
  type Row = { ms: number; gflops: number; gbPerSecond: number; label: string; share: number };
  const columns: readonly Column<Row>[] = [
    ['ms', 10, ({ ms }) => digits(ms)],
    ['share', 8, ({ share }) => percent(share)],
    ['GFLOP/s', 10, ({ gflops }) => digits(gflops)],
    ['GB/s', 10, ({ gbPerSecond }) => digits(gbPerSecond)],
    ['', 2, () => ''],
    ['', 0, ({ label }) => label],
  ];
  const row = (values: Row) => line(columns, ([, , cell]) => cell(values));
  const header = (name: string) => line(columns, ([heading]) => heading) + name;
  return [
    `${shapeText(result.shape)}: ${digits(result.ms)} ms in all, by ${result.method}`,
    '',
    header('kernel'),
    ...result.kernels.map((k) => row({ ...k, label: `${k.kernel} (${k.passes})` })),
    '',
    header('pass'),
    ...result.passes.map((p) => row({ ...p, label: p.name, share: p.ms / result.ms })),
  ].join('\n');
}

function scalingText({ shape, axes, sumOfLengths }: BenchResult<'scaling'>): string {
  const { points, slope, intercept, correlation } = sumOfLengths;
  return [
    `${shapeText(shape)}, one size varied at a time`,
    ...axes.flatMap((axis) => [
      '',
      `${axis.axis}: time grows with exponent ${axis.exponent.toFixed(2)}`,
      ...axis.points.map(
        ({ value, ms }) => `${String(value).padStart(8)}${digits(ms).padStart(12)} ms`,
      ),
    ]),
    '',
    `sum of lengths: ${digits(1000 * slope)} us per frame and ${digits(intercept)} ms, correlation ${correlation.toFixed(4)}`,
    ...points.map(
      ({ lengths, frames, ms, overProportional }) =>
        `${String(frames).padStart(8)}${digits(ms).padStart(12)} ms  lengths ${lengths}, ` +
        `${overProportional.toFixed(2)} of proportional`,
    ),
  ].join('\n');
}
