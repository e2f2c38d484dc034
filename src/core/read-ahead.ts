/**
 * What is read of each item, with the item, in their order. Some are read ahead: while whoever asked works on
 * one, the next are on their way.
 *
 * An error comes at the item that it belongs to. Left early (by break, return or an error of the one who
 * asked), it ends once the reads that are under way have ended: none is left floating.
 *
 * @param ahead how many, at least 1; their values are in memory together with the one at hand
 */
export async function* readAhead<I, T>(
  items: readonly I[],
  read: (item: I) => Promise<T>,
  ahead = 1,
): AsyncGenerator<readonly [item: I, value: T], void, undefined> {
  const underWay: Promise<T>[] = [];
  let begun = 0;
  const begin = (end: number): void => {
    for (; begun < Math.min(end, items.length); begun++) {
      const reading = read(items[begun]!);
      reading.catch(() => undefined); // it is thrown where it is waited for
      underWay.push(reading);
    }
  };
  begin(1);
  try {
    for (const [at, item] of items.entries()) {
      const value = await underWay[0]!;
      void underWay.shift();
      begin(at + 1 + ahead);
      yield [item, value];
    }
  } finally {
    await Promise.allSettled(underWay); // nobody comes to those items any more
  }
}
