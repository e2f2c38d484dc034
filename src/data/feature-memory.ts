import type { Files } from '../core/files.js';
import type { NormalisationScope } from '../features/normalise.js';
import { featuresAgain, type BulkOptions, type StoredFeatures } from '../features/utterance.js';

/** Bytes of features that stay in memory by default: about 80 hours of speech. */
export const FEATURE_MEMORY = 4 * 2 ** 30;

/** How features are read, and how many stay in memory. */
export interface FeatureMemoryOptions extends BulkOptions {
  /**
   * Bytes of features that stay in memory; the rest are read from the cache when needed. Without a cache, all
   * stay in memory. Default: 4 GiB.
   */
  readonly featureMemory?: number | undefined;
}

/** Bytes left for features. */
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
  /** SHA-256 of the recording's bytes; of a copy at another speed, `@` and the speed after it. */
  readonly recording: string;
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

  /** @param speed that of a copy; default: 1, the recording itself */
  hold(path: string, utterance: StoredFeatures, speed = 1): HeldFeatures {
    const { files } = this;
    const options = { ...this.options, speed };
    const { frames, seconds, digest } = utterance;
    const which = this.#which;
    const own = utterance[which];
    const fits = this.room.take(own.byteLength);
    if (!fits && !utterance.stored) this.#tell();
    const matrix = fits || !utterance.stored ? own : undefined;
    return {
      path,
      frames,
      seconds,
      recording: speed === 1 ? digest : `${digest}@${speed}`,
      ...(matrix && { matrix }),
      read: async (wanted) => {
        if (matrix && wanted === which) return matrix;
        return (await featuresAgain(files, path, digest, options))[wanted];
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
