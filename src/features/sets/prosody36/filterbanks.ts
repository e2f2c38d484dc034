import { BINS, CHROMA_COUNT, MFCC_COUNT, RATE } from './settings.js';

/** A matrix whose rows are non-zero only in one run of columns each. */
export interface BandMatrix {
  readonly rows: number;
  /** First column of each row's run, [rows]. */
  readonly first: Int32Array;
  /** Offset of each row's weights in `weights`, [rows + 1]. */
  readonly start: Int32Array;
  readonly weights: Float64Array;
}

const MEL_LINEAR = 13;
const MEL_LOG = 27;
const MEL_LOWEST = 133.33;
const MEL_STEP = 200 / 3;
const MEL_RATIO = 1.0711703;

/**
 * The 40 triangular filters of Slaney's Auditory Toolbox as in pyAudioAnalysis: [40, BINS],
 * with bin n at n RATE / BINS Hz.
 */
export function melBank(): BandMatrix {
  const filters = MEL_LINEAR + MEL_LOG;
  const edges = Array.from({ length: MEL_LINEAR }, (_, i) => MEL_LOWEST + MEL_STEP * i);
  const lastLinear = edges[MEL_LINEAR - 1]!;
  for (let i = 1; i <= MEL_LOG + 2; i++) edges.push(lastLinear * MEL_RATIO ** i);

  const first = new Int32Array(filters);
  const start = new Int32Array(filters + 1);
  const weights: number[] = [];
  for (let i = 0; i < filters; i++) {
    const [a, b, c] = [edges[i]!, edges[i + 1]!, edges[i + 2]!];
    const [rise, fall, end] = [a, b, c].map((hz) => Math.floor((hz * BINS) / RATE) + 1);
    const height = 2 / (c - a);
    first[i] = rise!;
    for (let bin = rise!; bin < Math.min(end!, BINS); bin++) {
      const hz = (bin * RATE) / BINS;
      weights.push(bin < fall! ? (height / (b - a)) * (hz - a) : (height / (c - b)) * (c - hz));
    }
    start[i + 1] = weights.length;
  }
  return { rows: filters, first, start, weights: Float64Array.from(weights) };
}

/** Non-zero entries of a sparse matrix [CHROMA_COUNT, BINS]. */
export interface ChromaMap {
  readonly pitchClass: Int32Array;
  readonly bin: Int32Array;
  readonly weight: Float64Array;
}

/**
 * From the power spectrum to 12 pitch classes, before division by the total power, exactly as in
 * pyAudioAnalysis: the highest bin of a semitone represents all of them, divided by a number of
 * bins that it looks up twice, by the semitone of the bin whose index is the semitone.
 */
export function chromaMap(): ChromaMap {
  const semitones = Array.from({ length: BINS }, (_, bin) =>
    Math.round(12 * Math.log2(((bin + 1) * RATE) / (2 * BINS) / 27.5)),
  );
  const highestBin = new Map(semitones.map((semitone, bin) => [semitone, bin]));
  const membersOfBin = semitones.map((s) => semitones.filter((other) => other === s).length);
  const used = [...highestBin.keys()];
  return {
    pitchClass: Int32Array.from(used, (semitone) => semitone % CHROMA_COUNT),
    bin: Int32Array.from(highestBin.values()),
    weight: Float64Array.from(used, (semitone) => 1 / membersOfBin[semitones[semitone]!]!),
  };
}

/** The first MFCC_COUNT rows of the orthonormal DCT-II of `length` points, [MFCC_COUNT, length]. */
export function dctBasis(length: number): Float64Array {
  const basis = new Float64Array(MFCC_COUNT * length);
  for (let k = 0; k < MFCC_COUNT; k++) {
    const scale = Math.sqrt((k === 0 ? 1 : 2) / length);
    for (let j = 0; j < length; j++) {
      basis[k * length + j] = scale * Math.cos((Math.PI * k * (2 * j + 1)) / (2 * length));
    }
  }
  return basis;
}
