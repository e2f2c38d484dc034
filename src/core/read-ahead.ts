/** How far reading may be ahead of whoever works on what was read. */
export interface ReadAheadOptions<T> {
  /**
   * Items that are read, or were and wait for their turn, while whoever asked works on one. 0: an item is read
   * when it is asked for. Default: 1.
   */
  readonly depth?: number;
  /** Items that are read, or were and wait for their turn, while whoever asked waits for one. Default: depth, at least 1. */
  readonly atOnce?: number;
  /** Size of what was read, in any unit: no more reads begin while more than `most` in all waits for its turn. */
  readonly sizeOf?: (value: T) => number;
  /** Default: no bound. */
  readonly most?: number;
}

/** One item of which reading has begun, or the failure of the source in the place of an item. */
type Begun<I, T> = { readonly item: I; readonly reading: Promise<T>; size: number };

/**
 * What is read of each item, with the item, in their order: while whoever asked works on one, the next ones are on
 * their way. The items may come one by one themselves.
 *
 * An error comes at the item that it belongs to, and one of the source after the items before it. Left early (by
 * break, return or an error of the one who asked), it ends once the reads that are under way have ended: none is left
 * floating. The source is closed; an item that it still waits for is neither waited for nor read.
 */
export async function* readAhead<I, T>(
  items: Iterable<I> | AsyncIterable<I>,
  read: (item: I) => Promise<T>,
  options: ReadAheadOptions<T> = {},
): AsyncGenerator<readonly [item: I, value: T], void, undefined> {
  const { depth = 1, atOnce = Math.max(depth, 1) } = options;
  const reads = new Reads(items, read, options);
  try {
    for (;;) {
      reads.begin(atOnce);
      const next = await reads.head();
      if (next === undefined) return;
      const value = await next.reading;
      reads.drop(next);
      reads.begin(depth);
      yield [next.item, value];
    }
  } finally {
    await reads.end();
  }
}

/** Reads that have begun, in the order of their items. */
class Reads<I, T> {
  readonly #source:
    | { readonly waits: false; readonly items: Iterator<I> }
    | { readonly waits: true; readonly items: AsyncIterator<I> };
  readonly #begun: Begun<I, T>[] = [];
  /** The next item, while the source is waited for. */
  #pulling: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #exhausted = false;
  #ended = false;
  /** Size of what was read and waits. */
  #waiting = 0;
  #wanted = 0;

  constructor(
    items: Iterable<I> | AsyncIterable<I>,
    private readonly read: (item: I) => Promise<T>,
    private readonly options: ReadAheadOptions<T>,
  ) {
    this.#source =
      Symbol.asyncIterator in items
        ? { waits: true, items: items[Symbol.asyncIterator]() }
        : { waits: false, items: items[Symbol.iterator]() };
  }

  /** Begins reads until so many have begun. */
  begin(wanted: number): void {
    this.#wanted = wanted;
    this.#fill();
  }

  /** The first one, once the source has given it; undefined at the end. */
  async head(): Promise<Begun<I, T> | undefined> {
    while (this.#begun.length === 0 && this.#pulling !== undefined) await this.#pulling;
    if (this.#begun.length === 0 && this.#failure !== undefined) throw this.#failure.error;
    return this.#begun[0];
  }

  /** Whoever asked has it now. */
  drop(first: Begun<I, T>): void {
    this.#begun.shift();
    this.#waiting -= first.size;
  }

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.allSettled(this.#begun.map(({ reading }) => reading)); // nobody comes to them
    if (!this.#exhausted) {
      const ending = Promise.resolve(this.#source.items.return?.());
      // A source that waits, for a line of input for example, ends only after that.
      if (this.#pulling === undefined) await ending;
      else ending.catch(() => undefined);
    }
  }

  #fill(): void {
    while (this.#pulling === undefined && this.#hasRoom()) {
      if (!this.#source.waits) {
        this.#pull(this.#source.items);
        continue;
      }
      const pulled = this.#source.items.next().then(
        (result) => this.#take(result),
        (error: unknown) => this.#fail(error),
      );
      this.#pulling = pulled.then(() => {
        this.#pulling = undefined;
        this.#fill();
      });
    }
  }

  #pull(items: Iterator<I>): void {
    let result: IteratorResult<I>;
    try {
      result = items.next();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#take(result);
  }

  #hasRoom(): boolean {
    if (this.#exhausted || this.#ended) return false;
    const { most = Infinity } = this.options;
    const count = this.#begun.length;
    return count < this.#wanted && (count === 0 || this.#waiting <= most);
  }

  #take(result: IteratorResult<I>): void {
    if (result.done) {
      this.#exhausted = true;
      return;
    }
    if (this.#ended) return;
    const begun: Begun<I, T> = { item: result.value, reading: this.read(result.value), size: 0 };
    this.#begun.push(begun);
    const { sizeOf } = this.options;
    begun.reading.then(
      (value) => {
        begun.size = sizeOf?.(value) ?? 0;
        this.#waiting += begun.size;
      },
      () => undefined, // it is thrown where it is waited for
    );
  }

  #fail(error: unknown): void {
    this.#failure = { error };
    this.#exhausted = true;
  }
}
