/**
 * The buffer `losses`, which the host reads and clears now and then: one sum a task, then these, then
 * the tasks' sums as they were after the last update that could be made.
 */
export const LOSS_COUNTS = ['norm', 'skipped', 'lossless', 'updates', 'faults'] as const;

/** Updates of a reading that `faults` has a bit for: what an f32 counts exactly. */
export const FAULT_BITS = 24;

/** Place of a count in the buffer of a model of so many tasks. */
export function lossSlot(name: (typeof LOSS_COUNTS)[number], tasks: number): number {
  return tasks + LOSS_COUNTS.indexOf(name);
}

/** Values of the buffer. */
export function lossSlots(tasks: number): number {
  return 2 * tasks + LOSS_COUNTS.length;
}
