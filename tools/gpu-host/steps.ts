/** What a step is, and the steps that several lists share. */
import type { Precision } from '../../src/plan/plan.js';
import type { Shape, Sizes } from './sizes.js';

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
  readonly program: 'alstm' | 'python' | 'nvidia-smi';
  /** @param seconds time limit of the step */
  readonly args: (seconds: number) => readonly string[];
  /** Time limit in seconds; exceeding it is a failure, unless less time was left. */
  readonly most: number;
  /**
   * A plan that it uses once it is there; else the rules choose. With one that `verify` refuses nothing is
   * timed.
   */
  readonly plan?: string;
  /** Without its plan it is left out. */
  readonly needsPlan?: boolean;
  /** Its output holds a plan to write there, for that precision: the rules choose the same kernels for each. */
  readonly writesPlan?: { readonly path: string; readonly precision: Precision };
  readonly environment?: Readonly<Record<string, string>>;
}

export const doctor: Step = {
  name: 'doctor',
  program: 'alstm',
  args: () => ['doctor', '--json'],
  most: 60,
};

/** Fixtures of every cell, a wide layer and a stack: the few that say most. */
const telling = ['lstm', 'alstm_period5', 'alstm_256_one_way', 'agru_period5'];

interface NamedPlan {
  readonly name: string;
  readonly file: string;
}

/** Network fixtures with a plan. */
export function verify(
  { fixtures, quick }: Host,
  precision: Precision,
  { name, file }: NamedPlan,
  which: 'all' | 'few',
): Step {
  const network = fixtures.filter((path) => path.includes('/network/'));
  const few = telling.flatMap((own) =>
    network.filter((path) => path.endsWith(`/${own}.safetensors`)),
  );
  const all = quick ? network.filter((_, i) => i % 8 === 0) : network;
  const paths = which === 'all' ? all : quick ? few.slice(0, 1) : few;
  return {
    name: `verify-${name}${which === 'few' ? '-few' : ''}-${precision}`,
    program: 'alstm',
    args: () => ['verify', ...paths, '--json'],
    plan: file,
    needsPlan: true,
    most: 90,
  };
}

/** Features need no plan. */
export function verifyFeatures({ fixtures, quick }: Host, where: 'cpu' | 'gpu'): Step {
  const own = fixtures.filter((path) => !path.includes('/network/'));
  const paths = quick ? own.slice(0, 2) : own;
  return {
    name: `verify-features${where === 'gpu' ? '-gpu' : ''}`,
    program: 'alstm',
    args: () => ['verify', ...paths, '--features-on', where, '--json'],
    most: 60,
  };
}

/** Where the plan of a number of units is written. */
export function planFile({ kept }: Host, units: number, precision: Precision, kind = ''): string {
  return `${kept}/plan-${units}-${precision}${kind && `-${kind}`}.json`;
}

/** The plan of the rules for a shape. */
export function rulesPlan(host: Host, { units }: Shape, precision: Precision): Step {
  return {
    name: `rules-${units}-${precision}`,
    program: 'alstm',
    args: () => [
      ...['graph', '--preset', 'alstm-1', '--units', `${units}`, '--cell', 'a-lstm', '--json'],
    ],
    writesPlan: { path: planFile(host, units, precision, 'rules'), precision },
    most: 20,
  };
}

export function tune(
  host: Host,
  { headline, network, tuning }: Sizes,
  shape: Shape,
  precision: Precision,
  cooperative = false,
): Step {
  const budget = tuning[shape === headline && !cooperative ? 0 : 1];
  const options = [...shapeOptions(shape), ...network, '--cell', 'a-lstm', '--budget', `${budget}`];
  const kind = cooperative ? 'cooperative' : '';
  const file = planFile(host, shape.units, precision, kind);
  return {
    name: `tune-${shape.units}-${precision}${kind && `-${kind}`}`,
    program: 'alstm',
    args: () => [
      ...['tune', ...options, ...(cooperative ? ['--cooperative'] : [])],
      ...['--precision', precision, '--out', file, '--json'],
    ],
    most: budget + 45,
  };
}

export function shapeOptions({ batch, frames, units }: Shape): string[] {
  return ['--batch', `${batch}`, '--frames', `${frames}`, '--units', `${units}`];
}

/** A shape with cells, for so many seconds each. */
export function timed(shape: Shape, cells: string, seconds: number): string[] {
  return [...shapeOptions(shape), '--cell', cells, '--seconds', `${seconds}`];
}

export function bench(
  name: string,
  question: string,
  { network }: Sizes,
  precision: Precision,
  options: readonly string[],
  most: number,
): Step {
  return {
    name: `${name}-${precision}`,
    program: 'alstm',
    args: () => ['bench', question, ...options, ...network, '--precision', precision, '--json'],
    most,
  };
}

export const everyCell = 'lstm,a-lstm,mean-lstm';
