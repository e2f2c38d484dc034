import type { z } from 'zod';
import { faultPolicies } from '../core/choices.js';
import { integer, listOf, object, real } from '../core/schema.js';

export { faultPolicies };
export type FaultPolicy = (typeof faultPolicies)[number];

/** Skipped updates in a row before training gives up. */
export const MOST_IN_ROW = 100;
/** The learning rate may be halved 20 times. */
export const LEAST_FACTOR = 2 ** -20;

export interface FaultState {
  /** Of the learning rate. */
  readonly factor: number;
  /** The step after which the factor has its current value. */
  readonly since: number;
  /** Skipped updates in a row, up to the last step read. */
  readonly inRow: number;
  /** Steps with a fault that has been read but whose effect is still to come. */
  readonly pending: readonly number[];
}

/** @internal */
export const faultSchema: z.ZodType<FaultState> = object({
  factor: real({ over: 0, to: 1 }),
  since: integer(0),
  inRow: integer(0),
  pending: listOf(integer(1)),
});

export const faultStart: FaultState = { factor: 1, since: 0, inRow: 0, pending: [] };

/**
 * Adds the faults of a reading of the losses: counts those in a row, and keeps them until their effect is
 * due.
 *
 * @param steps number of steps read, up to `last`
 * @param effective the faults that will have an effect
 */
export function withFaults(
  state: FaultState,
  faults: readonly number[],
  steps: number,
  last: number,
  effective = faults,
): FaultState {
  const of = new Set(faults);
  let inRow = 0;
  while (inRow < steps && of.has(last - inRow)) inRow++;
  if (inRow === steps) inRow += state.inRow;
  return { ...state, inRow, pending: [...state.pending, ...effective] };
}

/**
 * Applies the faults that have arrived, which has to happen at fixed steps: no matter how many there are, the
 * factor is halved once, and not for steps that ran before it was last halved.
 *
 * @param step the last one submitted
 */
export function withEffect(state: FaultState, policy: FaultPolicy, step: number): FaultState {
  const { pending, factor, since } = state;
  if (pending.length === 0) return state;
  const counts = policy === 'halve' && pending.some((fault) => fault > since);
  return { ...state, pending: [], ...(counts && { factor: factor / 2, since: step }) };
}
