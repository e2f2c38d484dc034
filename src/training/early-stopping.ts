/** State of early stopping, as a checkpoint stores it. */
export interface StoppingState {
  /** The first epoch with the highest accuracy (CCC of a regression), and that score. */
  readonly best: { readonly epoch: number; readonly accuracy: number } | null;
  /** Epochs in a row strictly below the best. */
  readonly below: number;
}

export const stoppingStart: StoppingState = { best: null, below: 0 };

/** The state after an epoch: a tie with the best is not below it, and does not replace it. */
export function afterEpoch(
  { best, below }: StoppingState,
  epoch: number,
  accuracy: number,
): StoppingState {
  if (best === null || accuracy > best.accuracy) return { best: { epoch, accuracy }, below: 0 };
  return { best, below: accuracy < best.accuracy ? below + 1 : 0 };
}

/** Whether patience has run out; patience 0 never does. */
export function shouldStop({ below }: StoppingState, patience: number): boolean {
  return patience > 0 && below >= patience;
}
