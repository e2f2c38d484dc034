import { closest, distance } from 'fastest-levenshtein';

/** The known name that a mistyped one was meant to be; undefined if none is like it. */
export function suggestionFor(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const lower = new Map(known.map((each) => [each.toLowerCase(), each]));
  const found = closest(name.toLowerCase(), [...lower.keys()]);
  const most = Math.max(1, Math.floor(Math.max(name.length, found.length) / 3));
  return distance(name.toLowerCase(), found) <= most ? lower.get(found) : undefined;
}
