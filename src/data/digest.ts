import { featureIdentity } from '../features/cache.js';
import { sha256, sha256OfFloats } from '../features/digest.js';
import { byUtterance } from '../features/normalise.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import { unlessUntrimmed } from '../features/trim.js';
import type { Dataset, DatasetOrigin } from './dataset.js';

/** Prefix of a digest of recordings; one without it is of features. */
const OF_RECORDINGS = 'recordings:';

/**
 * SHA-256 of everything that training sees of a dataset: other data would train another model. It covers the
 * recordings and how features are computed from them, so no features are read; if a dataset was given features
 * directly, it covers those.
 */
export function digestOf(dataset: Dataset): Promise<string> {
  const { origin } = dataset;
  return origin === undefined ? digestOfFeatures(dataset) : digestOfRecordings(dataset, origin);
}

/** The digest of a dataset, computed like another to compare with: older ones are all of features. */
export function digestLike(dataset: Dataset, before: string): Promise<string> {
  return before.startsWith(OF_RECORDINGS) ? digestOf(dataset) : digestOfFeatures(dataset);
}

/** Digest of the features of each utterance, one in memory at a time, and of the targets. */
export async function digestOfFeatures({ lengths, read, targets }: Dataset): Promise<string> {
  const features: string[] = [];
  for (const row of lengths.keys()) {
    features.push(await sha256OfFloats(...(await read([row]))));
  }
  return sha256OfJson({ features, targets: valuesOf(targets) });
}

async function digestOfRecordings(
  { featureSet = defaultFeatureSet, trimDb, normalisation = byUtterance, targets }: Dataset,
  origin: DatasetOrigin,
): Promise<string> {
  const content = {
    ...featureIdentity(featureSet, unlessUntrimmed(trimDb)),
    normalisation,
    ...origin,
    targets: valuesOf(targets),
  };
  return OF_RECORDINGS + (await sha256OfJson(content));
}

function valuesOf(targets: Dataset['targets']): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(Object.entries(targets).map(([task, own]) => [task, [...own]]));
}

function sha256OfJson(value: unknown): Promise<string> {
  return sha256(new TextEncoder().encode(JSON.stringify(value)));
}
