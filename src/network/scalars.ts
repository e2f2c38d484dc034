import type { ModelConfig } from '../core/config.js';
import type { Scalars } from '../graph/types.js';
import { timeAxes } from './layers/index.js';
import { axisNames, type BatchCapacity } from './time.js';

/**
 * The scalars of a graph for the largest batch that it holds. Groups of k steps round up for each utterance:
 * in total there are at most (frames + (k - 1) utterances) / k.
 */
export function capacityScalars(model: ModelConfig, capacity: BatchCapacity): Scalars {
  const { frames, utterances, longest } = capacity;
  const scalars: Record<string, number> = { utterances };
  timeAxes(model).forEach((by, axis) => {
    const names = axisNames(axis);
    scalars[names.steps] = Math.floor((frames + (by - 1) * utterances) / by);
    scalars[names.longest] = Math.ceil(longest / by);
  });
  return scalars;
}
