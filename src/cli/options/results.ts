import { InvalidArgumentError } from 'commander';
import { path } from './values.js';

const endings = ['.jsonl', '.csv', '.parquet'] as const;

/** `--out`: a file in one of the formats that there are. */
export function resultsPath(text: string): string {
  if (endings.some((ending) => text.endsWith(ending))) return path(text);
  throw new InvalidArgumentError(`Give a file that ends with ${endings.join(', ')}.`);
}
