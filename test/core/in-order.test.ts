import { describe, expect, it } from 'vitest';
import { inOrder, Leaving } from '../../src/core/in-order.js';

const turn = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('inOrder', () => {
  it('gives what came of each item in their order, whichever is done first', async () => {
    const ended: number[] = [];
    const work = async (n: number): Promise<number> => {
      await turn(n);
      ended.push(n);
      return 10 * n;
    };
    const found = await all(inOrder([9, 1, 5, 3], work, { atOnce: 4 }));
    expect(found.map(({ value }) => value)).toEqual([90, 10, 50, 30]);
    expect(ended).toEqual([1, 3, 5, 9]);
  });

  it('works on so many at a time, and takes no more from its source', async () => {
    let [running, most, taken] = [0, 0, 0];
    function* source() {
      for (; taken < 20; taken++) yield taken;
    }
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await turn(1);
      running--;
    };
    const stream = inOrder(source(), work, { atOnce: 3 });
    await stream.next();
    await turn(10);
    expect(taken).toBeLessThanOrEqual(4); // one given, three worked on
    await all(stream);
    expect([most, taken]).toEqual([3, 20]);
  });

  it('gives the error of an item in its place, and goes on', async () => {
    const work = (n: number): Promise<number> =>
      n === 2 ? Promise.reject(new Error('bad')) : Promise.resolve(n);
    const found = await all(inOrder([1, 2, 3], work, { atOnce: 2 }));
    expect(found).toEqual([
      { item: 1, value: 1 },
      { item: 2, error: new Error('bad') },
      { item: 3, value: 3 },
    ]);
  });

  it('throws an error of its source after what came before', async () => {
    function* source() {
      yield 1;
      throw new Error('no more');
    }
    const stream = inOrder(source(), (n) => Promise.resolve(n), { atOnce: 2 });
    expect(await stream.next()).toMatchObject({ value: { item: 1, value: 1 } });
    await expect(stream.next()).rejects.toThrow('no more');
  });

  it('gives what is done while its source is slow, and ends when nobody waits for it', async () => {
    async function* source() {
      yield 1;
      await new Promise(() => undefined); // as a pipe that nobody writes to
    }
    const leaving = new Leaving();
    const stream = inOrder(source(), (n) => Promise.resolve(n), { atOnce: 4, leaving });
    expect(await stream.next()).toMatchObject({ value: { value: 1 } });
    const next = stream.next();
    leaving.leave();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('left early, waits for what is under way and closes its source', async () => {
    const events: string[] = [];
    function* source() {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        events.push('closed');
      }
    }
    const work = async (n: number): Promise<number> => {
      await turn(1);
      events.push(`${n}`);
      return n;
    };
    for await (const { item } of inOrder(source(), work, { atOnce: 2 })) if (item === 0) break;
    expect(events.at(-1)).toBe('closed');
    const count = events.length;
    await turn(5);
    expect(events).toHaveLength(count);
  });
});
