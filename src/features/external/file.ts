import { FormatError } from '../../core/errors.js';
import { readNpy } from '../../core/npy.js';
import { readSafetensors } from '../../core/safetensors.js';
import { decodeText } from '../../core/text.js';
import { readFeatureCsv } from './csv.js';
import type { Matrix } from './matrix.js';

const readers: Readonly<Record<string, (bytes: Uint8Array, path: string) => Matrix>> = {
  npy: (bytes, path) => {
    const { shape, data } = readNpy(bytes, path);
    return matrixOf(shape, data, path, 'the array');
  },
  safetensors: ofSafetensors,
  csv: (bytes, path) => readFeatureCsv(decodeText(bytes, path), path),
};

/** Files of features, by their names. */
export const featureFileName = /\.(?:npy|safetensors|csv)$/i;

/**
 * Reads the features of one utterance: `.npy` [T, F] of float16, float32 or float64 in C order; `.safetensors`
 * with one such tensor, or one called `features`; or `.csv`, a line per frame (readFeatureCsv).
 *
 * @param path decides the format, and names the file in errors
 * @throws FormatError for another format or shape, and for values that are not finite
 */
export function readFeatureFile(bytes: Uint8Array, path: string): Matrix {
  const ending = featureFileName.exec(path)?.[0].slice(1).toLowerCase() ?? '';
  const reader = readers[ending];
  if (reader === undefined) {
    throw new FormatError(
      `${path}: not a file of features: its name ends with none of .npy, .safetensors, .csv`,
      'Save the features [T, F] in one of these formats.',
    );
  }
  const matrix = reader(bytes, path);
  const { data, width } = matrix;
  if (matrix.frames === 0) {
    throw new FormatError(`${path}: there are no frames`, 'Give at least one frame of features.');
  }
  // in float32, as the network takes them: a larger float64 is infinite there
  const at = data.findIndex((x) => !Number.isFinite(Math.fround(x)));
  if (at === -1) return matrix;
  throw new FormatError(
    `${path}: feature ${(at % width) + 1} of frame ${Math.floor(at / width)} is ${data[at]}`,
    'Features have to be finite numbers in the range of float32: compute the file again.',
  );
}

function ofSafetensors(bytes: Uint8Array, path: string): Matrix {
  const { tensors } = readSafetensors(bytes, { source: path });
  const tensor =
    tensors.get('features') ?? (tensors.size === 1 ? [...tensors.values()][0] : undefined);
  if (tensor === undefined) {
    throw new FormatError(
      `${path}: ${tensors.size} tensors, none of them called features`,
      'Store the features alone, or under that name.',
    );
  }
  const { data, shape, dtype } = tensor;
  if (data instanceof Float32Array || data instanceof Float64Array) {
    return matrixOf(shape, data, path, 'the tensor');
  }
  throw new FormatError(
    `${path}: the tensor is ${dtype}, expected F16, F32 or F64`,
    'Store the features as F32.',
  );
}

function matrixOf(
  shape: readonly number[],
  data: Matrix['data'],
  path: string,
  what: string,
): Matrix {
  const [frames = 0, width = 0] = shape;
  if (shape.length === 2 && frames > 0 && width > 0) return { frames, width, data };
  throw new FormatError(
    `${path}: ${what} has the shape [${shape.join(', ')}], expected [T, F]: frames, features`,
    'Save one row per frame, without a batch axis.',
  );
}
