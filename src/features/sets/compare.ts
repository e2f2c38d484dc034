import { FormatError } from '../../core/errors.js';
import type { StoredTensor } from '../../core/safetensors.js';

/** Deviation of one tensor or column from a fixture. */
export interface Deviation {
  /** The tensor, and after a colon its column: `expect/features: mfcc_1`. */
  readonly tensor: string;
  readonly error: number;
  /** The comparison passes if `error <= tolerance`. */
  readonly tolerance: number;
}

/** Tolerance of ||got - expected|| / max(||expected||, SMALLEST) per column. */
const COLUMN_TOLERANCE = 1e-4;
const SMALLEST = 1e-6;
/** Share of the frames whose pitch and what follows from it may differ, for example at peaks of equal height. */
const FRAMES_TOLERANCE = 0.02;

/** How much a value may differ from the expected one, of a column that is compared frame by frame. */
export type Allowed = (expected: number) => number;

/** A matrix of features, [T, F] row-major, beside the expected one. */
export interface Pair {
  readonly got: Float32Array;
  readonly expected: Float32Array;
  /** Names of the columns, [F]. */
  readonly names: readonly string[];
  /** The fixture's tensor. */
  readonly tensor: string;
}

/**
 * The deviation of each column.
 *
 * @param allowed of columns that may differ on 2% of the frames; the others are compared by norm
 */
export function columnDeviations(
  { got, expected, names, tensor }: Pair,
  allowed: (name: string) => Allowed | undefined,
): Deviation[] {
  return names.map((name, column) => {
    const own = [got, expected].map((matrix) =>
      matrix.filter((_, i) => i % names.length === column),
    ) as [Float32Array, Float32Array];
    const perFrame = allowed(name);
    if (perFrame === undefined) {
      const error = distance(...own);
      return { tensor: `${tensor}: ${name}`, error, tolerance: COLUMN_TOLERANCE };
    }
    return {
      tensor: `${tensor}: share of frames off in ${name}`,
      error: shareOff(...own, perFrame),
      tolerance: FRAMES_TOLERANCE,
    };
  });
}

/** The worst relative to its tolerance; NaN is worse than any number. */
export function worstOf(deviations: readonly Deviation[]): Deviation {
  const severity = ({ error, tolerance }: Deviation): number =>
    Number.isNaN(error) ? Infinity : error / tolerance;
  return deviations.reduce((worst, own) => (severity(own) > severity(worst) ? own : worst));
}

function distance(got: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let norm = 0;
  for (let t = 0; t < expected.length; t++) {
    difference += (got[t]! - expected[t]!) ** 2;
    norm += expected[t]! ** 2;
  }
  return Math.sqrt(difference) / Math.max(Math.sqrt(norm), SMALLEST);
}

function shareOff(got: Float32Array, expected: Float32Array, allowed: Allowed): number {
  // Not `>`: NaN differs too.
  const off = expected.filter((want, t) => !(Math.abs(got[t]! - want) <= allowed(want)));
  return off.length / expected.length;
}

/**
 * A tensor [T, F] of a fixture.
 *
 * @param names of its columns, [F]
 * @param fixture its name, for errors
 * @throws FormatError if it is missing, misshapen or not finite
 */
export function matrixOf(
  tensors: ReadonlyMap<string, StoredTensor>,
  key: string,
  frames: number,
  names: readonly string[],
  fixture: string,
): Float32Array {
  const { shape, data } = floatsOf(tensors, key, fixture);
  const width = names.length;
  if (shape.length !== 2 || shape[0] !== frames || shape[1] !== width) {
    throw broken(
      `${fixture}: ${key} has shape [${shape.join(', ')}], but the samples give [${frames}, ${width}]`,
    );
  }
  const at = data.findIndex((x) => !Number.isFinite(x));
  if (at >= 0) {
    const where = `frame ${Math.floor(at / width)}, ${names[at % width]}`;
    throw broken(`${fixture}: ${key} is ${data[at]} at ${where}`);
  }
  return data;
}

/** A float32 tensor of a fixture. Throws FormatError if there is none. */
export function floatsOf(
  tensors: ReadonlyMap<string, StoredTensor>,
  key: string,
  fixture: string,
): { readonly shape: readonly number[]; readonly data: Float32Array } {
  const tensor = tensors.get(key);
  if (tensor === undefined) throw broken(`${fixture}: there is no tensor ${key}`);
  const { shape, data, dtype } = tensor;
  if (!(data instanceof Float32Array)) throw broken(`${fixture}: ${key} is ${dtype}, not F32`);
  return { shape, data };
}

function broken(message: string): FormatError {
  return new FormatError(message, 'Regenerate the fixture with its oracle.');
}
