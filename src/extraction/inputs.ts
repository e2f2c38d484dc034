import { functionalCount } from '../core/functionals.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import type { Tensor } from '../graph/types.js';
import { pad4 } from '../kernels/descriptor.js';
import { frameStatistics } from '../kernels/features/frame_statistics.js';
import { normaliseRows } from '../kernels/features/normalise_rows.js';
import { functionals } from '../kernels/frames/functionals.js';
import type { ComputedInputs, NetworkContext } from '../network/context.js';
import { buildFeatures } from './sets.js';
import type { Signals } from './signals.js';

/** Names of the inputs and scalars of `buildInputs`. */
export const inputNames = {
  /** Scalar: spans that are normalised together. */
  spans: 'spans',
  /** Scalar: weight of a span's own moments against what is known, 0 to 1. */
  share: 'own_share',
  /** (first frame, frames) of each span among all frames, [spans, 2]. */
  frames: 'span_frames',
  /** (first row, 1) of each span's functionals, [spans, 2]. */
  functionals: 'span_functionals',
  /** (first frame, span) of each utterance, [utterances, 2]. */
  sources: 'frame_sources',
  /** (span, span) of each utterance, [utterances, 2]. */
  functionalSources: 'functional_sources',
  /** Known means and variances of each span's features, [spans, padded F]. */
  means: 'known_means',
  variances: 'known_variances',
  /** The same of its functionals, [spans, padded 8F + 1]. */
  functionalMeans: 'known_functional_means',
  functionalVariances: 'known_functional_variances',
} as const;

/**
 * Adds the passes from signals to what the network takes: features, normalised over spans of frames or by what is known of
 * the speaker, and their functionals where the model takes those.
 *
 * @param spans capacity in spans
 */
export function buildInputs(
  net: NetworkContext,
  signals: Signals,
  set: FeatureSet,
  spans: number,
): ComputedInputs {
  const { builder, model, capacity } = net;
  const raw = buildFeatures(signals, set);
  const width = pad4(set.dimensions);
  const ofSpans = builder.tensor(inputNames.frames, [spans, 2], 'input', 'u32');
  const normalised = (name: string, own: Normalised): Tensor => {
    const known = (which: string) => builder.tensor(which, [spans, own.width], 'input');
    const statistics = builder.tensor(`${name}.statistics`, [spans, own.width, 2]);
    builder.dispatch(`${name} statistics`, frameStatistics, {
      bindings: {
        values: own.values,
        spans: own.spans,
        known_means: known(own.means),
        known_variances: known(own.variances),
        statistics,
      },
      uniforms: {
        ...{ rows: inputNames.spans, frames: own.rows, width: own.width },
        share: inputNames.share,
      },
    });
    const out = builder.tensor(name, [own.capacity, own.width]);
    const { positions } = own;
    builder.dispatch(`${name} normalise`, normaliseRows, {
      bindings: {
        ...{ values: own.values, statistics, positions, out },
        sources: builder.tensor(own.sources, [capacity.utterances, 2], 'input', 'u32'),
      },
      uniforms: {
        ...{ rows: 'utterances', frames: own.rows, spans: inputNames.spans },
        ...{ out_rows: own.over, width: own.width },
      },
    });
    return out;
  };
  const time = net.time(0);
  const features = normalised('features', {
    ...{ values: raw, width, rows: 'analysed', spans: ofSpans },
    ...{ means: inputNames.means, variances: inputNames.variances, sources: inputNames.sources },
    ...{ positions: time.positions, over: time.steps, capacity: time.capacity },
  });
  if (model.functionals?.scope !== 'functionals') return { features };

  const count = pad4(functionalCount(set.dimensions));
  const values = builder.tensor('functionals.raw', [spans, count]);
  builder.dispatch('functionals', functionals, {
    bindings: { features: raw, sequences: ofSpans, out: values },
    uniforms: {
      ...{ rows: inputNames.spans, frames: 'analysed', width },
      ...{ dimensions: set.dimensions, out_width: count },
    },
  });
  const one = builder.tensor(inputNames.functionals, [spans, 2], 'input', 'u32');
  return {
    features,
    functionals: normalised('functionals', {
      ...{ values, width: count, rows: inputNames.spans, spans: one },
      ...{ means: inputNames.functionalMeans, variances: inputNames.functionalVariances },
      sources: inputNames.functionalSources,
      ...{ positions: net.rowPositions, over: 'utterances', capacity: capacity.utterances },
    }),
  };
}

/** Rows that are normalised. */
interface Normalised {
  /** [rows, width] */
  readonly values: Tensor;
  readonly width: number;
  /** The scalar that counts them. */
  readonly rows: string;
  readonly spans: Tensor;
  /** Names of inputs. */
  readonly means: string;
  readonly variances: string;
  readonly sources: string;
  /** (utterance, step, steps, row) of each row of the result. */
  readonly positions: Tensor;
  /** The scalar that counts these, and how many there are at most. */
  readonly over: string;
  readonly capacity: number;
}
