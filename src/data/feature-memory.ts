import type { Files } from '../core/files.js';
import { type Change, changeKey } from '../features/change.js';
import type { NormalisationScope } from '../features/normalise.js';
import { ownMoments, type SpeakerMoments } from '../features/speaker-moments.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import { placeOf, readPlace } from '../features/matrix-place.js';
import { featuresAgain, type StoredFeatures } from '../features/utterance.js';
import type { BulkOptions } from '../features/workers/bulk.js';

/**
 * Bytes of features that stay in memory by default: two and a half hours of speech. Others are read from the cache.
 *
 * @example
 * const data = await loadTrainingData(files, source, { featureMemory: 4 * FEATURE_MEMORY });
 */
export const FEATURE_MEMORY = 128 * 2 ** 20;

/** How features are read, and how many stay in memory. */
export interface FeatureMemoryOptions extends BulkOptions {
  /**
   * Bytes of features that stay in memory; the rest are read from the cache when needed. Without a cache, all
   * stay in memory. Default: 128 MiB.
   */
  readonly featureMemory?: number | undefined;
  /** Compute each recording's functionals as well, for a model that takes them. Default: no. */
  readonly functionals?: boolean | undefined;
}

/**
 * Bytes left for features.
 *
 * @example
 * const { room }: { room: Room } = await loadCorpus(files, source);
 * console.log(room.take(2 ** 20) ? 'a megabyte more fits' : 'full');
 */
export class Room {
  constructor(private left: number) {}

  /** Reserves so many bytes; false if they do not fit. */
  take(bytes: number): boolean {
    if (bytes > this.left) return false;
    this.left -= bytes;
    return true;
  }

  /** A copy of it, for features that are freed before others are loaded. */
  fork(): Room {
    return new Room(this.left);
  }
}

/** The features of one utterance, which stay in memory or are read when needed. */
export interface HeldFeatures {
  readonly path: string;
  /** T */
  readonly frames: number;
  readonly seconds: number;
  /** SHA-256 of the recording's bytes; of a copy, `@` and its speed or condition after it. */
  readonly recording: string;
  /**
   * Unless features are normalised over the utterance: the moments of the raw ones of this recording, which stay in
   * memory; with those of its functionals if they were asked for.
   */
  readonly moments?: SpeakerMoments;
  /** What stays in memory, [T, F]: normalised if the scope is `utterance`, else raw. */
  readonly matrix?: Float32Array;
  /**
   * Features, raw or normalised over the utterance, [T, F]: from memory, else from the cache, else computed
   * from the recording again.
   *
   * @throws like featuresAgain
   */
  readonly read: (which: 'features' | 'normalised') => Promise<Float32Array>;
}

/** Holds the features of a corpus: in memory while they fit, then in the cache's files. */
export class FeatureMemory {
  readonly room: Room;
  readonly #which: 'features' | 'normalised';
  #told = false;

  /** @param scope that they will be normalised over */
  constructor(
    private readonly files: Files,
    scope: NormalisationScope,
    private readonly options: FeatureMemoryOptions,
  ) {
    this.room = new Room(options.featureMemory ?? FEATURE_MEMORY);
    this.#which = scope === 'utterance' ? 'normalised' : 'features';
  }

  /**
   * @param own `change` of a copy; default: none, the recording itself. `file`: where they are read again; default:
   *   the recording at `path`
   */
  hold(
    path: string,
    utterance: StoredFeatures,
    { change = {}, file = path }: { readonly change?: Change; readonly file?: string } = {},
  ): HeldFeatures {
    const { files } = this;
    const options = { ...this.options, ...change };
    const { frames, seconds, digest } = utterance;
    const which = this.#which;
    const own = utterance[which];
    const fits = this.room.take(own.byteLength);
    if (!fits && !utterance.stored) this.#tell();
    const matrix = fits || !utterance.stored ? own : undefined;
    const place =
      matrix === undefined && utterance.entry && files.readRange
        ? placeOf(utterance.entry, which, own)
        : undefined;
    const { featureSet: { dimensions } = defaultFeatureSet, functionals = false } = options;
    return {
      path,
      frames,
      seconds,
      recording: `${digest}${changeKey(change)}`,
      ...(which === 'features' && {
        moments: ownMoments(utterance.features, dimensions, functionals),
      }),
      ...(matrix && { matrix }),
      read: async (wanted) => {
        if (matrix && wanted === which) return matrix;
        const again = place && wanted === which ? await readPlace(files, place) : undefined;
        if (again) return again;
        return (await featuresAgain(files, file, digest, options))[wanted];
      },
    };
  }

  /** Only once: it applies to all that follow. */
  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    const { cache, featureMemory = FEATURE_MEMORY, warn } = this.options;
    const why =
      cache === undefined ? 'there is no cache to read them from' : `${cache} does not keep them`;
    warn?.(`features take more than ${featureMemory} bytes of memory: ${why}`);
  }
}
