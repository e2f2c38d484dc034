import { InvalidArgumentError } from 'commander';

/** The name of a speaker. */
export function speakerName(text: string): string {
  if (text.trim() !== '') return text.trim();
  throw new InvalidArgumentError('Give a name.');
}
