/**
 * Orders strings by Unicode code point, as SPEC sorts labels and names. JavaScript's default order is
 * by UTF-16 unit, which puts the characters above U+FFFF before U+E000 to U+FFFF.
 */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** The values of a list without repetition, sorted by code point. */
export function sortedUnique(values: Iterable<string>): string[] {
  return [...new Set(values)].sort(byCodePoint);
}

/** Index of the first value that stands before as well; -1 if there is none. In one go, however long the list. */
export function firstRepeated(values: readonly unknown[]): number {
  const seen = new Set<unknown>();
  return values.findIndex((value) => seen.size === seen.add(value).size);
}

/** Moves surrogates (characters above U+FFFF) above the rest of the basic plane. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
