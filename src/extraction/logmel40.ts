import type { Tensor } from '../graph/types.js';
import { logMel } from '../kernels/features/log_mel.js';
import { BANDS } from '../features/sets/voice20/mel.js';
import { melBands } from './tables.js';
import { hannTransform } from './voice20.js';
import type { Signals } from './signals.js';

/** Adds `logmel40` (SPEC section 5) into the columns of `out` [frames, width] from `first` on. */
export function buildLogmel40(signals: Signals, out: Tensor, first: number): void {
  const { re, im, stride } = hannTransform(signals);
  const { bands, entries } = melBands();
  signals.builder.dispatch('log mel', logMel, {
    bindings: { re, im, out, bands: signals.table(bands), entries: signals.table(entries) },
    uniforms: {
      ...{ frames: 'analysed', bins: stride, count: BANDS, entries: entries.shape[0] ?? 0 },
      ...{ width: out.shape[1] ?? 0, first },
    },
  });
}
