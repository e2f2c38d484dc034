/** The steps on a GPU host, most important first. */
import type { Precision } from '../../src/plan/plan.js';

/** What the steps depend on. */
export interface Host {
  /** Where the archive was unpacked. */
  readonly root: string;
  /** Folder of all results, and of those to keep. */
  readonly out: string;
  readonly kept: string;
  readonly fixtures: readonly string[];
  readonly software: boolean;
  readonly precisions: readonly Precision[];
  /** Tiny shapes. */
  readonly quick: boolean;
  /** Total time limit in seconds. */
  readonly budget: number;
  /** The device of PyTorch; absent if it is not installed. */
  readonly torch: 'cuda' | 'cpu' | undefined;
}

export interface Step {
  /** Name of the files with its output. */
  readonly name: string;
  readonly program: 'alstm' | 'python';
  /** @param seconds time limit of the step */
  readonly args: (seconds: number) => readonly string[];
  /** Time limit in seconds; exceeding it is a failure, unless less time was left. */
  readonly most: number;
  /** A tuned plan that it uses if tuning has written it; else the rules choose. */
  readonly plan?: string;
}

interface Shape {
  readonly batch: number;
  readonly frames: number;
  readonly units: number;
}

interface Sizes {
  /** The shape for comparison with cuDNN, and a smaller one. */
  readonly headline: Shape;
  readonly second: Shape;
  readonly grid: {
    readonly units: readonly number[];
    readonly batch: string;
    readonly frames: string;
  };
  /** Options of inference and scaling, which have their own shapes, and of every benchmark. */
  readonly inference: readonly string[];
  readonly scaling: readonly string[];
  readonly network: readonly string[];
  /** Seconds of tuning, for the headline and for others. */
  readonly tuning: readonly [headline: number, others: number];
  /** Seconds to time a shape: the headline, others, and one of the grid. */
  readonly long: number;
  readonly middle: number;
  readonly short: number;
}

const onGpu: Sizes = {
  headline: { batch: 64, frames: 500, units: 256 },
  second: { batch: 32, frames: 200, units: 128 },
  grid: { units: [256, 128, 64], batch: '8,32,64,128,256', frames: '100,250,500,1000' },
  inference: [],
  scaling: [],
  network: [],
  tuning: [30, 15],
  long: 3,
  middle: 0.5,
  short: 0.3,
};

const onCpu: Sizes = {
  ...onGpu,
  headline: { batch: 8, frames: 50, units: 64 },
  second: { batch: 32, frames: 50, units: 32 },
  grid: { units: [64, 32], batch: '8,32', frames: '50,100' },
};

const tiny: Sizes = {
  headline: { batch: 2, frames: 8, units: 8 },
  second: { batch: 1, frames: 6, units: 4 },
  grid: { units: [8], batch: '1,2', frames: '6' },
  inference: ['--batch', '1,2'],
  scaling: ['--batch', '1,2', '--frames', '4,8', '--units', '4,8'],
  network: ['--frontend-units', '8', '--head-hidden', '4'],
  tuning: [5, 5],
  long: 0.1,
  middle: 0.05,
  short: 0.05,
};

export const doctor: Step = {
  name: 'doctor',
  program: 'alstm',
  args: () => ['doctor', '--json'],
  most: 60,
};

/** All steps after `doctor`. */
export function stepsOf(host: Host): Step[] {
  const sizes = host.quick ? tiny : host.software ? onCpu : onGpu;
  const { headline, second, grid } = sizes;
  const each = (steps: (precision: Precision) => readonly Step[]) => host.precisions.flatMap(steps);
  const bench = benchSteps(host, sizes);
  return [
    ...each((precision) => [verify(host, precision)]),
    ...each((precision) => [tune(host, sizes, headline, precision)]),
    ...each((precision) => bench.headline(precision)),
    ...each((precision) => [bench.kernels(precision)]),
    ...pytorch(host),
    ...each((precision) => [bench.inference(precision)]),
    ...each((precision) => [
      ...(host.quick ? [] : [tune(host, sizes, second, precision)]),
      bench.second(precision),
      bench.utterances(precision),
    ]),
    ...each((precision) => [bench.scaling(precision)]),
    ...grid.units.flatMap((units) =>
      each((precision) => [
        ...(units === headline.units || units === second.units
          ? []
          : [tune(host, sizes, { ...headline, units }, precision)]),
        bench.grid(units, precision, 'a-lstm,lstm'),
      ]),
    ),
    ...grid.units.flatMap((units) =>
      each((precision) => [bench.grid(units, precision, 'mean-lstm')]),
    ),
  ];
}

function verify({ fixtures }: Host, precision: Precision): Step {
  return {
    name: `verify-${precision}`,
    program: 'alstm',
    args: () => ['verify', ...fixtures, '--precision', precision, '--json'],
    most: 120,
  };
}

