import type { Tensor } from '../graph/types.js';
import { voiceAutocorrelation } from '../kernels/features/voice_autocorrelation.js';
import { voiceContour } from '../kernels/features/voice_contour.js';
import { voiceMiddle } from '../kernels/features/voice_middle.js';
import { voicePeaks } from '../kernels/features/voice_peaks.js';
import { voiceSpectrum } from '../kernels/features/voice_spectrum.js';
import { BINS, FFT, WIDE } from '../features/sets/voice20/settings.js';
import { buildTransform, type Transform } from './spectrum.js';
import type { Signals } from './signals.js';
import {
  dctTable,
  LAGS,
  octavesTable,
  voiceBands,
  wideWindowTable,
  windowScalesTable,
} from './tables.js';

/** Adds `voice20` (SPEC section 5) into the columns of `out` [frames, width] from `first` on. */
export function buildVoice20(signals: Signals, out: Tensor, first: number): void {
  const contour = buildPitch(signals);
  const { re, im, stride } = hannTransform(signals);
  const { bands, entries } = voiceBands();
  const [, width = 0] = out.shape;
  signals.builder.dispatch('voice spectrum', voiceSpectrum, {
    bindings: {
      ...{ re, im, contour, frame_places: signals.framePlaces, out },
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

/** The transforms of Hann-windowed frames. */
export function hannTransform(signals: Signals): Transform {
  return buildTransform(signals, 'voice', { length: FFT, bins: BINS, windowed: true });
}

/** Adds pitch and level in two passes over the autocorrelation: [frames] (semitones, voiced, height, level). */
function buildPitch(signals: Signals): Tensor {
  const { builder, samples, levels, signals: places, framePlaces: frame_places } = signals;
  const r = signals.perFrame('voice.autocorrelation', LAGS);
  const decibels = signals.perFrame('voice.level');
  builder.dispatch('voice autocorrelation', voiceAutocorrelation, {
    bindings: {
      ...{ samples, levels, signals: places, frame_places, r, decibels },
      window: signals.table(wideWindowTable()),
      scales: signals.table(windowScalesTable()),
    },
    uniforms: {
      ...{ rows: 'recordings', samples: 'samples', frames: 'analysed' },
      ...{ wide: WIDE, lags: LAGS },
    },
  });
  const table = octavesTable();
  const octaves = signals.table(table);
  const count = table.data.length;
  const rows = { rows: 'recordings', frames: 'analysed' } as const;
  const found = signals.perFrame('voice.first', 4);
  builder.dispatch('voice peaks', voicePeaks, {
    bindings: { r, decibels, octaves, pitch: found },
    uniforms: { ...rows, lags: LAGS, count },
  });
  const middles = builder.tensor('voice.middles', [signals.capacity.recordings, 4]);
  builder.dispatch('voice middle', voiceMiddle, {
    bindings: { pitch: found, octaves, signals: places, middles },
    uniforms: { ...rows, count },
  });
  const pitch = signals.perFrame('voice.pitch', 4);
  builder.dispatch('voice peaks again', voicePeaks, {
    bindings: { r, decibels, octaves, frame_places, middles, pitch },
    uniforms: { ...rows, lags: LAGS, count },
    defines: { SECOND: 1 },
  });
  const contour = signals.perFrame('voice.contour', 4);
  builder.dispatch('voice contour', voiceContour, {
    bindings: { pitch, middles, signals: places, contour },
    uniforms: rows,
  });
  return contour;
}
