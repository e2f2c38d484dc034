import { readAhead } from './read-ahead.js';

/** What came of the work on an item. */
export type Attempt<I, T> =
  | { readonly item: I; readonly value: T; readonly error?: undefined }
  | { readonly item: I; readonly error: unknown; readonly value?: undefined };

/** Tells a stream that nobody wants more of it, though it is waiting for its source. */
export class Leaving {
  #left = false;
  #tell: (() => void) | undefined;

  get left(): boolean {
    return this.#left;
  }

  leave(): void {
    this.#left = true;
    this.#tell?.();
  }

  /** Calls `tell` when somebody leaves; only the last one given is called. */
  onLeave(tell: () => void): void {
    this.#tell = tell;
  }
}

export interface InOrderOptions {
  /** Most items that are worked on at a time, or are done and not yet asked for; at least 1. */
  readonly atOnce: number;
  /** Ends the stream while it waits for an item, which from standard input may never come. */
  readonly leaving?: Leaving;
}

/**
 * What came of each item, in their order, with several worked on at a time. An item that fails costs only itself: its
 * error is what came of it. No more items are taken than are worked on.
 *
 * An error of `items` itself is thrown after what came before it. Left early, it ends once the work that is under way
 * has ended.
 */
export async function* inOrder<I, T>(
  items: AsyncIterable<I> | Iterable<I>,
  work: (item: I) => Promise<T>,
  { atOnce, leaving }: InOrderOptions,
): AsyncGenerator<Attempt<I, T>, void, undefined> {
  const source = leaving && Symbol.asyncIterator in items ? untilLeft(items, leaving) : items;
  const attempts = readAhead(source, (item) => attempt(item, work), {
    depth: atOnce - 1,
    atOnce,
  });
  for await (const [, result] of attempts) {
    yield result;
    if (leaving?.left) return;
  }
}

/** The items until nobody wants more: one that is waited for then is not waited for any longer. */
function untilLeft<I>(items: AsyncIterable<I>, leaving: Leaving): AsyncIterable<I> {
  return {
    [Symbol.asyncIterator]: () => {
      const source = items[Symbol.asyncIterator]();
      const end = { done: true, value: undefined } as const;
      return {
        next: () =>
          // Not by Promise.race: on a promise that stays pending, each race would leave something behind.
          new Promise<IteratorResult<I, undefined>>((resolve, reject) => {
            leaving.onLeave(() => resolve(end));
            if (leaving.left) resolve(end);
            else source.next().then((found) => resolve(found.done ? end : found), reject);
          }),
        return: async () => {
          await source.return?.();
          return end;
        },
      };
    },
  };
}

async function attempt<I, T>(item: I, work: (item: I) => Promise<T>): Promise<Attempt<I, T>> {
  try {
    return { item, value: await work(item) };
  } catch (error) {
    return { item, error };
  }
}
