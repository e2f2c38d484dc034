import { beforeAll, describe, expect, it } from 'vitest';
import {
  dctTable,
  octavesTable,
  prosodyBands,
  voiceBands,
  melBands,
  wideWindowTable,
  windowScalesTable,
} from '../../src/extraction/tables.js';
import { hann } from '../../src/features/hann.js';
import { deltasOf } from '../../src/features/sets/delta.js';
import { logmel40 } from '../../src/features/sets/logmel40/set.js';
import { prosodyRows } from '../../src/features/sets/prosody36/rows.js';
import { voiceRows } from '../../src/features/sets/voice20/rows.js';
import { addParts } from '../../src/kernels/features/add_parts.js';
import { deltas } from '../../src/kernels/features/deltas.js';
import { foldFrames } from '../../src/kernels/features/fold_frames.js';
import { frameStatistics } from '../../src/kernels/features/frame_statistics.js';
import { logMel } from '../../src/kernels/features/log_mel.js';
import { normaliseRows } from '../../src/kernels/features/normalise_rows.js';
import { prosodySpectrum } from '../../src/kernels/features/prosody_spectrum.js';
import { prosodyTime } from '../../src/kernels/features/prosody_time.js';
import { signalLevels } from '../../src/kernels/features/signal_levels.js';
import { voiceAutocorrelation } from '../../src/kernels/features/voice_autocorrelation.js';
import { voiceContour } from '../../src/kernels/features/voice_contour.js';
import { voiceMiddle } from '../../src/kernels/features/voice_middle.js';
import { voicePeaks } from '../../src/kernels/features/voice_peaks.js';
import { voiceSpectrum } from '../../src/kernels/features/voice_spectrum.js';
import { packSignals, type PackedSignals } from '../../src/session/signals.js';
import { testGpu } from '../support/gpu.js';
import { Draw, expectClose, runKernel, type KernelRun } from '../support/kernel.js';
import type { KernelDescriptor } from '../../src/kernels/descriptor.js';

const HOP = 160;
const set = logmel40;

/** A voice with an offset, a pause that is digitally silent, and noise; each recording another one. */
function voice(draw: Draw, frames: number, pitch: number, level: number): Float32Array {
  const samples = new Float32Array((frames - 1) * HOP + 400 + draw.size(0, HOP - 1));
  for (let n = 0; n < samples.length; n++) {
    const phase = (2 * Math.PI * n * pitch * (1 + n / samples.length / 4)) / 16_000;
    const tone = Math.sin(phase) + Math.sin(2 * phase + 1) / 2 + Math.sin(9 * phase) / 5;
    const x = n > 2000 && n < 3200 ? 0 : tone + 0.02 * draw.random.normal();
    samples[n] = Math.round(32_768 * level * (0.1 + x / 2)) / 32_768;
  }
  return samples;
}

const draw = new Draw('signals');
const recordings = [voice(draw, 33, 110, 0.5), voice(draw, 1, 200, 0.9), voice(draw, 7, 240, 0.03)];
const { inputs, size, signals: packed }: PackedSignals = packSignals(recordings, set);
const { samples, signals, frame_places } = inputs;
const rows = size.recordings;
const T = size.analysed;
const given = { samples: samples!, signals: signals!, frame_places: frame_places! };

/** In float64: the signal without its mean. */
const centred = recordings.map((own) => {
  const mean = own.reduce((sum, x) => sum + x, 0) / own.length;
  return Float64Array.from(own, (x) => x - mean);
});
const peaks = centred.map((own) => own.reduce((most, x) => Math.max(most, Math.abs(x)), 0));
const levels = new Float32Array(
  recordings.flatMap((own, row) => {
    const mean = own.reduce((sum, x) => sum + x, 0) / own.length;
    const first = Math.fround(mean);
    const most = Math.max(...own.map(Math.abs));
    return [first, mean - first, 1 / (peaks[row]! + 1e-10), 2 ** Math.ceil(Math.log2(most))];
  }),
);

/** Of every frame: its row, and where it starts in the row's signal. */
const places = recordings.flatMap((_, row) =>
  Array.from({ length: packed[4 * row + 3]! }, (_, t) => ({ row, at: t * HOP })),
);

/** Of all recordings, one after the other. */
const rowsOf = (of: (samples: Float32Array) => Float64Array): number[] =>
  recordings.flatMap((own) => [...of(own)]);
const columnOf = (matrix: ArrayLike<number>, width: number, column: number): number[] =>
  Array.from({ length: matrix.length / width }, (_, t) => matrix[t * width + column]!);

