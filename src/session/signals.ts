import type { Scalars } from '../graph/types.js';
import type { SignalCapacity } from '../extraction/signals.js';
import type { FeatureSet } from '../features/sets/feature-set.js';

/** The signals of some recordings as kernels read them. */
export interface PackedSignals {
  readonly size: SignalCapacity;
  readonly scalars: Scalars;
  /** (first sample, samples, first frame, frames) of each recording, [recordings, 4]; among the inputs too. */
  readonly signals: Uint32Array;
  /** `samples` [samples], `signals` [recordings, 4], `frame_places` [frames, 4]. */
  readonly inputs: Readonly<Record<string, Float32Array | Uint32Array>>;
}

/**
 * Stores signals one after the other, with the places of their frames.
 *
 * @param recordings mono at the set's rate, [N] each, at least one frame
 */
export function packSignals(
  recordings: readonly Float32Array[],
  set: Pick<FeatureSet, 'frames' | 'hop'>,
): PackedSignals {
  const counts = recordings.map(({ length }) => set.frames(length));
  const samples = new Float32Array(recordings.reduce((sum, { length }) => sum + length, 0));
  const analysed = counts.reduce((sum, count) => sum + count, 0);
  const signals = new Uint32Array(4 * recordings.length);
  const places = new Uint32Array(4 * analysed);
  let sample = 0;
  let frame = 0;
  recordings.forEach((signal, row) => {
    const count = counts[row]!;
    samples.set(signal, sample);
    signals.set([sample, signal.length, frame, count], 4 * row);
    for (let t = 0; t < count; t++, frame++) {
      places[4 * frame] = sample + t * set.hop;
      places[4 * frame + 1] = t;
      places[4 * frame + 2] = count;
      places[4 * frame + 3] = row;
    }
    sample += signal.length;
  });
  const size = { recordings: recordings.length, samples: sample, analysed };
  return {
    size,
    scalars: { ...size },
    signals,
    inputs: { samples, signals, frame_places: places },
  };
}
