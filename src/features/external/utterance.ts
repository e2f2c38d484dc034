import { FileError, FormatError } from '../../core/errors.js';
import type { Files } from '../../core/files.js';
import { sha256 } from '../digest.js';
import type { Features } from '../extract.js';
import { normaliseUtterance } from '../normalise.js';
import { type FeatureSet, secondsOf } from '../sets/feature-set.js';
import { readFeatureFile } from './file.js';

/** The features of one utterance, from a file. */
export interface ExternalFeatures extends Features {
  /** Duration of its frames. */
  readonly seconds: number;
  /** SHA-256 of the file's bytes. */
  readonly digest: string;
}

/**
 * Reads the features of one utterance for an external set.
 *
 * @throws FileError if the file cannot be read; FormatError for its contents, and for another number of features
 *   than the set's
 */
export async function externalFeatures(
  files: Files,
  path: string,
  set: FeatureSet,
): Promise<ExternalFeatures> {
  const bytes = await files.read(path);
  const { frames, width, data } = readFeatureFile(bytes, path);
  refuseOtherWidth(path, width, set);
  return {
    frames,
    features: data instanceof Float32Array ? data : Float32Array.from(data),
    normalised: normaliseUtterance(data, width),
    seconds: secondsOf(frames, set),
    digest: await sha256(bytes),
  };
}

/**
 * Features that were read before, once more.
 *
 * @param digest of the file then
 * @throws as externalFeatures; FileError if the file is another now
 */
export async function externalFeaturesAgain(
  files: Files,
  path: string,
  digest: string,
  set: FeatureSet,
): Promise<ExternalFeatures> {
  const found = await externalFeatures(files, path, set);
  if (found.digest === digest) return found;
  throw new FileError(
    `${path} holds other features than when it was read before`,
    'Put the file back as it was; a run that this ended goes on with --resume.',
  );
}

/**
 * F of a file.
 *
 * @throws FileError, FormatError as externalFeatures
 */
export async function widthOf(files: Files, path: string): Promise<number> {
  return readFeatureFile(await files.read(path), path).width;
}

/**
 * Refuses a file with another number of features than the others.
 *
 * @throws FormatError
 */
export function refuseOtherWidth(path: string, width: number, set: FeatureSet): void {
  if (width === set.dimensions) return;
  throw new FormatError(
    `${path} has ${width} features per frame, expected ${set.dimensions}, as in the others of ${set.id}`,
    'Compute all files with the same program and settings.',
  );
}