/** Transforms of all frames with time counted from their middle, [T, stride] each. */
function transforms(length: number, bins: number, stride: number, window: Float64Array) {
  const re = new Float32Array(T * stride);
  const im = new Float32Array(T * stride);
  places.forEach(({ row, at }, t) => {
    for (let k = 0; k < bins; k++) {
      let [real, imaginary] = [0, 0];
      for (let n = 0; n < 400; n++) {
        const angle = (-2 * Math.PI * k * (n - 199.5)) / length;
        const x = centred[row]![at + n]! * window[n]!;
        real += x * Math.cos(angle);
        imaginary += x * Math.sin(angle);
      }
      re[t * stride + k] = real;
      im[t * stride + k] = imaginary;
    }
  });
  return { re, im };
}

const run = async (kernel: KernelDescriptor, own: KernelRun) =>
  runKernel(await testGpu(), kernel, own);
const tables = ({ bands, entries }: ReturnType<typeof prosodyBands>) => ({
  bands: bands.data,
  entries: entries.data,
});
const prosody = rowsOf((own) => prosodyRows(own, 'x'));
const voiceFeatures = rowsOf((own) => voiceRows(own, 'x'));

/** Columns of 40 with others around them, which a kernel must leave alone. */
function expectColumns(
  got: Float32Array | undefined,
  width: number,
  expected: readonly number[],
  F: number,
  columns: readonly number[],
  tolerance = 2e-5,
): void {
  for (const column of columns) {
    expectClose(
      columnOf(got ?? [], width, column + 2),
      columnOf(expected, F, column),
      tolerance,
      `column ${column}`,
    );
  }
}
const range = (from: number, past: number): number[] =>
  Array.from({ length: past - from }, (_, i) => from + i);

describe('signals', () => {
  it('signal_levels: mean in two parts, peak and size', async () => {
    const { levels: got } = await run(signalLevels, {
      uniforms: { rows, samples: size.samples },
      buffers: { samples: given.samples, signals: given.signals, levels: 4 * rows },
    });
    recordings.forEach((own, row) => {
      const [mean = NaN, rest = NaN, scale = NaN, most = NaN] = got!.subarray(4 * row);
      const expected = own.reduce((sum, x) => sum + x, 0) / own.length;
      expect(Math.abs(mean + rest - expected)).toBeLessThan(1e-9 * most);
      expect(Math.abs(scale * (peaks[row]! + 1e-10) - 1)).toBeLessThan(1e-6);
      expect(most).toBe(levels[4 * row + 3]);
    });
  });

  it('fold_frames: parts that add up, the coarse ones multiples of 1/128', async () => {
    const count = T * 200;
    const got = await run(foldFrames, {
      uniforms: { rows, samples: size.samples, frames: T, half: 200 },
      buffers: {
        ...{ samples: given.samples, levels, frame_places: given.frame_places },
        ...{ even: count, even_fine: count, odd: count, odd_fine: count },
      },
    });
    for (const [name, sign] of [
      ['even', 1],
      ['odd', -1],
    ] as const) {
      const [coarse, fine] = [got[name]!, got[`${name}_fine`]!];
      const expected = places.flatMap(({ row, at }) =>
        range(0, 200).map(
          (m) => centred[row]![at + 200 + m]! + sign * centred[row]![at + 199 - m]!,
        ),
      );
      expectClose(
        coarse.map((x, i) => x + fine[i]!),
        expected,
        1e-6,
        name,
      );
      const steps = coarse.map(
        (x, i) => (128 * x) / levels[4 * places[Math.floor(i / 200)]!.row + 3]!,
      );
      expect(steps.every(Number.isInteger)).toBe(true);
    }
  });
});

describe('prosody36', () => {
  const width = 40;
  let scales: Float32Array;
  beforeAll(() => {
    scales = new Float32Array(
      places.flatMap(({ row, at }) => {
        const frame = recordings[row]!.subarray(at, at + 400);
        return [1 / peaks[row]!, frame.every((x) => x === frame[0]) ? 1 : 0];
      }),
    );
  });

  it('prosody_time: five columns, and what the spectrum is multiplied by', async () => {
    const { out, scales: got } = await run(prosodyTime, {
      uniforms: { rows, samples: size.samples, frames: T, width, first: 2 },
      buffers: { ...given, levels, out: T * width, scales: 2 * T },
    });
    expectColumns(out, width, prosody, 36, [0, 1, 2]);
    expectColumns(out, width, prosody, 36, [34, 35], 1e-3);
    expectClose(got, scales, 1e-6);
    expect(columnOf(scales, 2, 1)).toContain(1);
  });

  it('prosody_spectrum: 31 columns', async () => {
    const { re, im } = transforms(400, 200, 200, new Float64Array(400).fill(1));
    const { bands, entries } = tables(prosodyBands());
    const { out } = await run(prosodySpectrum, {
      uniforms: { frames: T, bins: 200, entries: entries.length / 2, width, first: 2 },
      buffers: {
        ...{ re, im, scales, frame_places: given.frame_places, bands, entries },
        ...{ dct: dctTable().data, out: T * width },
      },
    });
    expectColumns(out, width, prosody, 36, range(3, 34));
  });
});