function planFile({ kept }: Host, units: number, precision: Precision): string {
  return `${kept}/plan-${units}-${precision}.json`;
}

function tune(host: Host, sizes: Sizes, shape: Shape, precision: Precision): Step {
  const { headline, network, tuning } = sizes;
  const budget = tuning[shape === headline ? 0 : 1];
  const options = [...shapeOptions(shape), ...network, '--cell', 'a-lstm', '--budget', `${budget}`];
  const file = planFile(host, shape.units, precision);
  return {
    name: `tune-${shape.units}-${precision}`,
    program: 'alstm',
    args: () => ['tune', ...options, '--precision', precision, '--out', file, '--json'],
    most: budget + 45,
  };
}

function shapeOptions({ batch, frames, units }: Shape): string[] {
  return ['--batch', `${batch}`, '--frames', `${frames}`, '--units', `${units}`];
}

function benchSteps(host: Host, sizes: Sizes) {
  const { headline, second, network, long, middle, short } = sizes;
  const step = (
    name: string,
    question: string,
    precision: Precision,
    units: number,
    options: readonly (string | number)[],
    most: number,
  ): Step => ({
    name: `${name}-${precision}`,
    program: 'alstm',
    args: () => {
      const all = [...options, ...network, '--precision', precision, '--json'];
      return ['bench', question, ...all.map(String)];
    },
    plan: planFile(host, units, precision),
    most,
  });
  const at = (shape: Shape, cells: string, seconds: number) => [
    ...shapeOptions(shape),
    '--cell',
    cells,
    '--seconds',
    seconds,
  ];
  const everyCell = 'lstm,a-lstm,mean-lstm';
  return {
    headline: (precision: Precision) => {
      const { units } = headline;
      const periodOne = [...at(headline, 'a-lstm', long / 2), '--period', 1];
      return [
        step('train-step', 'train-step', precision, units, at(headline, everyCell, long), 60),
        step('train-step-period-1', 'train-step', precision, units, periodOne, 30),
      ];
    },
    kernels: (precision: Precision) =>
      step(
        'kernels',
        'kernels',
        precision,
        headline.units,
        at(headline, 'lstm,a-lstm', middle),
        40,
      ),
    inference: (precision: Precision) => {
      const options = at(headline, 'lstm,a-lstm', middle);
      return step('inference', 'inference', precision, headline.units, options, 30);
    },
    second: (precision: Precision) => {
      const options = at(second, everyCell, middle);
      return step('second', 'train-step', precision, second.units, options, 30);
    },
    /** Batches of utterances of three seconds. */
    utterances: (precision: Precision) => {
      const options = [...sizes.inference, '--units', second.units, '--cell', 'lstm,a-lstm'];
      const timed = [...options, '--seconds', middle];
      return step('utterances', 'inference', precision, second.units, timed, 45);
    },
    scaling: (precision: Precision) => {
      const options = [...sizes.scaling, '--seconds', short];
      return step('scaling', 'scaling', precision, headline.units, options, 60);
    },
    grid: (units: number, precision: Precision, cells: string) => {
      const { batch, frames } = sizes.grid;
      const shapes = ['--batch', batch, '--frames', frames, '--units', units, '--cell', cells];
      const options = [...shapes, '--seconds', short];
      const name = `grid-${units}-${cells.replace(',', '-')}`;
      return step(name, 'train-step', precision, units, options, Infinity);
    },
  };
}

/** PyTorch gets three tenths of the time for its table, and a profile of cuDNN's step. */
function pytorch({ root, out, quick, budget, torch }: Host): Step[] {
  if (torch === undefined) return [];
  const folder = `${root}/bench/peers/pytorch`;
  const device = ['--device', torch];
  const small = ['--batch', '2', '--frames', '8', '--units', '8', '--seconds', '0.1'];
  const profile = (precision: string): Step => ({
    name: `pytorch-profile-${precision}`,
    program: 'python',
    args: () => [
      `${folder}/profile_cudnn.py`,
      ...['--precision', precision, ...device, ...(torch === 'cpu' ? small : [])],
    ],
    most: 30,
  });
  return [
    {
      name: 'pytorch',
      program: 'python',
      args: (seconds) => [
        `${folder}/all.py`,
        ...['--out', `${out}/steps`, '--seconds', '1.5', ...device, ...(quick ? ['--quick'] : [])],
        ...['--budget-s', `${Math.max(1, seconds - 15)}`],
        ...['--fixtures', `${root}/test/fixtures/network`],
      ],
      most: Math.max(30, 0.3 * budget),
    },
    profile('f32'),
    profile('amp'),
  ];
}
