import { median } from './statistics.js';

/** Time of a repeated operation. */
export interface Timing {
  /** Median over the blocks' means. */
  readonly ms: number;
  /** Mean of the fastest block. */
  readonly fastest: number;
  /** Number of repetitions over all blocks. */
  readonly steps: number;
  readonly blocks: number;
}

/** Milliseconds since some moment. */
export type Clock = () => number;

const wall: Clock = () => performance.now();

/** Target length of a block if there is time for several: waiting at its end costs little. */
const BLOCK_MS = 500;

/**
 * Times blocks of steps for the given time, but at least one block.
 *
 * @param steps runs that many and waits until the device has done them
 * @param trial milliseconds of a step in a trial run
 */
export async function timeBlocks(
  steps: (count: number) => Promise<void>,
  trial: number,
  seconds: number,
  clock = wall,
): Promise<Timing> {
  const block = Math.min(BLOCK_MS, 100 * seconds);
  const count = Math.max(1, Math.round(block / Math.max(trial, 1e-3)));
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  do {
    const began = clock();
    await steps(count);
    times.push((clock() - began) / count);
  } while (performance.now() < end);
  return {
    ms: median(times),
    fastest: Math.min(...times),
    steps: count * times.length,
    blocks: times.length,
  };
}

/** Milliseconds of a single run. */
export async function timeOnce(job: () => Promise<unknown>, clock = wall): Promise<number> {
  const began = clock();
  await job();
  return clock() - began;
}

/** Milliseconds of each run, at least three, after a warm-up run. */
export async function repeat(job: () => Promise<unknown>, seconds: number): Promise<number[]> {
  await job();
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (times.length < 3 || performance.now() < end) times.push(await timeOnce(job));
  return times;
}
