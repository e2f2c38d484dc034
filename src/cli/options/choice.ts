/** Options and arguments that take one of some names: help and completion list them, and a mistyped one gets a suggestion. */
import { Argument, InvalidArgumentError, Option } from 'commander';
import { didYouMean } from '../../core/suggest.js';
import { listOf } from './lists.js';

/** One of these names. */
export function oneOf<T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    const choice = choices.find((known) => known === text);
    if (choice !== undefined) return choice;
    throw new InvalidArgumentError(
      `${didYouMean(text, choices)}Allowed choices are ${choices.join(', ')}.`,
    );
  };
}

/** An option that takes one of these names. */
export function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices).argParser(oneOf(choices));
}

/** An option that takes some of these names, separated by commas. */
export function choiceList(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices).argParser(listOf(oneOf(choices)));
}

/** An argument that is one of these names. */
export function choiceArgument(
  name: string,
  description: string,
  choices: readonly string[],
): Argument {
  return new Argument(name, description).choices(choices).argParser(oneOf(choices));
}
