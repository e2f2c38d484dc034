import type { Recording } from '../audio/decode.js';
import { resample } from '../audio/resample.js';
import { AudioError, FileError, messageOf } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { type CachedFeatures, FeatureCache } from './cache.js';
import { sha256, sha256OfFloats } from './digest.js';
import { extractSet, type Features } from './extract.js';
import { externalFeatures, externalFeaturesAgain } from './external/utterance.js';
import { recordingFor } from './recording.js';
import type { FeatureSet } from './sets/feature-set.js';
import { defaultFeatureSet } from './sets/registry.js';

/** The features of one recording, and its digest. */
export interface UtteranceFeatures extends Features {
  /** Length of the original recording, before resampling. */
  readonly seconds: number;
  /** SHA-256 of the file's bytes, or of the samples when they do not come from a file. */
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
 * computed and stored there. For an external set the file is not audio: it holds the features.
 *
 * @throws FileError if the file cannot be read; FormatError if it does not hold features of the external set; AudioError if it is not a usable recording, or
 *   shorter than a frame; UsageError if the set returns no matrix; WriteError if the cache cannot be
 *   written and there is no `warn`
 */
export async function featuresOfFile(
  files: Files,
  path: string,
  options: FeatureOptions = {},
): Promise<UtteranceFeatures> {
  const found = await storedFeaturesOfFile(files, path, options);
  const { frames, features, normalised, seconds, digest } = found;
  return { frames, features, normalised, seconds, digest };
}

/** Features of a recording that can be read again. */
export interface StoredFeatures extends UtteranceFeatures {
  /** Whether they are in the cache now. */
  readonly stored: boolean;
}

/**
 * `featuresOfFile`, with whether the cache has them.
 *
 * @throws as featuresOfFile
 */
export async function storedFeaturesOfFile(
  files: Files,
  path: string,
  options: FeatureOptions = {},
): Promise<StoredFeatures> {
  const { featureSet: set = defaultFeatureSet } = options;
  if (set.external) return { ...(await externalFeatures(files, path, set)), stored: true };
  const cache = cacheOf(files, set, options);
  const { digest, kept, recording } = await openRecording(files, path, set, cache);
  if (kept !== undefined) return { ...kept, digest, stored: true };
  return computed(recording, digest, path, set, cache);
}

function cacheOf(
  files: Files,
  set: FeatureSet,
  { cache, warn }: FeatureOptions,
): FeatureCache | undefined {
  return cache === undefined ? undefined : new FeatureCache(files, cache, set, warn);
}

/** Computed, and kept where there is a cache. */
async function computed(
  { samples, seconds }: Recording,
  digest: string,
  path: string,
  set: FeatureSet,
  cache: FeatureCache | undefined,
): Promise<StoredFeatures> {
  const features = { ...(await extractSet(set, samples, path)), seconds };
  const stored = (await cache?.put(digest, features)) ?? false;
  return { ...features, digest, stored };
}

/**
 * The features of a recording that were computed before: the cache's, without a look at the recording, or
 * where it has them no longer, or damaged, computed once more and kept there.
 *
 * @param digest SHA-256 of the recording's bytes when it was read first
 * @throws FileError where the recording cannot be read any more, or is another; WriteError as featuresOfFile
 */
export async function featuresAgain(
  files: Files,
  path: string,
  digest: string,
  options: FeatureOptions = {},
): Promise<CachedFeatures> {
  const { cache, featureSet: set = defaultFeatureSet } = options;
  if (set.external) return externalFeaturesAgain(files, path, digest, set);
  const kept = cacheOf(files, set, options);
  const found = await kept?.get(digest, true);
  if (found !== undefined) return found;
  let problem = 'the recording is not the one that was read before';
  try {
    const { digest: now, recording } = await openRecording(files, path, set);
    if (now === digest && recording) return await computed(recording, digest, path, set, kept);
  } catch (error) {
    if (!(error instanceof FileError || error instanceof AudioError)) throw error;
    problem = messageOf(error);
  }
  const lost = kept === undefined ? '' : `they are not in the cache ${cache} any more, and `;
  throw new FileError(
    `cannot read the features of ${path} again: ${lost}${problem}`,
    'Put the recording back as it was; a run that this ended goes on with --resume.',
  );
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
  cache?: FeatureCache,
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
