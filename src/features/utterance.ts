import type { Recording } from '../audio/decode.js';
import { resample } from '../audio/resample.js';
import type { Files } from '../core/files.js';
import { type CachedFeatures, FeatureCache } from './cache.js';
import { sha256, sha256OfFloats } from './digest.js';
import { extractSet, type Features } from './extract.js';
import { recordingFor } from './recording.js';
import type { FeatureSet } from './sets/feature-set.js';
import { defaultFeatureSet } from './sets/registry.js';

/** The features of one recording, and its digest. */
export interface UtteranceFeatures extends Features {
  /** Length of the original recording, before resampling. */
  readonly seconds: number;
  /** SHA-256 of the file's bytes, or of the samples if there is no file. */
  readonly digest: string;
}

export interface FeatureOptions {
  /** Default: `prosody36`. */
  readonly featureSet?: FeatureSet;
  /** The cache folder; features are stored in `features/` below it. Without it nothing is stored. */
  readonly cache?: string;
  /** Called with one line for a damaged cache entry, and for one that cannot be written. */
  readonly warn?: (line: string) => void;
}

export interface BulkOptions extends FeatureOptions {
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The features of an audio file: from the cache if it has them, else decoded, resampled,
 * computed and stored there.
 *
 * @throws FileError if the file cannot be read; AudioError if it is not a usable recording, or
 *   shorter than a frame; UsageError if the set returns no matrix; WriteError if the cache cannot be
 *   written and there is no `warn`
 */
export async function featuresOfFile(
  files: Files,
  path: string,
  options: FeatureOptions = {},
): Promise<UtteranceFeatures> {
  const { featureSet: set = defaultFeatureSet, cache: folder, warn } = options;
  const cache = folder === undefined ? undefined : new FeatureCache(files, folder, set, warn);
  const { digest, kept, recording } = await openRecording(files, path, set, cache);
  if (kept !== undefined) return { ...kept, digest };
  const { samples, seconds } = recording;
  const computed = { ...(await extractSet(set, samples, path)), seconds };
  await cache?.put(digest, computed);
  return { ...computed, digest };
}

type Opened = { readonly digest: string } & (
  | { readonly kept: CachedFeatures; readonly recording?: undefined }
  | { readonly kept?: undefined; readonly recording: Recording }
);

/** Separate, so that the bytes of the file can be freed while features are computed. */
async function openRecording(
  files: Files,
  path: string,
  set: FeatureSet,
  cache: FeatureCache | undefined,
): Promise<Opened> {
  const bytes = await files.read(path);
  const digest = await sha256(bytes);
  const kept = await cache?.get(digest);
  if (kept !== undefined) return { digest, kept };
  return { digest, recording: await recordingFor(set, bytes, path) };
}

/**
 * The features of samples in memory.
 *
 * @param samples mono, [N]
 * @param rate in Hz; any rate but the set's is resampled. Default: the set's, 16000 for `prosody36`
 * @param name name of the samples, for errors
 * @param set default: `prosody36`
 * @throws AudioError for a rate that the resampler does not support, less than a frame of the set (25 ms), NaN
 *   or infinities; UsageError if the set returns no matrix
 */
export async function featuresOfSamples(
  samples: Float32Array,
  rate?: number,
  name = 'samples',
  set: FeatureSet = defaultFeatureSet,
): Promise<UtteranceFeatures> {
  const own = rate ?? set.rate;
  const features = await extractSet(set, await resample(samples, own, set.rate, name), name);
  return {
    ...features,
    seconds: samples.length / own,
    digest: await sha256OfFloats(samples),
  };
}

/**
 * `featuresOfFile` for many files, one after the other; stops at the first that fails.
 *
 * @param take what to keep of each, so that a corpus is not in memory twice
 * @returns the results of `take`, in the order of `paths`
 */
export async function mapFeatures<R>(
  files: Files,
  paths: readonly string[],
  take: (utterance: UtteranceFeatures, path: string) => R,
  options: BulkOptions = {},
): Promise<R[]> {
  const taken: R[] = [];
  for (const path of paths) {
    taken.push(take(await featuresOfFile(files, path, options), path));
    options.onProgress?.(taken.length, paths.length);
  }
  return taken;
}
