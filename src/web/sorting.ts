/** The order of a table's rows. */
export type Direction = 'ascending' | 'descending';

/** What a row is ordered by; undefined: it has no value, and comes last in both directions. */
export type SortValue = string | number | undefined;

/**
 * Rows in the order of their values; those with equal values stay as they are.
 *
 * @param locale of names, in which numbers count as numbers: `take 2` comes before `take 10`
 */
export function sortedBy<T>(
  rows: readonly T[],
  valueOf: (row: T) => SortValue,
  direction: Direction,
  locale: string,
): T[] {
  const { compare } = new Intl.Collator(locale, { numeric: true });
  const sign = direction === 'ascending' ? 1 : -1;
  const keyed = rows.map((row) => ({ row, value: valueOf(row) }));
  const known = keyed.filter(({ value }) => value !== undefined);
  const unknown = keyed.filter(({ value }) => value === undefined);
  known.sort(({ value: a }, { value: b }) => {
    if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
    return sign * compare(String(a), String(b));
  });
  return [...known, ...unknown].map(({ row }) => row);
}
