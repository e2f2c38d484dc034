import { describe, expect, it } from 'vitest';
import { napWhile } from '../../src/platform/node-nap.js';

describe('napWhile', () => {
  it('gives what the promise gives', async () => {
    expect(await napWhile(Promise.resolve(7))).toBe(7);
    await expect(napWhile(Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  });

  it('lets the event loop turn, and sleeps most of the time', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    const before = process.cpuUsage();
    await napWhile(new Promise((resolve) => setTimeout(resolve, 200)));
    const { user, system } = process.cpuUsage(before);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
    // spinning would take the whole 200 ms
    expect((user + system) / 1000).toBeLessThan(120);
  });
});
