import { questions } from '../core/choices.js';
import type { Cell } from '../core/cells.js';
import { UsageError } from '../core/errors.js';
import { ordinary, type BenchShape, type Precision } from './shape.js';

export { questions };
export type Question = (typeof questions)[number];

/** The requested shapes; absent sizes use the question's defaults. */
export interface GridOptions {
  readonly batch?: readonly number[];
  readonly frames?: readonly number[];
  readonly units?: readonly number[];
  readonly cell?: readonly Cell[];
  readonly precision?: readonly Precision[];
  readonly period?: number;
  readonly offsets?: readonly number[];
  readonly inputUnits?: number;
  readonly recurrentLayers?: number;
  readonly subsample?: number;
  readonly subsampleHow?: BenchShape['subsampleHow'];
  readonly functionals?: number;
  readonly functionalsScope?: BenchShape['functionalsScope'];
  readonly headHidden?: number;
  readonly heads?: Readonly<Record<string, number>>;
  readonly pooling?: BenchShape['pooling'];
  readonly unidirectional?: boolean;
  readonly dropout?: number;
}

/** The properties of an adapter that the default shapes depend on. */
export interface GridAdapter {
  readonly software: boolean;
  readonly f16: boolean;
}

/** Largest B * T * H of the default shapes on a software adapter. */
const SOFTWARE_MOST = 1e6;

interface Axes {
  readonly batch: readonly number[];
  readonly frames: readonly number[];
  readonly units: readonly number[];
}

const trainAxes: Axes = {
  batch: [8, 32, 64, 128, 256],
  frames: [100, 250, 500, 1000],
  units: [64, 128, 256],
};

function defaultAxes(question: Question, software: boolean): Axes {
  switch (question) {
    case 'train-step':
      return trainAxes;
    case 'inference': // utterances of three seconds
      return { batch: software ? [1, 8, 32] : [1, 8, 32, 128, 512], frames: [298], units: [128] };
    case 'kernels':
      return software
        ? { batch: [8], frames: [50], units: [64] }
        : { batch: [64], frames: [500], units: [256] };
    case 'scaling': // the middle value of each is fixed while another varies
      return software
        ? { batch: [4, 8, 16, 32], frames: [16, 32, 64, 128], units: [16, 32, 64, 128] }
        : {
            batch: [16, 32, 64, 128, 256],
            frames: [100, 250, 500, 1000],
            units: [32, 64, 128, 256],
          };
  }
}

/** Cells and A-LSTM's periods; a given period applies to all. */
function cellsOf({ cell, period, offsets }: GridOptions, all: boolean) {
  const usual = Math.max(...(offsets ?? ordinary.offsets));
  const names: readonly Cell[] = cell ?? (all ? ['lstm', 'mean-lstm', 'a-lstm'] : ['a-lstm']);
  return names.flatMap((name) => {
    const own = { cell: name, period: period ?? usual };
    // if none is given: the paper's period and a combination at every step
    const both = all && cell === undefined && period === undefined && name === 'a-lstm';
    return both && usual !== 1 ? [own, { ...own, period: 1 }] : [own];
  });
}

/**
 * The shapes to time, precision and cell outermost. If batch, frames and units are all given, other missing
 * options have one value (A-LSTM, f32); else they have the question's whole range, on a software
 * adapter without the largest shapes.
 *
 * @throws UsageError if the same value is given twice
 */
export function shapesOf(
  question: Question,
  options: GridOptions,
  adapter: GridAdapter,
): BenchShape[] {
  checkGrid(options);
  const { batch, frames, units } = { ...defaultAxes(question, adapter.software), ...axes(options) };
  const named = Boolean(options.batch && options.frames && options.units);
  const all = question === 'train-step' && !named;
  const f16 = adapter.f16 && !adapter.software;
  const precisions = options.precision ?? (all && f16 ? ['f32', 'f16'] : ['f32']);
  const common = commonOf(options);
  const shapes = precisions.flatMap((precision) =>
    cellsOf(options, all).flatMap((cell) =>
      units.flatMap((H) =>
        frames.flatMap((T) =>
          batch.map((B) => ({ ...common, ...cell, precision, batch: B, frames: T, units: H })),
        ),
      ),
    ),
  );
  return all && adapter.software
    ? shapes.filter(({ batch, frames, units }) => batch * frames * units <= SOFTWARE_MOST)
    : shapes;
}

/** The axes that `scaling` varies, and its cell and precision. */
export function scalingOf(options: GridOptions, adapter: GridAdapter) {
  checkGrid(options);
  const varied = { ...defaultAxes('scaling', adapter.software), ...axes(options) };
  const bases = (options.precision ?? ['f32']).flatMap((precision) =>
    cellsOf(options, false).map((cell): BenchShape => ({
      ...commonOf(options),
      ...cell,
      precision,
      batch: middle(varied.batch),
      frames: middle(varied.frames),
      units: middle(varied.units),
    })),
  );
  return { varied, bases };
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? NaN;
}

function axes({ batch, frames, units }: GridOptions): Partial<Axes> {
  return { ...(batch && { batch }), ...(frames && { frames }), ...(units && { units }) };
}

function commonOf(options: GridOptions) {
  return {
    frontendUnits: options.inputUnits ?? ordinary.frontendUnits,
    ...(options.recurrentLayers && { recurrentLayers: options.recurrentLayers }),
    ...(options.subsample && { subsample: options.subsample }),
    ...(options.subsampleHow && { subsampleHow: options.subsampleHow }),
    ...(options.functionals && { functionals: options.functionals }),
    ...(options.functionalsScope && { functionalsScope: options.functionalsScope }),
    headHidden: options.headHidden ?? ordinary.headHidden,
    heads: options.heads ?? ordinary.heads,
    pooling: options.pooling ?? ordinary.pooling,
    features: ordinary.features,
    offsets: options.offsets ?? ordinary.offsets,
    bidirectional: !(options.unidirectional ?? false),
    dropout: options.dropout ?? ordinary.dropout,
  };
}

/** Throws UsageError if a list has the same value twice. */
export function checkGrid(options: GridOptions): void {
  for (const name of ['batch', 'frames', 'units', 'cell', 'precision'] as const) {
    const values: readonly (string | number)[] = options[name] ?? [];
    const twice = values.find((value, i) => values.indexOf(value) < i);
    if (twice !== undefined) {
      throw new UsageError(`--${name} has ${twice} twice`, 'Give each value once.');
    }
  }
}
