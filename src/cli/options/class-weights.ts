import { InvalidArgumentError } from 'commander';
import type { ClassWeights } from '../../training/class-weights.js';
import { listOf, pairs } from './lists.js';
import { numberFrom } from './values.js';

const HINT =
  'Give `balanced`, one number per emotion, such as 1,2,1,1, or emotions with weights, such as anger=2.';

/** Help text of the option. */
export const classWeightsText =
  'how much each emotion counts in the loss: one number each in the order of their names, such as 1,2,1,1; ' +
  'anger=2, with 1 for the others; or balanced';

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
