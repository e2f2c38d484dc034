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
    const ahead = readAhead(['a', 'b', 'c', 'd', 'e'], reads.read, 3);
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
});
