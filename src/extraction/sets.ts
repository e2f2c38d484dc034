import type { Tensor } from '../graph/types.js';
import { pad4 } from '../kernels/descriptor.js';
import { deltas } from '../kernels/features/deltas.js';
import { DELTA } from '../features/sets/delta.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { FEATURE_COUNT } from '../features/sets/prosody36/settings.js';
import { buildLogmel40 } from './logmel40.js';
import { buildProsody36 } from './prosody36.js';
import type { Signals } from './signals.js';
import { buildVoice20 } from './voice20.js';

/** Adds the passes of a feature set, into the columns of `out` [frames, width] from `first` on. */
type BuildSet = (signals: Signals, out: Tensor, first: number) => void;

/** Sets that the GPU computes: without deltas, by id. */
const builders: Readonly<Record<string, BuildSet>> = {
  prosody36: buildProsody36,
  voice20: buildVoice20,
  voice56: (signals, out, first) => {
    buildProsody36(signals, out, first);
    buildVoice20(signals, out, first + FEATURE_COUNT);
  },
  logmel40: buildLogmel40,
};

/**
 * Why the GPU does not compute a set; undefined if it does. A set that a program registers computes its features in
 * JavaScript, and those of an external one come from files.
 */
export function extractionProblem({ id, external }: FeatureSet): string | undefined {
  if (builderOf(id)) return undefined;
  return external
    ? `${id} features are read from files`
    : `${id} has no GPU kernels: its extract runs on the CPU`;
}

/**
 * Adds the passes from signals to the raw features of a set, [frames, padded F].
 *
 * @param set one without an `extractionProblem`
 * @param kind whether the host reads them
 */
export function buildFeatures(
  signals: Signals,
  { id, dimensions }: FeatureSet,
  kind: 'transient' | 'output' = 'transient',
): Tensor {
  const build = builderOf(id);
  if (build === undefined) throw new RangeError(`${id} has no GPU kernels`);
  const width = pad4(dimensions);
  const out = signals.perFrame('features.raw', width, kind);
  build(signals, out, 0);
  if (id.endsWith(DELTA)) {
    signals.builder.dispatch('deltas', deltas, {
      bindings: { frame_places: signals.framePlaces, out },
      uniforms: { frames: 'analysed', width, columns: dimensions / 2 },
    });
  }
  return out;
}

function builderOf(id: string): BuildSet | undefined {
  const base = id.endsWith(DELTA) ? id.slice(0, -DELTA.length) : id;
  return Object.hasOwn(builders, base) ? builders[base] : undefined;
}