describe('voice20', () => {
  const LAGS = 240;
  const octaves = octavesTable().data as Float32Array;
  const count = octaves.length;
  const wide = hann(640);
  let r: Float32Array;
  let decibels: Float32Array;

  beforeAll(() => {
    const own = (lag: number): number =>
      wide.reduce((sum, w, n) => sum + w * (wide[n + lag] ?? 0), 0);
    const ofWindow = range(0, 238).map((i) => own(31 + i) / own(0));
    const all = places.map(({ row, at }) => {
      const x = wide.map((w, n) => w * (centred[row]![at - 120 + n] ?? 0));
      const energy = x.reduce((sum, y) => sum + y * y, 1e-9);
      const correlation = ofWindow.map(
        (w, i) => x.reduce((sum, y, n) => sum + y * (x[n + 31 + i] ?? 0), 0) / energy / w,
      );
      return { correlation, level: 10 * Math.log10(energy / 640 + 1e-10) };
    });
    r = new Float32Array(all.flatMap(({ correlation }) => [...correlation, 0, 0]));
    decibels = new Float32Array(all.map(({ level }) => level));
  });

  it('voice_autocorrelation', async () => {
    const got = await run(voiceAutocorrelation, {
      uniforms: { rows, samples: size.samples, frames: T, wide: 640, lags: LAGS },
      buffers: {
        ...{ ...given, levels, r: T * LAGS, decibels: T },
        ...{ window: wideWindowTable().data, scales: windowScalesTable().data },
      },
    });
    expectClose(got['r'], r, 2e-5, 'r');
    expectClose(got['decibels'], decibels, 2e-6, 'level');
  });

  it('voice_peaks, voice_middle and voice_contour: the pitch of both passes', async () => {
    const uniforms = { rows, frames: T, lags: LAGS, count };
    const first = await run(voicePeaks, {
      uniforms,
      buffers: { r, decibels, octaves, pitch: 4 * T },
    });
    const { middles } = await run(voiceMiddle, {
      uniforms,
      buffers: { pitch: first['pitch']!, octaves, signals: given.signals, middles: 4 * rows },
    });
    // the first recording has more than five voiced frames, the second has one frame
    expect(columnOf(middles!, 4, 2)).toEqual([1, 0, expect.any(Number)]);
    const loudest = Math.max(...decibels.subarray(0, packed[3]));
    expect(middles![0]).toBeCloseTo(loudest - 35, 4);
    const second = await run(voicePeaks, {
      uniforms,
      defines: { SECOND: 1 },
      buffers: {
        ...{ r, decibels, octaves, middles: middles!, frame_places: given.frame_places },
        pitch: 4 * T,
      },
    });
    const { contour } = await run(voiceContour, {
      uniforms,
      buffers: {
        ...{ pitch: second['pitch']!, middles: middles!, signals: given.signals },
        contour: 4 * T,
      },
    });
    [0, 1, 2, 4].forEach((column, i) =>
      expectClose(columnOf(contour!, 4, i), columnOf(voiceFeatures, 20, column), 1e-5, `${column}`),
    );
  });

  it('voice_spectrum and log_mel: all columns from contour and spectrum', async () => {
    const { re, im } = transforms(512, 257, 260, hann(400));
    const contour = new Float32Array(
      range(0, T).flatMap((t) => [0, 1, 2, 4].map((column) => voiceFeatures[20 * t + column]!)),
    );
    const width = 24;
    const { bands, entries } = tables(voiceBands());
    const { out } = await run(voiceSpectrum, {
      uniforms: { frames: T, bins: 260, entries: entries.length / 2, width, first: 2 },
      buffers: {
        ...{ re, im, contour, frame_places: given.frame_places, bands, entries },
        ...{ dct: dctTable().data, out: T * width },
      },
    });
    expectColumns(out, width, voiceFeatures, 20, range(0, 20), 5e-5);

    const mel = tables(melBands());
    const logs = await run(logMel, {
      uniforms: {
        ...{ frames: T, bins: 260, count: 40, entries: mel.entries.length / 2 },
        ...{ width: 44, first: 2 },
      },
      buffers: { re, im, ...mel, out: T * 44 },
    });
    const expected: number[] = [];
    for (const own of recordings) expected.push(...(await logmel40.extract(own, 'x')));
    expectColumns(logs['out'], 44, expected, 40, range(0, 40));
  });
});

