import { UsageError } from '../core/errors.js';
import { Random } from '../core/random.js';
import { mean } from '../core/sum.js';
import { bcaInterval } from './bootstrap.js';

/** Scores of a regression head on one task, as `evaluate --json` prints them. */
export interface RegressionEvaluation {
  /** Concordance correlation coefficient, -1 to 1 (Lin 1989). */
  readonly ccc: number;
  /** Root of the mean squared error, in the unit of the targets. */
  readonly rmse: number;
  /** Mean absolute error, in the same unit. */
  readonly mae: number;
  /** Correlation of Pearson, -1 to 1. */
  readonly pearson: number;
  /** Utterances scored: those with a number. */
  readonly utterances: number;
  /** Intervals at 0.95, from resampled utterances; absent where they were not asked for. */
  readonly intervals?: { readonly ccc: Interval; readonly rmse: Interval };
}

/** A 95% interval. */
export type Interval = readonly [low: number, high: number];

/** Population moments of pairs: how predictions x and targets y lie. */
interface Moments {
  readonly meanX: number;
  readonly meanY: number;
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
}

/**
 * 1 - CCC over the labelled rows: the loss of a head with `ccc`, in float64 (Lin, *A concordance
 * correlation coefficient to evaluate reproducibility*, Biometrics 45, 1989):
 * CCC = 2 s_xy / (s_xx + s_yy + (mean x - mean y)²) with population moments; CCC is 0 where that is 0 / 0.
 *
 * @param targets of each row, [N]; NaN where unlabelled
 * @returns 0 where fewer than 2 are labelled
 */
export function cccLoss(outputs: ArrayLike<number>, targets: ArrayLike<number>): number {
  const [x, y] = labelledPairs(outputs, targets);
  return x.length < 2 ? 0 : 1 - concordance(momentsOf(x, y));
}

/**
 * Mean squared error over the labelled rows, in float64.
 *
 * @param targets of each row, [N]; NaN where unlabelled
 * @returns 0 where none is labelled
 */
export function mseLoss(outputs: ArrayLike<number>, targets: ArrayLike<number>): number {
  const [x, y] = labelledPairs(outputs, targets);
  return x.length === 0 ? 0 : mean(x.map((value, i) => (value - y[i]!) ** 2));
}

/**
 * Scores predicted numbers; utterances whose target is NaN do not count. CCC and correlation are 0 where
 * they would be 0 / 0, as for a single utterance.
 *
 * @param targets of each utterance, [N]
 * @param predicted of each utterance, [N]
 * @throws UsageError if the two differ in length, or nothing is labelled
 */
export function evaluateNumbers(
  targets: ArrayLike<number>,
  predicted: ArrayLike<number>,
): RegressionEvaluation {
  if (targets.length !== predicted.length) {
    throw new UsageError(`${predicted.length} predictions for ${targets.length} utterances`);
  }
  const [x, y] = labelledPairs(predicted, targets);
  if (x.length === 0) {
    throw new UsageError('no utterance has a number to score', 'Give utterances with labels.');
  }
  const moments = momentsOf(x, y);
  const errors = x.map((value, i) => value - y[i]!);
  return {
    ccc: concordance(moments),
    rmse: Math.sqrt(mean(errors.map((e) => e * e))),
    mae: mean(errors.map(Math.abs)),
    pearson: ratio(moments.xy, Math.sqrt(moments.xx) * Math.sqrt(moments.yy)),
    utterances: x.length,
  };
}

export interface RegressionIntervalOptions {
  readonly seed?: number;
  /** Samples drawn with replacement. */
  readonly resamples?: number;
  /** Share of such intervals that should contain the true value. */
  readonly level?: number;
}

/**
 * Intervals of CCC and RMSE: BCa bootstrap over the labelled utterances. It takes utterances as
 * independent; those of one speaker are not, so that for few speakers the intervals are too narrow.
 *
 * @param targets of each utterance, [N]; NaN where unlabelled
 * @param predicted of each utterance, [N]
 */
