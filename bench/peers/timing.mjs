/** Steps timed over blocks, each ended by a wait for its result: as alstm's own benchmarks do. */

import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { URL } from 'node:url';

/** A block is so many steps that it takes about this long: the wait at its end costs little. */
const BLOCK_MS = 500;

/**
 * @template R
 * @param {(steps: number) => Promise<R>} run makes so many steps, and waits until they are done
 * @param {{seconds: number, minBlocks?: number}} clock
 */
export async function timeSteps(run, { seconds, minBlocks = 3 }) {
  let result;
  const block = async (/** @type {number} */ steps) => {
    const began = performance.now();
    result = await run(steps);
    return (performance.now() - began) / steps;
  };
  const firstStepMs = await block(1);
  const second = await block(1); // what compiles late, and a GPU that warms up
  const size = Math.max(1, Math.round(BLOCK_MS / (second < BLOCK_MS ? await block(1) : second)));
  const times = [];
  const end = performance.now() + 1000 * seconds;
  do times.push(await block(size));
  while (performance.now() < end || times.length < minBlocks);
  times.sort((a, b) => a - b);
  return {
    ms: times[Math.floor(times.length / 2)],
    fastest: times[0],
    steps: times.length * size,
    firstStepMs,
    result: /** @type {R} */ (result),
  };
}

/** A seeded source of numbers in [0, 1): mulberry32. */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Uniform in [-limit, limit]. */
export function uniform(random, count, limit) {
  return Float32Array.from({ length: count }, () => (2 * random() - 1) * limit);
}

/**
 * Made-up features (time-major: [frames, batch, 36]) of about unit variance, and a label a row and task.
 *
 * @param {import('./arguments.mjs').Shape} shape
 */
export function madeUpBatch(shape) {
  const random = seededRandom(1);
  const features = uniform(random, shape.frames * shape.batch * shape.features, Math.sqrt(3));
  const labels = Object.fromEntries(
    Object.entries(shape.heads).map(([task, classes]) => [
      task,
      Int32Array.from({ length: shape.batch }, () => Math.floor(random() * classes)),
    ]),
  );
  return { features, labels };
}

/** The version of an installed package, read from its package.json. */
export async function versionOf(name) {
  const path = new URL(`./node_modules/${name}/package.json`, import.meta.url);
  try {
    return JSON.parse(await readFile(path, 'utf8')).version;
  } catch {
    throw new Error(`${name} is not installed: run npm ci --ignore-scripts in bench/peers`);
  }
}
