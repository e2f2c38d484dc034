import { laneRows } from '../kernels/recurrence/recurrence_cooperative.js';
import type { CooperativePlan, StepsPlan } from './plan.js';

type SlicePlan = Pick<StepsPlan | CooperativePlan, 'variant' | 'rows' | 'units'>;

/** Rows that a lane of a recurrence split by units multiplies at a time. */
export function rowsPerLane({ variant, rows }: Omit<SlicePlan, 'units'>): number {
  return variant === 'cooperative' ? laneRows(rows) : 4;
}

/** The fewest lanes that it can have: one for each unit and `rowsPerLane` rows. */
export function leastLanes(plan: SlicePlan): number {
  return (plan.units * plan.rows) / rowsPerLane(plan);
}
