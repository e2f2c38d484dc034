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

  /** The one who is told. */
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
  { atOnce, leaving = new Leaving() }: InOrderOptions,
): AsyncGenerator<Attempt<I, T>, void, undefined> {
  const source = iteratorOf(items);
  const queue: Running<I, T>[] = [];
  let pulling = false;
  let pulled: Pulled<I> | undefined;
  let end: Pulled<I> | undefined;
  let wake = (): void => undefined;
  // Not by Promise.race: on a promise that stays pending, each race would leave something behind.
  const tell = (): void => wake();
  leaving.onLeave(tell);
  const pull = (): void => {
    pulling = true;
    void nextOf(source).then((found) => {
      pulling = false;
      pulled = found;
      tell();
    });
  };
  try {
    while (!leaving.left) {
      if (pulled !== undefined) {
        if (pulled.kind === 'item') queue.push(new Running(pulled.item, work, tell));
        else end = pulled;
        pulled = undefined;
      }
      if (end === undefined && !pulling && queue.length < atOnce) {
        pull();
        await Promise.resolve(); // an item that is there already is worked on before anything is waited for
      }
      const [head] = queue;
      if (head?.result !== undefined) {
        void queue.shift();
        yield head.result;
      } else if (head === undefined && end !== undefined) break;
      else if (pulled === undefined && !leaving.left)
        await new Promise<void>((resolve) => (wake = resolve));
    }
    if (end?.kind === 'error') throw end.error;
  } finally {
    await Promise.all(queue.map(({ ended }) => ended));
    if (!pulling && end === undefined) await source.return?.();
  }
}

/** The work on one item. */
class Running<I, T> {
  result: Attempt<I, T> | undefined;
  /** Never rejects. */
  readonly ended: Promise<void>;

  constructor(item: I, work: (item: I) => Promise<T>, tell: () => void) {
    this.ended = attempt(item, work).then((result) => {
      this.result = result;
      tell();
    });
  }
}

type Pulled<I> =
  | { readonly kind: 'item'; readonly item: I }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: unknown };

function iteratorOf<I>(items: AsyncIterable<I> | Iterable<I>): AsyncIterator<I> | Iterator<I> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

async function nextOf<I>(source: AsyncIterator<I> | Iterator<I>): Promise<Pulled<I>> {
  try {
    const result = await source.next();
    return result.done ? { kind: 'end' } : { kind: 'item', item: result.value };
  } catch (error) {
    return { kind: 'error', error };
  }
}

async function attempt<I, T>(item: I, work: (item: I) => Promise<T>): Promise<Attempt<I, T>> {
  try {
    return { item, value: await work(item) };
  } catch (error) {
    return { item, error };
  }
}
