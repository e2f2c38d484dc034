import { featuresOfSamples } from '../../src/features/utterance.js';
import { byUtterance } from '../../src/features/normalise.js';
import { defaultFeatureSet } from '../../src/features/sets/registry.js';
import { normalisedFor, type ReadyRows } from '../../src/inference/normalised.js';
import type { TrainedModel } from '../../src/model/folder.js';
import { Draw } from './kernel.js';

/** Seconds of each recording, so that a batch is ragged. */
const SECONDS = [0.9, 0.4, 0.6];

/** Recordings of nothing in particular, by one speaker, as a model's network takes them. */
export async function readyRows({
  featureSet = defaultFeatureSet,
  trimDb = null,
  normalisation = byUtterance,
}: TrainedModel): Promise<ReadyRows> {
  const draw = new Draw('ready rows');
  const raw: Float32Array[] = [];
  for (const [i, seconds] of SECONDS.entries()) {
    const noise = draw.values(seconds * featureSet.rate);
    const samples = noise.map((x, n) => 0.05 * x + 0.4 * Math.sin(n ** 1.05 / (12 + 9 * i)));
    raw.push((await featuresOfSamples(samples, featureSet.rate, 'a', featureSet, trimDb)).features);
  }
  const speakers = normalisation.scope === 'speaker' ? raw.map(() => 'ann') : undefined;
  return normalisedFor(normalisation, raw, featureSet.dimensions, { speakers });
}
