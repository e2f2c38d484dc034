import { ConfigError, UsageError } from '../../core/errors.js';
import { type FeatureSet, framesWithin } from '../sets/feature-set.js';

/** What the id of an external set begins with. */
const PREFIX = 'external:';
/** Its times are samples at this nominal rate. */
const RATE = 16_000;
/** The default, in milliseconds. */
export const HOP_MS = 10;

/** What the files of an external set do not say, or say only once they are read. */
export interface ExternalShape {
  /** F */
  readonly dimensions: number;
  /** From one frame to the next, in milliseconds; default 10. Rounded to 1/16 ms. */
  readonly hopMs?: number;
}

/** The name of an external set, of its id: `wavlm` of `external:wavlm`; undefined if it is none. */
export function externalName(id: string): string | undefined {
  const name = id.startsWith(PREFIX) ? id.slice(PREFIX.length) : '';
  return /^[\w.-]{1,50}$/.test(name) ? name : undefined;
}

/**
 * A set whose features other programs computed: they are read from one file per utterance, `.npy`,
 * `.safetensors` or `.csv`.
 *
 * @param id `external:NAME`
 * @throws ConfigError for a hop below 1/16 ms
 */
export function externalSet(id: string, { dimensions, hopMs = HOP_MS }: ExternalShape): FeatureSet {
  const hop = Math.round((hopMs * RATE) / 1000);
  if (!(hop >= 1)) {
    throw new ConfigError(
      `the hop of ${id} is ${hopMs} ms`,
      'Give the time from one frame to the next in milliseconds.',
    );
  }
  return {
    id,
    version: 1,
    dimensions,
    names: Array.from({ length: dimensions }, (_, i) => `feature_${i + 1}`),
    rate: RATE,
    window: hop,
    hop,
    external: true,
    frames: (samples) => framesWithin(samples, { window: hop, hop }),
    extract: (_, name) =>
      Promise.reject(
        new UsageError(
          `${name}: ${id} features cannot be computed from sound: another program does that`,
          'Give the files with the features: .npy, .safetensors or .csv.',
        ),
      ),
  };
}

/** Time from one frame to the next, in milliseconds. */
export function hopMsOf({ hop, rate }: Pick<FeatureSet, 'hop' | 'rate'>): number {
  return (1000 * hop) / rate;
}
