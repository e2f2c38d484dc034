import type { Tensor } from '../graph/types.js';
import { prosodySpectrum } from '../kernels/features/prosody_spectrum.js';
import { prosodyTime } from '../kernels/features/prosody_time.js';
import { BINS, WINDOW } from '../features/sets/prosody36/settings.js';
import { buildTransform } from './spectrum.js';
import { dctTable, prosodyBands } from './tables.js';
import type { Signals } from './signals.js';

/** Adds `prosody36` (SPEC section 2) into the columns of `out` [frames, width] from `first` on. */
export function buildProsody36(signals: Signals, out: Tensor, first: number): void {
  const { builder, samples, levels, framePlaces: frame_places } = signals;
  const [, width = 0] = out.shape;
  const scales = signals.perFrame('prosody.scales', 2);
  builder.dispatch('prosody time', prosodyTime, {
    bindings: { samples, levels, frame_places, out, scales },
    uniforms: { rows: 'recordings', samples: 'samples', frames: 'analysed', width, first },
  });
  const { re, im, stride } = buildTransform(signals, 'prosody', { length: WINDOW, bins: BINS });
  const { bands, entries } = prosodyBands();
  builder.dispatch('prosody spectrum', prosodySpectrum, {
    bindings: {
      ...{ re, im, scales, frame_places, out },
      bands: signals.table(bands),
      entries: signals.table(entries),
      dct: signals.table(dctTable()),
    },
    uniforms: {
      ...{ frames: 'analysed', bins: stride, entries: entries.shape[0] ?? 0 },
      ...{ width, first },
    },
  });
}
