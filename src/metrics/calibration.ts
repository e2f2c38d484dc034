/** How far a model's probabilities can be believed. */
import { UsageError } from '../core/errors.js';
import { largest } from './metrics.js';

/** Answers of a model whose truth is known. */
export interface Answers {
  /** Probabilities of the classes of each answer, [N][C]. */
  readonly probabilities: readonly ArrayLike<number>[];
  /** Class of each, [N]. */
  readonly truth: readonly number[];
  /** How much each counts, [N], above 0; default: all alike. */
  readonly weights?: readonly number[];
}

/** Equal intervals of the highest probability. */
const BINS = 10;

/**
 * The expected calibration error: the mean distance between the highest probability and the share of right answers, over
 * ten equal intervals of the former, weighted by their answers (Guo et al., *On calibration of modern neural
 * networks*, ICML 2017, equation 5). 0 to 1.
 *
 * @example
 * const answers = {
 *   probabilities: [
 *     [0.9, 0.1],
 *     [0.8, 0.2],
 *   ],
 *   truth: [0, 1],
 * };
 * console.log(calibrationError(answers));
 *
 * @throws UsageError without answers
 */
export function calibrationError({ probabilities, truth, weights }: Answers): number {
  refuseNone(truth);
  const total = new Float64Array(BINS);
  const right = new Float64Array(BINS);
  const expected = new Float64Array(BINS);
  probabilities.forEach((own, i) => {
    const predicted = largest(own);
    const most = own[predicted]!;
    const bin = Math.min(BINS - 1, Math.floor(BINS * most));
    const weight = weights?.[i] ?? 1;
    total[bin]! += weight;
    expected[bin]! += weight * most;
    if (predicted === truth[i]) right[bin]! += weight;
  });
  const all = total.reduce((sum, x) => sum + x, 0);
  return total.reduce((sum, _, b) => sum + Math.abs(right[b]! - expected[b]!), 0) / all;
}

/**
 * Probabilities at a temperature T: softmax(logits / T), from the probabilities alone.
 *
 * @example
 * console.log(atTemperature([0.9, 0.1], 2)[0]?.toFixed(2)); // 0.75
 *
 * @param probabilities [C]
 * @param temperature above 0; above 1 they become more equal
 * @returns [C], a class of probability 0 keeps it
 */
export function atTemperature(probabilities: ArrayLike<number>, temperature: number): number[] {
  const logs = Array.from(probabilities, (p) => Math.log(p) / temperature);
  const most = Math.max(...logs);
  const shares = logs.map((x) => Math.exp(x - most));
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((x) => x / sum);
}

/** Bounds of log T, and how closely it is found. */
const LOG_T = { from: Math.log(0.05), to: Math.log(20), step: 1e-6 } as const;
/** The golden section. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** A probability that underflowed counts as this. */
const TINY = 1e-30;

/**
 * The temperature at which answers are most likely (temperature scaling: Guo et al., 2017, section 4.2), by golden section
 * over log T: the loss is convex in 1 / T, so that it has one valley.
 *
 * @example
 * const answers = {
 *   probabilities: [
 *     [0.9, 0.1],
 *     [0.8, 0.2],
 *   ],
 *   truth: [0, 1],
 * };
 * const calibrated = withTemperature(trained, 'emotion', fitTemperature(answers));
 *
 * @returns 0.05 to 20
 * @throws UsageError without answers
 */
export function fitTemperature({ probabilities, truth, weights }: Answers): number {
  refuseNone(truth);
  const loss = (logT: number): number =>
    probabilities.reduce((sum, own, i) => {
      const p = atTemperature(own, Math.exp(logT))[truth[i]!] ?? 0;
      return sum - (weights?.[i] ?? 1) * Math.log(Math.max(p, TINY));
    }, 0);
  let { from, to }: { from: number; to: number } = LOG_T;
  let low = to - GOLDEN * (to - from);
  let high = from + GOLDEN * (to - from);
  let [atLow, atHigh] = [loss(low), loss(high)];
  while (to - from > LOG_T.step) {
    if (atLow < atHigh) {
      [to, high, atHigh] = [high, low, atLow];
      low = to - GOLDEN * (to - from);
      atLow = loss(low);
    } else {
      [from, low, atLow] = [low, high, atHigh];
      high = from + GOLDEN * (to - from);
      atHigh = loss(high);
    }
  }
  return Math.exp((from + to) / 2);
}

/** What comes of answering only where the highest probability reaches a threshold. */
export interface Coverage {
  /** Share of answers that do. */
  readonly coverage: number;
  /** Share of those that are right; NaN if there are none. */
  readonly accuracy: number;
}

/**
 * Coverage and accuracy of the answers at or above a threshold.
 *
 * @example
 * const answers = {
 *   probabilities: [
 *     [0.9, 0.1],
 *     [0.6, 0.4],
 *   ],
 *   truth: [0, 1],
 * };
 * const { coverage, accuracy } = coverageAt(answers, 0.7);
 * console.log(coverage, accuracy); // 0.5 1
 *
 * @throws UsageError without answers
 */
export function coverageAt(
  { probabilities, truth, weights }: Answers,
  threshold: number,
): Coverage {
  refuseNone(truth);
  let [all, sure, right] = [0, 0, 0];
  probabilities.forEach((own, i) => {
    const weight = weights?.[i] ?? 1;
    const predicted = largest(own);
    all += weight;
    if (own[predicted]! < threshold) return;
    sure += weight;
    if (predicted === truth[i]) right += weight;
  });
  return { coverage: sure / all, accuracy: sure > 0 ? right / sure : NaN };
}

function refuseNone({ length }: readonly number[]): void {
  if (length > 0) return;
  throw new UsageError('there are no answers to calibrate by', 'Give answers with their truth.');
}
