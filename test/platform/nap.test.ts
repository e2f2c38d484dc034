import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { napWhile } from '../../src/platform/node/nap.js';

// What another test waited for is forgotten at the next turn of the event loop.
beforeEach(() => new Promise<void>((resolve) => void setImmediate(resolve)));
afterEach(() => vi.restoreAllMocks());

/** What napWhile does while it waits, in order; every sleep is over at once. */
function watched(onSleep: (slept: number) => void = () => undefined): string[] {
  const done: string[] = [];
  const turn = globalThis.setImmediate;
  vi.spyOn(globalThis, 'setImmediate').mockImplementation((then: () => void) => {
    done.push('turn');
    return turn(then);
  });
  vi.spyOn(Atomics, 'wait').mockImplementation(((
    _cell: Int32Array,
    _at: number,
    _was: number,
    ms: number,
  ) => {
    done.push(`sleep ${ms} ms`);
    onSleep(done.filter((what) => what !== 'turn').length);
    return 'timed-out';
  }) as typeof Atomics.wait);
  return done;
}

describe('napWhile', () => {
  it('gives what the promise gives', async () => {
    expect(await napWhile(Promise.resolve(7))).toBe(7);
    await expect(napWhile(Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  });

  it('sleeps after every turn of the event loop, until the promise settles', async () => {
    let finish: (value: string) => void = () => undefined;
    const promise = new Promise<string>((resolve) => (finish = resolve));
    const done = watched((slept) => {
      if (slept === 4) finish('done');
    });
    expect(await napWhile(promise)).toBe('done');
    const nap = ['turn', 'sleep 1 ms'];
    expect(done.slice(0, 8)).toEqual([...nap, ...nap, ...nap, ...nap]);
    expect(done.length).toBeLessThanOrEqual(9); // it is seen at the next turn
    expect(done.slice(8)).not.toContain('sleep 1 ms');
  });

  it('sleeps once a turn, however many wait', async () => {
    const finish: (() => void)[] = [];
    const promises = [1, 2, 3].map(
      (value) => new Promise<number>((resolve) => finish.push(() => resolve(value))),
    );
    const done = watched((slept) => finish[slept - 1]?.());
    const waits = promises.map((promise) => napWhile(promise));
    expect(await Promise.all(waits)).toEqual([1, 2, 3]);
    const nap = ['turn', 'sleep 1 ms'];
    expect(done.slice(0, 6)).toEqual([...nap, ...nap, ...nap]);
    expect(done.slice(6)).not.toContain('sleep 1 ms');
  });

  it('lets timers and messages through, and does not sleep once they have settled it', async () => {
    const done = watched();
    const told: string[] = [];
    const timer = setInterval(() => told.push('timer'), 0);
    await napWhile(new Promise<void>((resolve) => setTimeout(resolve, 5)));
    clearInterval(timer);
    expect(told.length).toBeGreaterThan(0);
    const before = done.length;
    await napWhile(Promise.resolve());
    expect(done.slice(before)).not.toContain('sleep 1 ms');
  });

  it('really sleeps: the thread waits on a word that nobody changes', async () => {
    const results: string[] = [];
    const wait = Atomics.wait.bind(Atomics) as (...args: unknown[]) => string;
    vi.spyOn(Atomics, 'wait').mockImplementation(((...args: unknown[]) => {
      const result = wait(...args);
      results.push(result);
      return result;
    }) as typeof Atomics.wait);
    let turns = 0;
    const after = new Promise<void>((resolve) => {
      const count = (): void => void (turns++ === 3 ? resolve() : setImmediate(count));
      count();
    });
    await napWhile(after);
    expect(results.length).toBeGreaterThan(0);
    expect(new Set(results)).toEqual(new Set(['timed-out']));
  });
});
