import { AudioError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { decodeAudio, type Recording } from './decode.js';

/** What the features are computed from. */
const DEFAULT_RATE = 16_000;
/** One frame of features: less than this is nothing to work on. */
const SHORTEST_SECONDS = 0.025;

/**
 * Reads, decodes and resamples an audio file.
 *
 * @returns mono at `rate`; `channels` and `seconds` are the file's own
 * @throws FileError where the file cannot be read; AudioError as `toRecording`
 */
export async function loadSamples(
  files: Files,
  path: string,
  rate = DEFAULT_RATE,
): Promise<Recording> {
  return toRecording(await files.read(path), path, rate);
}

/**
 * Decodes and resamples the bytes of an audio file.
 *
 * @throws AudioError as `decodeAudio`, and when the recording is shorter than 25 ms
 */
export async function toRecording(
  bytes: Uint8Array,
  name: string,
  rate = DEFAULT_RATE,
): Promise<Recording> {
  const decoded = await decodeAudio(bytes, name, rate);
  if (decoded.samples.length < SHORTEST_SECONDS * rate) {
    throw new AudioError(
      `${name}: ${toMilliseconds(decoded.seconds)} ms of audio are too short: 25 ms is the least`,
      'Give a longer recording: one frame of features takes 25 ms.',
    );
  }
  return decoded;
}

function toMilliseconds(seconds: number): string {
  return (1000 * seconds).toFixed(1).replace(/\.0$/, '');
}
