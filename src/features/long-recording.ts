import { OneChannel } from '../audio/one-channel.js';
import { type StreamedFile, streamedPieces } from '../audio/stream.js';
import { concatenate } from '../core/concatenate.js';
import { AudioError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import type { FeatureSet } from './sets/feature-set.js';

/** What counts as large and long. */
export interface LargeLimits {
  /** Files of at least so many bytes are read in pieces. */
  readonly bytes: number;
  /** Recordings in such files that are longer are taken in stretches. */
  readonly seconds: number;
  /** Longest stretch, in seconds. */
  readonly stretch: number;
}

/** 32 MiB are 17 minutes of 16-bit WAV at 16 kHz. */
const usualLimits: LargeLimits = { bytes: 2 ** 25, seconds: 3600, stretch: 600 };

/** A part of a recording. */
export interface Stretch {
  /** First frame, of the recording's. */
  readonly first: number;
  /** [N] at the feature set's rate. */
  readonly samples: Float32Array;
}

/** A recording in a large file: its length is known, its samples are read when they are asked for. */
export interface LargeRecording {
  readonly seconds: number;
  /** T, frames of the whole recording. */
  readonly frames: number;
  /** Whether it is too long to be taken as a whole. */
  readonly long: boolean;
  /**
   * Its samples: one stretch, or of a long one the fewest of at most ten minutes and equal length, each beginning with
   * a frame. Decoded as they are asked for; may be called again.
   */
  readonly stretches: () => AsyncGenerator<Stretch, void, undefined>;
}

/** Whether a recording's file is read in pieces. Throws FileError. */
export async function isLarge(
  files: Files,
  path: string,
  { external }: FeatureSet,
  { bytes }: LargeLimits = usualLimits,
): Promise<boolean> {
  if (external || files.size === undefined || files.pieces === undefined) return false;
  return (await files.size(path)) >= bytes;
}

/**
 * Opens a recording in a file that is too large to be in memory: decodes it once, for its length and for what may be
 * wrong with it.
 *
 * @returns undefined for a file that is not large, or if `files` cannot tell
 * @throws FileError if it cannot be read; AudioError as decodeAudio
 */
export async function largeRecording(
  files: Files,
  path: string,
  set: FeatureSet,
  limits: LargeLimits = usualLimits,
): Promise<LargeRecording | undefined> {
  if (!(await isLarge(files, path, set, limits))) return undefined;
  const size = await files.size!(path);
  const file = { name: path, size, pieces: () => files.pieces!(path) };
  const channel = new OneChannel(path, set.rate);
  let length = 0;
  for await (const part of samplesOf(file, channel)) length += part.length;
  const frames = set.frames(length);
  if (frames === 0) throw new AudioError(`${path}: has no audio`, 'Copy or export it again.');
  const { seconds } = channel;
  const long = seconds > limits.seconds;
  const count = long ? Math.ceil(seconds / limits.stretch) : 1;
  return { seconds, frames, long, stretches: () => stretchesOf(file, set, { length, count }) };
}

async function* stretchesOf(
  file: StreamedFile,
  { rate, hop }: FeatureSet,
  { length, count }: { readonly length: number; readonly count: number },
): AsyncGenerator<Stretch, void, undefined> {
  const begin = (i: number): number =>
    i === count ? length : hop * Math.floor((i * length) / count / hop);
  let parts: Float32Array[] = [];
  let have = 0;
  let i = 0;
  for await (const part of samplesOf(file, new OneChannel(file.name, rate))) {
    let rest = part;
    while (i < count && have + rest.length >= begin(i + 1) - begin(i)) {
      const wanted = begin(i + 1) - begin(i) - have;
      parts.push(rest.subarray(0, wanted));
      rest = rest.subarray(wanted);
      const samples = concatenate(Float32Array, parts);
      [parts, have] = [[], 0];
      yield { first: begin(i) / hop, samples };
      i++;
    }
    if (rest.length === 0) continue;
    parts.push(rest);
    have += rest.length;
  }
}

async function* samplesOf(
  file: StreamedFile,
  channel: OneChannel,
): AsyncGenerator<Float32Array, void, undefined> {
  for await (const piece of streamedPieces(file)) yield* channel.push(piece);
  yield* channel.finish();
}