export function regressionIntervals(
  targets: ArrayLike<number>,
  predicted: ArrayLike<number>,
  { seed = 0, resamples = 2000, level = 0.95 }: RegressionIntervalOptions = {},
): { ccc: [number, number]; rmse: [number, number] } {
  const [rawX, rawY] = labelledPairs(predicted, targets);
  const whole = momentsOf(rawX, rawY);
  // about their means, sums of squares do not cancel
  const x = rawX.map((value) => value - whole.meanX);
  const y = rawY.map((value) => value - whole.meanY);
  const gap = whole.meanX - whole.meanY;
  const n = x.length;
  const scoresOf = ([count, sx, sy, sxx, syy, sxy]: Sums) => {
    const [mx, my] = [sx / count, sy / count];
    const squares = sxx / count - mx * mx + (syy / count - my * my);
    const distance = (gap + mx - my) ** 2;
    const product = sxy / count - mx * my;
    // mean (x - y)² = s_xx + s_yy - 2 s_xy + (mean x - mean y)²
    return {
      ccc: ratio(2 * product, squares + distance),
      rmse: Math.sqrt(Math.max(0, squares - 2 * product + distance)),
    };
  };
  const add = (sums: Sums, i: number, times: number): void => {
    const [a, b] = [x[i]!, y[i]!];
    sums[0] += times;
    sums[1] += times * a;
    sums[2] += times * b;
    sums[3] += times * a * a;
    sums[4] += times * b * b;
    sums[5] += times * a * b;
  };
  const all: Sums = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) add(all, i, 1);
  const observed = scoresOf(all);
  const random = new Random(seed, 'bootstrap');
  const drawn = Array.from({ length: resamples }, () => {
    const sums: Sums = [0, 0, 0, 0, 0, 0];
    for (let k = 0; k < n; k++) add(sums, random.integer(n), 1);
    return scoresOf(sums);
  });
  const without = x.map((_, i) => {
    const sums: Sums = [...all];
    add(sums, i, -1);
    return n > 1 ? scoresOf(sums) : observed;
  });
  const interval = (name: 'ccc' | 'rmse'): [number, number] => {
    const resampled = Float64Array.from(drawn, (own) => own[name]).sort();
    if (resampled[0] === resampled.at(-1)) return [observed[name], observed[name]];
    const influences = without.map((own) => -own[name]);
    const tie = 1e-13 * Math.abs(observed[name]);
    return bcaInterval({ observed: observed[name], resampled, influences, tie }, level);
  };
  return { ccc: interval('ccc'), rmse: interval('rmse') };
}

type Sums = [n: number, x: number, y: number, xx: number, yy: number, xy: number];

/**
 * Whether scores are those of a regression head.
 *
 * @example
 * const scores = await evaluateTask(predictor, data.validation);
 * console.log(isRegressionEvaluation(scores) ? scores.ccc : scores.accuracy);
 */
export function isRegressionEvaluation(scores: object): scores is RegressionEvaluation {
  return 'ccc' in scores;
}

function labelledPairs(
  outputs: ArrayLike<number>,
  targets: ArrayLike<number>,
): [x: number[], y: number[]] {
  const rows = Array.from(targets, (_, i) => i).filter((i) => !Number.isNaN(targets[i]!));
  return [rows.map((i) => outputs[i]!), rows.map((i) => targets[i]!)];
}

function momentsOf(x: readonly number[], y: readonly number[]): Moments {
  const [meanX, meanY] = [mean(x), mean(y)];
  const [dx, dy] = [x.map((value) => value - meanX), y.map((value) => value - meanY)];
  return {
    meanX,
    meanY,
    xx: mean(dx.map((d) => d * d)),
    yy: mean(dy.map((d) => d * d)),
    xy: mean(dx.map((d, i) => d * dy[i]!)),
  };
}

function concordance({ meanX, meanY, xx, yy, xy }: Moments): number {
  return ratio(2 * xy, xx + yy + (meanX - meanY) ** 2);
}

/** 0 / 0 is 0. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
