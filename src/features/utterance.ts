import type { Recording } from '../audio/decode.js';
import { resample } from '../audio/resample.js';
import { AudioError, FileError, messageOf, UsageError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import {
  type CachedFeatures,
  type EntryFile,
  FeatureCache,
  type FeatureVariant,
  type StoredEntry,
} from './cache.js';
import { sha256, sha256OfFloats } from './digest.js';
import { extractSet, type Features } from './extract.js';
import { externalFeatures, externalFeaturesAgain } from './external/utterance.js';
import { type Change, unlessUnchanged } from './change.js';
import { underCondition } from './conditions/conditions.js';
import { recordingFor } from './recording.js';
import type { FeatureSet } from './sets/feature-set.js';
import { defaultFeatureSet } from './sets/registry.js';
import { faster } from './speed.js';
import { unlessUntrimmed } from './trim.js';

/** The features of one recording, and its digest. */
export interface UtteranceFeatures extends Features {
  /** Length of the original recording, before resampling; of a copy at another speed, its own. */
  readonly seconds: number;
  /** SHA-256 of the file's bytes, or of the samples when they do not come from a file. */
  readonly digest: string;
}

/** Which features of a recording, and where they are stored to be found again. */
export interface FeatureOptions extends Change {
  /** Default: `prosody36`. */
  readonly featureSet?: FeatureSet;
  /** Leave out quiet frames at the beginning and end, as `keptFrames` says; default: null, keep all. */
  readonly trimDb?: number | null;
  /** The cache folder; features are stored in `features/` below it. Without it nothing is stored. */
  readonly cache?: string;
  /** Called with one line for a damaged cache entry, and for one that cannot be written. */
  readonly warn?: (line: string) => void;
}

/**
 * The features of an audio file: from the cache if it has them, else decoded, resampled,
 * computed and stored there. For an external set the file is not audio: it holds the features.
 *
 * @example
 * const { features, seconds } = await featuresOfFile(files, 'speech.wav');
 * console.log(seconds, features.length / FEATURE_COUNT);
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
  const { frames, features, normalised, seconds, digest, trim } = found;
  return { frames, features, normalised, seconds, digest, ...(trim && { trim }) };
}

/** Features of a recording that can be read again. */
export interface StoredFeatures extends UtteranceFeatures {
  /** Whether they are in the cache now. */
  readonly stored: boolean;
  /** Their file in the cache; absent where they are not there, or were read from elsewhere. */
  readonly entry?: EntryFile;
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
  if (set.external) {
    refuseSoundOptions(set, options);
    return { ...(await externalFeatures(files, path, set)), stored: true };
  }
  const cache = cacheOf(files, set, options);
  const { digest, kept, recording } = await openRecording(files, path, set, cache);
  if (kept !== undefined) return { ...kept, digest, stored: true };
  return computed(recording, digest, path, set, cache, options);
}

/** What changes the sound cannot change features that were computed before. */
function refuseSoundOptions({ id }: FeatureSet, { trimDb = null, ...change }: FeatureOptions) {
  const copied = Object.keys(unlessUnchanged(change)).length > 0;
  if (trimDb === null && !copied) return;
  throw new UsageError(
    trimDb === null
      ? `${id} features have no copies at other speeds or under conditions: the sound is not read`
      : `${id} features cannot be trimmed: the sound is not read`,
    `Drop ${trimDb === null ? 'speeds and conditions' : 'trimDb (--trim-db)'}, or do it where they are computed.`,
  );
}

function cacheOf(files: Files, set: FeatureSet, options: FeatureOptions): FeatureCache | undefined {
  const { cache, warn } = options;
  if (cache === undefined) return undefined;
  return new FeatureCache(files, cache, set, warn, variantOf(options));
}

function variantOf({ trimDb, ...change }: FeatureOptions): FeatureVariant {
  return { ...unlessUntrimmed(trimDb), ...unlessUnchanged(change) };
}

/** Computed, and kept where there is a cache. */
async function computed(
  { samples, seconds }: Recording,
  digest: string,
  path: string,
  set: FeatureSet,
  cache: FeatureCache | undefined,
  { trimDb = null, speed = 1, condition }: FeatureOptions,
): Promise<StoredFeatures> {
  const paced = await faster(samples, set.rate, speed, path);
  const own =
    condition === undefined ? paced : await underCondition(condition, paced, set.rate, digest);
  const features = { ...(await extractSet(set, own, path, trimDb)), seconds: seconds / speed };
  const entry = await cache?.put(digest, features);
  return { ...features, digest, stored: entry !== undefined, ...(entry && { entry }) };
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
    if (now === digest && recording)
      return await computed(recording, digest, path, set, kept, options);
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
  | { readonly kept: StoredEntry; readonly recording?: undefined }
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
 * @example
 * const { normalised } = await featuresOfSamples(samples, 16_000);
 * const [prediction] = await predictor.predictFeatures([normalised], { normalised: true });
 *
 * @param samples mono, [N]
 * @param rate in Hz; any rate but the set's is resampled. Default: the set's, 16000 for `prosody36`
 * @param name name of the samples, for errors
 * @param set default: `prosody36`
 * @param trimDb as in FeatureOptions
 * @throws AudioError for a rate that the resampler does not support, less than a frame of the set (25 ms), NaN
 *   or infinities; UsageError if the set returns no matrix
 */
export async function featuresOfSamples(
  samples: Float32Array,
  rate?: number,
  name = 'samples',
  set: FeatureSet = defaultFeatureSet,
  trimDb: number | null = null,
): Promise<UtteranceFeatures> {
  const own = rate ?? set.rate;
  const resampled = await resample(samples, own, set.rate, name);
  const features = await extractSet(set, resampled, name, trimDb);
  return {
    ...features,
    seconds: samples.length / own,
    digest: await sha256OfFloats(samples),
  };
}
