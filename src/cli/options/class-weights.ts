import { InvalidArgumentError } from 'commander';
import type { ClassWeights } from '../../training/class-weights.js';
import { listOf, pairs } from './lists.js';
import { numberFrom } from './values.js';

const HINT =
  'Give `balanced`, a number for each emotion, such as 1,2,1,1, or emotions and their weights, such as anger=2.';

/** What the help says of the option. */
export const classWeightsText =
  'of the emotions in their loss: a number for each, in the order of their names; emotion=weight, ' +
  'where others weigh 1; or `balanced`';

export function classWeights(text: string): ClassWeights {
  if (text === 'balanced') return text;
  try {
    if (!text.includes('=')) return listOf(numberFrom(0))(text);
    const weights = Array.from(pairs(text, HINT), ([label, weight]) => [
      label,
      numberFrom(0)(weight),
    ]);
    return Object.fromEntries(weights) as Record<string, number>;
  } catch {
    throw new InvalidArgumentError(HINT);
  }
}
