/**
 * Writes a corpus of made-up features, to measure the memory and the time of training on many hours without
 * many hours of sound: a manifest, a recording of a few bytes for each utterance, and for each the entry of the
 * cache that a real one would have.
 *
 *     npm run typecheck -- --noEmit false --outDir node_modules/.cache/tools
 *     node node_modules/.cache/tools/bench/made-up-corpus.js FOLDER HOURS [FEATURES] [SECONDS]
 *     alstm train --manifest FOLDER/manifest.csv --cache FOLDER/cache --features FEATURES ...
 *
 * FEATURES is voice20 by default, SECONDS of each utterance 6.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import type { Files } from '../src/core/files.js';
import { FeatureCache } from '../src/features/cache.js';
import { sha256 } from '../src/features/digest.js';
import { normaliseUtterance } from '../src/features/normalise.js';
import { secondsOf } from '../src/features/sets/feature-set.js';
import { featureSet } from '../src/features/sets/registry.js';
import { NodeFiles } from '../src/platform/node/files.js';

const EMOTIONS = ['anger', 'happiness', 'neutral', 'sadness'];
const SPEAKERS = 100;

/** Files that are not flushed one by one: these can be made again. */
class HastyFiles extends NodeFiles {
  override async write(path: string, bytes: Uint8Array | string): Promise<void> {
    await writeFile(path, bytes);
  }
}

async function make(folder: string, hours: number, id: string, seconds: number): Promise<void> {
  const set = featureSet(id);
  const frames = set.frames(seconds * set.rate);
  const files: Files = new HastyFiles();
  const cache = new FeatureCache(files, `${folder}/cache`, set);
  await mkdir(`${folder}/recordings`, { recursive: true });
  await mkdir(`${folder}/cache/features`, { recursive: true });
  const noise = noiseOf(4 * frames * set.dimensions);
  const lines = ['path,emotion,speaker,gender'];
  const count = Math.round((3600 * hours) / seconds);
  for (let i = 0; i < count; i++) {
    const path = `recordings/${String(i).padStart(7, '0')}.wav`;
    const emotion = i % EMOTIONS.length;
    const bytes = new TextEncoder().encode(`made up, number ${i}`);
    await writeFile(`${folder}/${path}`, bytes);
    lines.push(`${path},${EMOTIONS[emotion]},s${i % SPEAKERS},${i % 2 === 0 ? 'female' : 'male'}`);
    // Lengths from half to once and a half, and a level that tells the emotions apart.
    const own = Math.max(1, Math.round(frames * (0.5 + ((i * 7919) % 1000) / 1000)));
    const start = (i * 104_729) % (noise.length - own * set.dimensions);
    const features = noise.slice(start, start + own * set.dimensions);
    for (let t = 0; t < own; t++) features[t * set.dimensions + emotion]! += t % 100 < 50 ? 1 : -1;
    await cache.put(await sha256(bytes), {
      ...{ frames: own, features, seconds: secondsOf(own, set) },
      normalised: normaliseUtterance(features, set.dimensions),
    });
    if (i % 5000 === 0) console.log(`${i} of ${count}`);
  }
  await writeFile(`${folder}/manifest.csv`, `${lines.join('\n')}\n`);
}

function noiseOf(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const [folder, hours, features = 'voice20', seconds = '6'] = process.argv.slice(2);
if (folder === undefined || !(Number(hours) > 0)) {
  console.error('usage: made-up-corpus FOLDER HOURS [FEATURES] [SECONDS]');
  process.exitCode = 2;
} else await make(folder, Number(hours), features, Number(seconds));
