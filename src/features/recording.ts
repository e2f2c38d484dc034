import { type Recording, decodeAudio } from '../audio/decode.js';
import { AudioError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { type Framing, milliseconds } from './sets/feature-set.js';
import { defaultFeatureSet } from './sets/registry.js';

/** Requirements of a recording: its rate, and its minimum length in samples at that rate. */
type Needs = Pick<Framing, 'rate' | 'window'>;

/**
 * Reads, decodes and resamples an audio file.
 *
 * @example
 * const { samples, rate } = await loadSamples(files, 'speech.flac');
 * const { tasks } = await predictor.predictSamples(samples, rate);
 *
 * @param rate in Hz; default: the default feature set's, 16000
 * @returns mono at `rate`; `channels` and `seconds` are those of the file
 * @throws FileError if the file cannot be read; AudioError as `decodeAudio`, and if the recording is
 *   shorter than a frame of the default feature set, 25 ms
 */
export async function loadSamples(
  files: Files,
  path: string,
  rate: number = defaultFeatureSet.rate,
): Promise<Recording> {
  return toRecording(await files.read(path), path, rate);
}

/**
 * Decodes and resamples the bytes of an audio file.
 *
 * @example
 * const { samples, rate } = await toRecording(
 *   new Uint8Array(await file.arrayBuffer()),
 *   file.name,
 * );
 * const { tasks } = await predictor.predictSamples(samples, rate);
 *
 * @param rate in Hz, as loadSamples
 * @throws AudioError as `loadSamples`
 */
export function toRecording(
  bytes: Uint8Array,
  name: string,
  rate: number = defaultFeatureSet.rate,
): Promise<Recording> {
  const { window, rate: usual } = defaultFeatureSet;
  return recordingFor({ rate, window: (window * rate) / usual }, bytes, name);
}

/**
 * Decodes and resamples the bytes of an audio file for a feature set.
 *
 * @returns mono at the set's rate, at least one window long
 * @throws AudioError as `decodeAudio`, and if the recording is shorter than a window
 */
export async function recordingFor(
  needs: Needs,
  bytes: Uint8Array,
  name: string,
): Promise<Recording> {
  const decoded = await decodeAudio(bytes, name, needs.rate);
  if (decoded.samples.length < needs.window) {
    const least = `${milliseconds(needs.window, needs)} ms`;
    throw new AudioError(
      `${name}: ${milliseconds(decoded.seconds, { rate: 1 })} ms of audio is too short: at least ${least} is needed`,
      `Give a longer recording: one frame of features needs ${least}.`,
    );
  }
  return decoded;
}
