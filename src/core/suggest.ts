import { closestMatch } from 'leven';

/** More typing mistakes than these are another word. */
const MOST_MISTAKES = 3;

/**
 * The candidate that was probably meant by a mistyped name: one with its letters in another order; of those with the
 * fewest typing mistakes, at most one in three letters, the first; or the only one that begins with it. Upper and
 * lower case count as the same.
 */
export function nearest(typed: string, candidates: readonly string[]): string | undefined {
  const word = typed.toLowerCase();
  const known = new Map(candidates.map((name) => [name.toLowerCase(), name]));
  const names = [...known.keys()];
  const maxDistance = Math.min(MOST_MISTAKES, Math.floor(word.length / 3));
  const turned = names.find((name) => letters(name) === letters(word));
  if (turned !== undefined) return known.get(turned);
  const close = closestMatch(word, names, { maxDistance });
  if (close !== undefined) return known.get(close);
  const begun = word === '' ? [] : candidates.filter((name) => name.toLowerCase().startsWith(word));
  return begun.length === 1 ? begun[0] : undefined;
}

/** Two letters that changed places count as two mistakes, though they are one: such a word comes first. */
function letters(word: string): string {
  return [...word].sort().join('');
}

/** `Did you mean train? `, to go before the rest of a hint; empty where nothing is near. */
export function didYouMean(typed: string, candidates: readonly string[]): string {
  const meant = nearest(typed, candidates);
  return meant === undefined ? '' : `Did you mean ${meant}? `;
}
