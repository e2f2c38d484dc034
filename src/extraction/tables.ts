import { chromaMap, dctBasis, melBank } from '../features/sets/prosody36/filterbanks.js';
import { CHROMA_COUNT } from '../features/sets/prosody36/settings.js';
import { hann } from '../features/hann.js';
import { pad4 } from '../kernels/descriptor.js';
import { FIRST } from '../features/sets/voice20/autocorrelation.js';
import { melBands as bandsOfMel } from '../features/sets/voice20/mel.js';
import { octaves as octavesOfLags } from '../features/sets/voice20/peaks.js';
import { BIN_HZ, WIDE, WINDOW } from '../features/sets/voice20/settings.js';

/** A constant that passes read. */
export interface Table {
  /** Of its persistent tensor. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
}

/** Half a frame: the terms of a folded transform. */
export const HALF = WINDOW / 2;

/** A Fourier transform of frames of 400 samples. */
export interface TransformShape {
  /** 400, or more with zeros appended. */
  readonly length: number;
  /** k = 0 .. bins - 1 */
  readonly bins: number;
  /** Whether frames are Hann-windowed; default: no. */
  readonly windowed?: boolean;
}

/** Cosines are split at a multiple of this: 200 of the coarse parts of samples times them add up without rounding. */
const COARSE = 1 / 256;

/**
 * Cosines or sines of 2 pi k (m + 1/2) / length for m = 0 .. 199, times the window: the transform of a folded frame, with
 * time counted from its middle.
 *
 * @param precision the coarse part, what is left of it, or their sum
 * @param transposed [200, padded bins] instead of [padded bins, 200]; further bins are 0
 */
export function transformTable(
  part: 'cos' | 'sin',
  precision: 'coarse' | 'fine' | 'whole',
  { length, bins, windowed = false }: TransformShape,
  transposed: boolean,
): Table {
  const rows = pad4(bins);
  const data = new Float32Array(rows * HALF);
  const window = windowed ? hann(WINDOW).subarray(HALF) : new Float64Array(HALF).fill(1);
  for (let k = 0; k < bins; k++) {
    for (let m = 0; m < HALF; m++) {
      // without whole turns: exact where the angle is large
      const turn = (k * (2 * m + 1)) % (2 * length);
      const value = window[m]! * Math[part]((Math.PI * turn) / length);
      const coarse = Math.round(value / COARSE) * COARSE;
      const at = transposed ? m * rows + k : k * HALF + m;
      data[at] = { coarse, fine: value - coarse, whole: value }[precision];
    }
  }
  const shape = transposed ? [HALF, rows] : [rows, HALF];
  const way = `${windowed ? ' windowed' : ''}${transposed ? ' transposed' : ''}`;
  return { name: `features/${precision} ${part} ${length}${way}`, shape, data };
}

/** The Hann window of 40 ms, [640]. */
export function wideWindowTable(): Table {
  return floats('features/wide window', [...hann(WIDE)]);
}

/** Lags of the voice's autocorrelation, padded. */
export const LAGS = 240;

/** The wide window's autocorrelation at lag 0 over that at lag 31 + i, [240]; 0 past lag 268. */
export function windowScalesTable(): Table {
  const window = hann(WIDE);
  const at = (lag: number): number =>
    window.subarray(lag).reduce((sum, w, n) => sum + w * window[n]!, 0);
  const energy = at(0);
  const used = octavesOfLags.length + 2;
  return floats(
    'features/window scales',
    Array.from({ length: LAGS }, (_, i) => (i < used ? energy / at(FIRST + i) : 0)),
  );
}

/** log2 of the frequency of each lag that is searched, [236]. */
export function octavesTable(): Table {
  return floats('features/octaves', [...octavesOfLags]);
}

/** The first 13 rows of the DCT of 40 bands, [13, 40]. */
export function dctTable(): Table {
  return floats('features/dct', [...dctBasis(40)]);
}

/** A sum over some bins: `[bin, weight]` each. */
type Band = readonly (readonly [bin: number, weight: number])[];

/** Sums over bins: where the entries of each are, and the entries. */
export interface BandTables {
  /** [bands, 2] (first entry, past the last) */
  readonly bands: Table;
  /** [entries, 2] (bin, weight) */
  readonly entries: Table;
}

/** 40 mel bands and 12 pitch classes of `prosody36`. */
export function prosodyBands(): BandTables {
  const mel = melBank();
  const chroma = chromaMap();
  return bandTables('prosody', [
    ...Array.from({ length: mel.rows }, (_, i): Band =>
      Array.from(mel.weights.subarray(mel.start[i], mel.start[i + 1]), (w, j) => [
        mel.first[i]! + j,
        w,
      ]),
    ),
    ...Array.from({ length: CHROMA_COUNT }, (_, pitchClass): Band =>
      Array.from(chroma.bin, (bin, i) => [bin, chroma.weight[i]!] as const).filter(
        (_, i) => chroma.pitchClass[i] === pitchClass,
      ),
    ),
  ]);
}

/** 40 mel bands, and the 3 lines of `voice20`. */
export function voiceBands(): BandTables {
  return bandTables(
    'voice',
    [...bandsOfMel(), ...lines()].map(({ first, weights }) =>
      Array.from(weights, (w, j) => [first + j, w]),
    ),
  );
}

/** Slopes of straight lines fitted to levels below 500, 1500 and 6000 Hz: sums of weight x dB, in dB per kHz. */
function lines(): { readonly first: number; readonly weights: Float64Array }[] {
  return [
    [0, 500],
    [500, 1500],
    [1500, 6000],
  ].map(([low = 0, high = 0]) => {
    const first = Math.ceil(low / BIN_HZ);
    const count = Math.ceil(high / BIN_HZ) - first;
    const khz = Float64Array.from({ length: count }, (_, i) => ((first + i) * BIN_HZ) / 1000);
    const middle = khz.reduce((sum, f) => sum + f, 0) / count;
    const square = khz.reduce((sum, f) => sum + (f - middle) ** 2, 0);
    return { first, weights: khz.map((f) => (f - middle) / square) };
  });
}

/** The mel bands alone. */
export function melBands(): BandTables {
  return bandTables(
    'mel',
    bandsOfMel().map(({ first, weights }) => Array.from(weights, (w, j) => [first + j, w])),
  );
}

function bandTables(name: string, bands: readonly Band[]): BandTables {
  const ends = new Uint32Array(2 * bands.length);
  let entry = 0;
  bands.forEach((band, i) => {
    ends[2 * i] = entry;
    entry += band.length;
    ends[2 * i + 1] = entry;
  });
  const entries = floats(`features/${name} entries`, bands.flat(2));
  return {
    bands: { name: `features/${name} bands`, shape: [bands.length, 2], data: ends },
    entries: { ...entries, shape: [entry, 2] },
  };
}

function floats(name: string, values: readonly number[]): Table {
  return { name, shape: [values.length], data: Float32Array.from(values) };
}