describe('frames', () => {
  const F = 4;
  const values = new Draw('frames').values(T * F, 3);

  it('deltas: of each recording by itself', async () => {
    const width = 2 * F;
    const out = new Float32Array(T * width).fill(7);
    for (let i = 0; i < T * F; i++) out[Math.floor(i / F) * width + (i % F)] = values[i]!;
    const got = await run(deltas, {
      uniforms: { frames: T, width, columns: F },
      buffers: { frame_places: given.frame_places, out },
    });
    const expected = recordings.flatMap((_, row) => {
      const [first = 0, length = 0] = packed.subarray(4 * row + 2);
      return [...deltasOf(values.subarray(first * F, (first + length) * F), F)];
    });
    for (const f of range(0, F)) {
      expectClose(columnOf(got['out']!, width, f), columnOf(values, F, f), 1e-9);
      expectClose(columnOf(got['out']!, width, F + f), columnOf(expected, F, f), 1e-6);
    }
  });

  it.each([1, 0.5, 0])('frame_statistics: own moments with a share of %d', async (share) => {
    const own = Float32Array.from(values, (x, i) => (i % F === 3 ? 1 / 3 : x));
    const spans = new Uint32Array([2, 20, 5, 1, 30, T - 30]);
    const known_means = new Draw('means').values(3 * F);
    const known_variances = new Draw('variances').values(3 * F).map(Math.abs);
    known_variances[3] = known_variances[7] = known_variances[11] = 0;
    known_means[3] = known_means[7] = known_means[11] = Math.fround(1 / 3);
    const { statistics } = await run(frameStatistics, {
      uniforms: { rows: 3, frames: T, width: F, share },
      buffers: { values: own, spans, known_means, known_variances, statistics: 6 * F },
    });
    const expected = range(0, 3 * F).flatMap((i) => {
      const [first = 0, length = 0] = spans.subarray(2 * Math.floor(i / F));
      const x = range(first, first + length).map((t) => own[t * F + (i % F)]!);
      const mean = x.reduce((a, b) => a + b) / length;
      const variance = x.reduce((sum, y) => sum + (y - mean) ** 2, 0) / length;
      const [m0, v0] = [known_means[i]!, known_variances[i]!];
      const all = share * variance + (1 - share) * v0 + share * (1 - share) * (mean - m0) ** 2;
      return [share * mean + (1 - share) * m0, all > 1e-16 ? 1 / Math.sqrt(all) : 0];
    });
    expectClose(statistics, expected, 1e-5);
    for (const row of range(0, 3)) expect(statistics![2 * (row * F + 3) + 1]).toBe(0);
  });

  it('normalise_rows: rows of windows by the statistics of their span', async () => {
    const statistics = new Draw('statistics').values(2 * 2 * F);
    const sources = new Uint32Array([7, 1, 0, 0, 20, 1]); // (first row of values, span)
    const lengths = [5, 3, 1];
    const positions = new Uint32Array(
      lengths.flatMap((length, row) => range(0, length).flatMap((t) => [90 + row, t, length, row])),
    );
    const { out } = await run(normaliseRows, {
      uniforms: { rows: 3, frames: T, spans: 2, out_rows: 9, width: F },
      buffers: { values, statistics, positions, sources, out: 9 * F },
    });
    const expected = lengths.flatMap((length, row) =>
      range(0, length * F).map((i) => {
        const [first = 0, span = 0] = sources.subarray(2 * row);
        const [mean = 0, scale = 0] = statistics.subarray(2 * (span * F + (i % F)));
        return (values[first * F + i]! - mean) * scale;
      }),
    );
    expectClose(out, expected, 1e-6);
  });

  it('add_parts', async () => {
    const out = new Draw('out').values(T * F);
    const got = await run(addParts, { uniforms: { rows: T, width: F }, buffers: { values, out } });
    expectClose(
      got['out'],
      values.map((x, i) => x + out[i]!),
      1e-6,
    );
  });
});
