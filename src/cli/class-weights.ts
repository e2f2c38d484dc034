import { InvalidArgumentError } from 'commander';
import { listOf, numberFrom } from './values.js';

/** Weights of the emotions in their loss, in the order of the labels, or made from the data. */
export type ClassWeights = readonly number[] | 'balanced';

export function classWeights(text: string): ClassWeights {
  if (text === 'balanced') return text;
  try {
    return listOf(numberFrom(0))(text);
  } catch {
    throw new InvalidArgumentError(
      'Give `balanced`, or a number for each emotion, such as 1,2,1,1.',
    );
  }
}
