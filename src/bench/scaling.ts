import type { Engine } from '../gpu/engine.js';
import { equalLengths, randomLengths } from './batches.js';
import type { BenchShape } from './shape.js';
import { fitLine, fitPower, type Line } from './statistics.js';
import { timeTrainStep, type TrainStepOptions } from './train-step.js';

export const scalingAxes = ['batch', 'frames', 'units'] as const;
export type ScalingAxis = (typeof scalingAxes)[number];

/** The time of a step while one of its sizes varies. */
export interface AxisScaling {
  readonly axis: ScalingAxis;
  readonly points: readonly { readonly value: number; readonly ms: number }[];
  /** Exponent in ms = coefficient * value^exponent, by least squares of the logarithms. */
  readonly exponent: number;
  /** Correlation of the logarithms. */
  readonly correlation: number;
}

/** The time of a step against the sum of its utterances' lengths, with a constant longest one. */
export interface LengthScaling extends Line {
  readonly points: readonly {
    /** How the lengths were drawn. */
    readonly lengths: string;
    readonly frames: number;
    readonly ms: number;
    /** Time relative to one proportional to the sum of the lengths, based on the batch of equal lengths. */
    readonly overProportional: number;
  }[];
}

export interface ScalingTiming {
  /** Median of a step of the base shape. */
  readonly ms: number;
  readonly framesPerSecond: number;
  readonly axes: readonly AxisScaling[];
  readonly sumOfLengths: LengthScaling;
}

/** Shortest utterance as a fraction of the longest. */
const LEAST = [0, 0.25, 0.5, 0.75];

/** Number of measurements, for the progress bar. */
export function scalingSteps(varied: Readonly<Record<ScalingAxis, readonly number[]>>): number {
  const axes = scalingAxes.filter((axis) => varied[axis].length > 1);
  return 1 + axes.reduce((sum, axis) => sum + varied[axis].length, 0) + LEAST.length;
}

/**
 * Times training steps while one size varies and the others stay those of `base`, and steps of
 * batches with utterances of random lengths. An axis with one value is skipped.
 *
 * @param told called after each measurement
 */
export async function timeScaling(
  engine: Engine,
  base: BenchShape,
  varied: Readonly<Record<ScalingAxis, readonly number[]>>,
  options: TrainStepOptions,
  told: () => void = () => undefined,
): Promise<ScalingTiming> {
  const time = async (shape: BenchShape, lengths?: readonly number[]): Promise<number> => {
    const { ms } = await timeTrainStep(engine, shape, { ...options, lengths });
    told();
    return ms;
  };
  const ms = await time(base);
  const axes: AxisScaling[] = [];
  for (const axis of scalingAxes) {
    if (varied[axis].length < 2) continue;
    const points: { value: number; ms: number }[] = [];
    for (const value of [...varied[axis]].sort((a, b) => a - b)) {
      points.push({ value, ms: await time({ ...base, [axis]: value }) });
    }
    const { exponent, correlation } = fitPower(points.map((p) => ({ x: p.value, y: p.ms })));
    axes.push({ axis, points, exponent, correlation });
  }
  return {
    ms,
    framesPerSecond: (1000 * base.batch * base.frames) / ms,
    axes,
    sumOfLengths: await timeLengths(base, ms, options.seed, time),
  };
}

async function timeLengths(
  base: BenchShape,
  equalMs: number,
  seed: number,
  time: (shape: BenchShape, lengths: readonly number[]) => Promise<number>,
): Promise<LengthScaling> {
  const sumOf = (lengths: readonly number[]) => lengths.reduce((a, b) => a + b, 0);
  const full = sumOf(equalLengths(base));
  const point = (lengths: string, frames: number, ms: number) => ({
    lengths,
    frames,
    ms,
    overProportional: ms / ((equalMs * frames) / full),
  });
  const points: ReturnType<typeof point>[] = [];
  for (const least of LEAST) {
    const lengths = randomLengths(base, least, seed);
    const from = Math.max(1, Math.round(least * base.frames));
    points.push(point(`${from} to ${base.frames}`, sumOf(lengths), await time(base, lengths)));
  }
  points.push(point(`all ${base.frames}`, full, equalMs));
  return { points, ...fitLine(points.map(({ frames, ms }) => ({ x: frames, y: ms }))) };
}
