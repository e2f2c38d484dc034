/** Timings of a search beside what was predicted. */
import type { KernelPlan } from '../plan/plan.js';
import { parts, partText, type Part } from './parts.js';
import type { CandidateTiming } from './search.js';

/** `predicted`: milliseconds by the cost model. */
export type PredictedTiming = CandidateTiming & { readonly predicted?: number };

/** Predictions of candidates by what they are called. */
export class Predictions {
  readonly #all = new Map<string, number>();

  add(part: Part, plan: KernelPlan, ms: number): void {
    this.#all.set(`${part} ${partText(part, plan)}`, ms);
  }

  beside(timings: readonly CandidateTiming[]): PredictedTiming[] {
    return timings.map((timing) => {
      const predicted = this.#all.get(`${timing.part} ${timing.candidate}`);
      return predicted === undefined ? timing : { ...timing, predicted };
    });
  }
}

/**
 * How well the predictions order the candidates of each part: Spearman's rank correlation, 1 for the same order as by
 * time. Absent for parts of which fewer than three were timed.
 */
export function rankCorrelations(
  timings: readonly PredictedTiming[],
): Readonly<Partial<Record<Part, number>>> {
  const found: Partial<Record<Part, number>> = {};
  for (const part of parts) {
    const own = timings.flatMap((timing) =>
      timing.part === part && 'ms' in timing && timing.predicted !== undefined
        ? [{ ms: timing.ms, predicted: timing.predicted }]
        : [],
    );
    const correlation = rankCorrelation(own);
    if (correlation !== undefined) found[part] = correlation;
  }
  return found;
}

/** Spearman's rank correlation of predictions and measured times; undefined for fewer than three. */
export function rankCorrelation(
  timed: readonly { readonly ms: number; readonly predicted: number }[],
): number | undefined {
  if (timed.length < 3) return undefined;
  const a = ranks(timed.map(({ ms }) => ms));
  const b = ranks(timed.map(({ predicted }) => predicted));
  const mean = (timed.length - 1) / 2;
  const product = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, own, i) => sum + (own - mean) * ((y[i] ?? mean) - mean), 0);
  const scale = Math.sqrt(product(a, a) * product(b, b));
  return scale === 0 ? undefined : product(a, b) / scale;
}

/** Ranks from 0; equals share the mean of theirs. */
function ranks(values: readonly number[]): number[] {
  return values.map((own) => {
    const below = values.filter((other) => other < own).length;
    const equal = values.filter((other) => other === own).length;
    return below + (equal - 1) / 2;
  });
}
