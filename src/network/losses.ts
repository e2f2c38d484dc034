/**
 * The buffer `losses`, which the host reads and clears from time to time: one sum per task, then these, then
 * the tasks' sums after the last update that was applied.
 */
export const LOSS_COUNTS = ['norm', 'skipped', 'lossless', 'updates', 'faults'] as const;

/** Updates of a reading that `faults` has a bit for: an f32 holds 24 bits exactly. */
export const FAULT_BITS = 24;

/** Index of a count in the buffer of a model with so many tasks. */
export function lossSlot(name: (typeof LOSS_COUNTS)[number], tasks: number): number {
  return tasks + LOSS_COUNTS.indexOf(name);
}

/** Length of the buffer. */
export function lossSlots(tasks: number): number {
  return 2 * tasks + LOSS_COUNTS.length;
}
