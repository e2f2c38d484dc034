import type { z } from 'zod';
import { integer, listOf, object, real } from '../core/schema.js';

/**
 * What to do where a loss or a gradient is not finite; that update is never made. `stop`: end the run;
 * `skip`: go on; `halve`: go on with half the learning rate, but for a batch whose features are not finite,
 * which is left out alone. Up to the first fault all three compute the same bits.
 */
export const faultPolicies = ['stop', 'skip', 'halve'] as const;
export type FaultPolicy = (typeof faultPolicies)[number];

/** Updates in a row that are not made before it is given up. */
export const MOST_IN_ROW = 100;
/** The learning rate may be halved 20 times. */
export const LEAST_FACTOR = 2 ** -20;

export interface FaultState {
  /** Of the learning rate. */
  readonly factor: number;
  /** The step from whose end on the factor is as it is. */
  readonly since: number;
  /** Updates in a row not made, up to the last step read. */
  readonly inRow: number;
  /** Steps with a fault that has an effect, whose reading has arrived, and that has had none yet. */
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
 * Faults of a reading of the losses have arrived: counts those in a row, and keeps them until they are to
 * have their effect.
 *
 * @param steps those that were read, the last being `last`
 * @param effective those of the faults that are to have an effect
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
 * The effect of the faults that have arrived, which has to come at fixed steps: however many they are the
 * factor is halved once, and not for steps that ran before it was last halved.
 *
 * @param step the last submitted
 */
export function withEffect(state: FaultState, policy: FaultPolicy, step: number): FaultState {
  const { pending, factor, since } = state;
  if (pending.length === 0) return state;
  const counts = policy === 'halve' && pending.some((fault) => fault > since);
  return { ...state, pending: [], ...(counts && { factor: factor / 2, since: step }) };
}
