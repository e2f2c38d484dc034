import type { Pass, Scalars } from '../graph/types.js';
import type { Machine } from './machine.js';
import { predictPass } from './predict.js';

/** A pass that was timed. */
export interface TimedPass {
  readonly pass: Pass;
  readonly scalars: Scalars;
  readonly ms: number;
}

/**
 * How long each kernel takes for its instructions, over the time that the machine's ceilings give them: from all its
 * timed passes together, so that the long ones count most. Barriers and launches are left out.
 */
export function kernelFactors(
  machine: Machine,
  timed: readonly TimedPass[],
): Readonly<Record<string, number>> {
  const sums = new Map<string, { spent: number; counted: number }>();
  for (const { pass, scalars, ms } of timed) {
    if (pass.kind === 'clear') continue;
    const { name } = pass.kernel;
    const at = (factor: number): number =>
      predictPass({ ...machine, kernels: { [name]: factor } }, pass, scalars)?.ms ?? 0;
    const rest = at(0);
    const { spent = 0, counted = 0 } = sums.get(name) ?? {};
    sums.set(name, { spent: spent + Math.max(0, ms - rest), counted: counted + at(1) - rest });
  }
  return Object.fromEntries(
    [...sums].flatMap(([name, { spent, counted }]) => {
      const factor = Number((spent / counted).toPrecision(3));
      return factor > 0 && Number.isFinite(factor) ? [[name, factor]] : [];
    }),
  );
}
