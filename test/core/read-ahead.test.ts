import { describe, expect, it } from 'vitest';
import { readAhead } from '../../src/core/read-ahead.js';

/** Reads that end when the test lets them. */
class Reads {
  readonly begun: string[] = [];
  readonly ended: string[] = [];
  readonly #finish = new Map<string, (error?: Error) => void>();

  readonly read = (item: string): Promise<string> => {
    this.begun.push(item);
    return new Promise((resolve, reject) => {
      this.#finish.set(item, (error) => {
        this.ended.push(item);
        if (error) reject(error);
        else resolve(item.toUpperCase());
      });
    });
  };

  end(item: string, error?: Error): void {
    this.#finish.get(item)?.(error);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('readAhead', () => {
  it('gives items and what was read in their order, one read ahead of the one at hand', async () => {
    const reads = new Reads();
    const ahead = readAhead(['a', 'b', 'c'], reads.read);
    expect(reads.begun).toEqual([]);
    const first = ahead.next();
    expect(reads.begun).toEqual(['a']);
    reads.end('a');
    expect(await first).toEqual({ done: false, value: ['a', 'A'] });
    await turn();
    expect(reads.begun).toEqual(['a', 'b']); // not c, for b is not at hand yet
    reads.end('b');
    await turn();
    expect(reads.begun).toEqual(['a', 'b']);
    expect((await ahead.next()).value).toEqual(['b', 'B']);
    expect(reads.begun).toEqual(['a', 'b', 'c']);
    reads.end('c');
    expect((await ahead.next()).value).toEqual(['c', 'C']);
    expect((await ahead.next()).done).toBe(true);
  });

  it('throws an error at the item that it belongs to', async () => {
    const reads = new Reads();
    const ahead = readAhead(['a', 'b', 'c'], reads.read);
    const first = ahead.next();
    reads.end('a');
    await first;
    reads.end('b', new Error('b is damaged'));
    await turn(); // an error that nobody waits for yet would end the process here
    await expect(ahead.next()).rejects.toThrow('b is damaged');
    expect(reads.begun).toEqual(['a', 'b']);
    expect((await ahead.next()).done).toBe(true);
  });

  it.each(['a break', 'an error'])('waits for the read under way where %s ends it', async (how) => {
    const reads = new Reads();
    let left = false;
    const loop = async (): Promise<void> => {
      for await (const [item] of readAhead(['a', 'b', 'c'], reads.read)) {
        if (how === 'a break') break;
        throw new Error(`stopped at ${item}`);
      }
    };
    const done = loop()
      .catch((error: unknown) => error)
      .finally(() => (left = true));
    reads.end('a');
    await turn();
    expect(reads.begun).toEqual(['a', 'b']);
    expect(left).toBe(false);
    reads.end('b', new Error('nobody comes to b'));
    const error = await done;
    if (how === 'a break') expect(error).toBeUndefined();
    else expect(error).toEqual(new Error('stopped at a'));
    expect(reads.begun).toEqual(['a', 'b']);
  });

  it('reads as many ahead as it is told, and waits for all of them where it is left', async () => {
    const reads = new Reads();
    const ahead = readAhead(['a', 'b', 'c', 'd', 'e'], reads.read, { depth: 3 });
    const first = ahead.next();
    reads.end('a');
    expect((await first).value).toEqual(['a', 'A']);
    expect(reads.begun).toEqual(['a', 'b', 'c', 'd']);
    reads.end('c'); // whatever ends first
    reads.end('b');
    expect((await ahead.next()).value).toEqual(['b', 'B']);
    expect((await ahead.next()).value).toEqual(['c', 'C']);
    expect(reads.begun).toEqual(['a', 'b', 'c', 'd', 'e']);
    let left = false;
    const leaving = ahead.return().then(() => (left = true));
    reads.end('d', new Error('nobody comes to d'));
    await turn();
    expect(left).toBe(false);
    reads.end('e');
    await leaving;
  });

  it('reads nothing of no items', async () => {
    const reads = new Reads();
    expect((await readAhead([], reads.read).next()).done).toBe(true);
    expect(reads.begun).toEqual([]);
  });

  it('reads as far ahead as it is told to, and no more than may wait', async () => {
    const reads = new Reads();
    const items = ['a', 'b', 'c', 'd', 'e', 'f'];
    const ahead = readAhead(items, reads.read, { depth: 3, sizeOf: () => 2, most: 3 });
    const first = ahead.next();
    expect(reads.begun).toEqual(['a', 'b', 'c']);
    for (const item of ['c', 'b', 'a']) reads.end(item);
    expect((await first).value).toEqual(['a', 'A']);
    await turn();
    expect(reads.begun).toEqual(['a', 'b', 'c']); // b and c wait, which is more than 3
    expect((await ahead.next()).value).toEqual(['b', 'B']);
    expect(reads.begun).toEqual(['a', 'b', 'c', 'd', 'e']);
    const leaving = ahead.return();
    for (const item of ['d', 'e']) reads.end(item);
    await leaving;
    expect(reads.begun).toHaveLength(5);
  });

  it('reads an item when it is asked for, if it is not to be ahead', async () => {
    const reads = new Reads();
    const ahead = readAhead(['a', 'b'], reads.read, { depth: 0 });
    const first = ahead.next();
    reads.end('a');
    await first;
    await turn();
    expect(reads.begun).toEqual(['a']);
    const second = ahead.next();
    expect(reads.begun).toEqual(['a', 'b']);
    reads.end('b');
    expect((await second).value).toEqual(['b', 'B']);
  });
});

describe('readAhead of items that come one by one', () => {
  async function* source(...items: readonly (string | Error)[]): AsyncGenerator<string> {
    for (const item of items) {
      await turn();
      if (item instanceof Error) throw item;
      yield item;
    }
  }

  it('keeps their order', async () => {
    const read = (item: string) => turn().then(() => item.toUpperCase());
    const got: unknown[] = [];
    for await (const pair of readAhead(source('a', 'b', 'c'), read, { depth: 2 })) got.push(pair);
    expect(got).toEqual([
      ['a', 'A'],
      ['b', 'B'],
      ['c', 'C'],
    ]);
  });

  it('throws an error of the source after the items before it', async () => {
    const got: string[] = [];
    const loop = async (): Promise<void> => {
      const items = source('a', 'b', new Error('the folder is gone'), 'c');
      for await (const [item] of readAhead(items, (x) => turn().then(() => x), { depth: 3 })) {
        got.push(item);
      }
    };
    await expect(loop()).rejects.toThrow('the folder is gone');
    expect(got).toEqual(['a', 'b']);
  });

  it('gives what was read while the source waits, and ends the source when it is left', async () => {
    const reads = new Reads();
    let ended = false;
    let next: (item: IteratorResult<string>) => void = () => undefined;
    const waiting: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise((resolve) => (next = resolve)),
        return: () => {
          ended = true;
          return new Promise(() => undefined); // as of a generator that waits for input
        },
      }),
    };
    const ahead = readAhead(waiting, reads.read, { depth: 2 });
    const first = ahead.next();
    next({ value: 'a', done: false });
    await turn();
    reads.end('a');
    expect((await first).value).toEqual(['a', 'A']);
    await ahead.return();
    expect(ended).toBe(true);
    next({ value: 'b', done: false });
    await turn();
    expect(reads.begun).toEqual(['a']);
  });
});
