import { expect, it } from 'vitest';
import { afterEpoch, shouldStop, stoppingStart } from '../../src/training/early-stopping.js';

/** Epoch after which training stops, and the epoch kept; stop 0: it does not. */
function follow(accuracies: readonly number[], patience: number): { stop: number; best: number } {
  let state = stoppingStart;
  for (const [i, accuracy] of accuracies.entries()) {
    state = afterEpoch(state, i + 1, accuracy);
    if (shouldStop(state, patience)) return { stop: i + 1, best: state.best?.epoch ?? 0 };
  }
  return { stop: 0, best: state.best?.epoch ?? 0 };
}

it.each([
  ['three in a row below the best', [0.5, 0.4, 0.4, 0.4, 0.9], 3, 4, 1],
  ['a tie resets the count, and the first best is kept', [0.5, 0.4, 0.4, 0.5, 0.4, 0.4], 3, 0, 1],
  ['below the best counts even where it rises', [0.5, 0.1, 0.2, 0.3], 3, 4, 1],
  ['a new best resets the count', [0.5, 0.4, 0.4, 0.6, 0.5, 0.5, 0.5], 3, 7, 4],
  ['ties alone never stop', [0.5, 0.5, 0.5, 0.5, 0.5], 1, 0, 1],
  ['an accuracy of 0 is a best like another', [0, 0, 0], 3, 0, 1],
  ['patience 0 never stops', [0.5, 0.1, 0.1, 0.1, 0.1], 0, 0, 1],
])('%s', (_, accuracies, patience, stop, best) => {
  expect(follow(accuracies, patience)).toEqual({ stop, best });
});
