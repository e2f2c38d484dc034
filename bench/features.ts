/**
 * Measures how many times faster than real time features are extracted, on one core. With audio files as
 * arguments, each step is timed for them; without, the features of a synthetic minute of sound, and the best time
 * of each feature set.
 *
 *     npm run typecheck -- --noEmit false --outDir node_modules/.cache/tools
 *     node node_modules/.cache/tools/bench/features.js [FILE...]
 */
import { decodeAudio } from '../src/audio/decode.js';
import { resample } from '../src/audio/resample.js';
import { extractFeatures, extractSet } from '../src/features/extract.js';
import { featureSet, featureSetIds } from '../src/features/sets/registry.js';
import { RATE } from '../src/features/sets/prosody36/settings.js';
import { NodeFiles } from '../src/platform/node/files.js';

const REPEATS = 20;

/** Alternating voiced glides and noise, so that every step has work. */
function madeUpSound(seconds: number): Float32Array {
  let state = 1;
  let phase = 0;
  return Float32Array.from({ length: seconds * RATE }, (_, n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const noise = state / 2 ** 31 - 1;
    phase += (2 * Math.PI * (120 + 60 * Math.sin(n / RATE))) / RATE;
    const voiced = n % RATE < 0.7 * RATE;
    return voiced ? 0.5 * Math.sin(phase) + 0.2 * Math.sin(3 * phase) + 0.01 * noise : 0.1 * noise;
  });
}

function report(step: string, seconds: number, milliseconds: number): void {
  console.log(`${step.padEnd(14)} ${((1000 * seconds) / milliseconds).toFixed(0)} x real time`);
}

function timeMadeUpSound(): void {
  const seconds = 60;
  const samples = madeUpSound(seconds);
  const times = Array.from({ length: REPEATS }, () => {
    const start = performance.now();
    extractFeatures(samples);
    return performance.now() - start;
  });
  times.sort((a, b) => a - b);
  report('median', seconds, times[REPEATS / 2]!);
  report('best', seconds, times[0]!);
}

async function timeSets(): Promise<void> {
  const seconds = 60;
  const samples = madeUpSound(seconds);
  for (const id of [...featureSetIds(), 'voice56+delta']) {
    let best = Infinity;
    for (let i = 0; i < REPEATS; i++) {
      const start = performance.now();
      await extractSet(featureSet(id), samples, 'sound');
      best = Math.min(best, performance.now() - start);
    }
    report(id, seconds, best);
  }
}

async function timeFiles(paths: readonly string[]): Promise<void> {
  const files = new NodeFiles();
  const spent = { decode: 0, resample: 0, features: 0 };
  let seconds = 0;
  for (const path of paths) {
    const bytes = await files.read(path);
    const start = performance.now();
    const recording = await decodeAudio(bytes, path);
    const decoded = performance.now();
    const samples = await resample(recording.samples, recording.rate, RATE, path);
    const resampled = performance.now();
    extractFeatures(samples, path);
    spent.decode += decoded - start;
    spent.resample += resampled - decoded;
    spent.features += performance.now() - resampled;
    seconds += recording.seconds;
  }
  console.log(`${paths.length} files, ${seconds.toFixed(1)} s of audio`);
  for (const [step, milliseconds] of Object.entries(spent)) report(step, seconds, milliseconds);
  report('together', seconds, spent.decode + spent.resample + spent.features);
}

const paths = process.argv.slice(2);
if (paths.length === 0) {
  timeMadeUpSound();
  await timeSets();
} else await timeFiles(paths);
