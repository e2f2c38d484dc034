import type { HeadConfig } from '../core/config.js';
import { FAULT_BITS, lossSlot } from '../network/losses.js';
import type { LossSummary } from './types.js';

const MOST_F32 = (2 - 2 ** -23) * 2 ** 127;

/**
 * The means of the sums that the GPU has kept of some steps (losses.ts).
 *
 * @param read the step before the first, the last step, and their number with those of `gradients`
 */
export function lossSummary(
  heads: readonly HeadConfig[],
  sums: Float32Array,
  { from, step, steps }: Pick<LossSummary, 'step' | 'steps'> & { readonly from: number },
): LossSummary {
  const count = (name: Parameters<typeof lossSlot>[0]) => sums[lossSlot(name, heads.length)] ?? NaN;
  const [skipped, lossless, faults] = [count('skipped'), count('lossless'), count('faults')];
  const none = lossless > 0 && lossless === steps; // the sums are 0 then, which is not a loss
  const mean = (slot: number) => (none ? NaN : (sums[slot] ?? NaN) / Math.max(1, steps - lossless));
  const tasks = Object.fromEntries(heads.map(({ task }, index) => [task, mean(index)]));
  const total = heads.reduce((sum, { weight }, index) => sum + weight * mean(index), 0);
  return {
    ...{ steps, step, lossless, total, tasks, skipped },
    // a sum of finite losses
    gradientNorm: Math.min(count('norm'), MOST_F32) / Math.max(1, steps - skipped),
    faults: Array.from({ length: FAULT_BITS }, (_, bit) => from + 1 + bit).filter(
      (_, bit) => ((faults >> bit) & 1) === 1,
    ),
  };
}
