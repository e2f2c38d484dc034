import { median } from './statistics.js';

/** How long something takes that is done again and again. */
export interface Timing {
  /** Median over the blocks of a block's mean. */
  readonly ms: number;
  /** Of the fastest block. */
  readonly fastest: number;
  /** Times it was done, over all blocks. */
  readonly steps: number;
  readonly blocks: number;
}

/** A block takes about this long where there is time for several: waiting at its end costs little. */
const BLOCK_MS = 500;

/**
 * Times blocks of steps for so long, and at least one block.
 *
 * @param steps does so many and waits until the device has done them
 * @param trial milliseconds that a step took when it was tried out
 */
export async function timeBlocks(
  steps: (count: number) => Promise<void>,
  trial: number,
  seconds: number,
): Promise<Timing> {
  const block = Math.min(BLOCK_MS, 100 * seconds);
  const count = Math.max(1, Math.round(block / Math.max(trial, 1e-3)));
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  do {
    const began = performance.now();
    await steps(count);
    times.push((performance.now() - began) / count);
  } while (performance.now() < end);
  return {
    ms: median(times),
    fastest: Math.min(...times),
    steps: count * times.length,
    blocks: times.length,
  };
}

/** Milliseconds that something takes once. */
export async function timeOnce(job: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await job();
  return performance.now() - began;
}
