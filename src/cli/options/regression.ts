import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { names, pairs, quotingNote } from './lists.js';
import { numberFrom } from './values.js';

/** Adds the option that names the numbers to read. */
export function addRegressionOption(command: Command): Command {
  return command.option(
    '--regression <list>',
    'take numbers from these columns of the manifest (an empty cell: not known); in iemocap and emotale: arousal, ' +
      `valence, dominance; ${quotingNote}`,
    names,
  );
}

const REVERSALS = 'Give tasks and numbers of at least 0, such as speaker=0.1,gender=0.05.';

/** Gradient reversal by task: `speaker=0.1`. */
export function reversals(text: string): Record<string, number> {
  const found = pairs(text, REVERSALS);
  try {
    return Object.fromEntries(Array.from(found, ([task, value]) => [task, numberFrom(0)(value)]));
  } catch {
    throw new InvalidArgumentError(REVERSALS);
  }
}
