/**
 * What is read of each item, with the item, in their order. One is read ahead: while whoever asked works on
 * one, the next is on its way.
 *
 * An error comes at the item that it belongs to. Left early (by break, return or an error of the one who
 * asked), it ends once the read that is under way has ended: none is left floating.
 */
export async function* readAhead<I, T>(
  items: readonly I[],
  read: (item: I) => Promise<T>,
): AsyncGenerator<readonly [item: I, value: T], void, undefined> {
  const begin = (at: number): Promise<T> | undefined => {
    if (at >= items.length) return undefined;
    const reading = read(items[at]!);
    reading.catch(() => undefined); // it is thrown where it is waited for
    return reading;
  };
  let next = begin(0);
  try {
    for (const [at, item] of items.entries()) {
      const value = (await next) as T;
      next = begin(at + 1);
      yield [item, value];
    }
  } finally {
    await next?.catch(() => undefined); // nobody comes to that item any more
  }
}
