import { joined } from '../core/concatenate.js';
import { AudioError } from '../core/errors.js';
import { isLfsPointer, LFS_HINT } from '../core/lfs.js';
import { flacPieces } from './flac.js';
import { type AudioFormat, formatNames, formatOf, otherFormatOf } from './format.js';
import { mp3Pieces } from './mp3.js';
import { oggPieces } from './ogg.js';
import { OneChannel } from './one-channel.js';
import type { Piece, Pieces } from './piece.js';
import { AGAIN } from './problems.js';
import { wavPieces } from './wav-file.js';

/** A decoded recording. */
export interface Recording {
  /** The mean of the channels, nominally in -1..1, [N]. */
  readonly samples: Float32Array;
  /** Sampling rate in Hz. */
  readonly rate: number;
  /** Channels of the file; the maximum if they change. */
  readonly channels: number;
  /** Length of the file's audio. */
  readonly seconds: number;
}

const pieces: Readonly<Record<AudioFormat, (bytes: Uint8Array, name: string) => Pieces>> = {
  WAV: wavPieces,
  FLAC: flacPieces,
  MP3: mp3Pieces,
  OGG: oggPieces,
};

/**
 * Decodes WAV, FLAC, MP3 or OGG (Vorbis, Opus, FLAC) and averages the channels. The format is detected from
 * the contents, not the name. 16-bit WAV and FLAC give int16 / 32768 exactly. Decodes piece by piece, so that
 * a long recording needs only the memory of its mean at `rate`.
 *
 * @example
 * const { samples, rate } = await decodeAudio(await files.read('speech.mp3'), 'speech.mp3');
 * console.log(samples.length / rate, 'seconds');
 *
 * @param name name of the bytes, for errors: usually the path
 * @param rate to resample to; default: that of the file, or of its start if it changes
 * @throws AudioError if the bytes are empty, in another format, truncated, damaged, or have no audio
 *   or samples that are not finite, and for a rate that the resampler does not support; CodecError if a
 *   decoder cannot be loaded or started
 */
export async function decodeAudio(
  bytes: Uint8Array,
  name: string,
  rate?: number,
): Promise<Recording> {
  const mix = new Mix(name, rate);
  for await (const piece of decodedPieces(bytes, name)) mix.add(piece);
  return mix.finish();
}

/**
 * Decodes bytes in any of the formats.
 *
 * @throws AudioError as decodeAudio, also on the way
 */
export function decodedPieces(bytes: Uint8Array, name: string): Pieces {
  if (bytes.length === 0) throw new AudioError(`${name}: the file is empty`, AGAIN);
  if (isLfsPointer(bytes)) {
    throw new AudioError(`${name}: this is a Git LFS pointer, not the actual recording`, LFS_HINT);
  }
  const found = formatOf(bytes);
  if (found === undefined) {
    const other = otherFormatOf(bytes);
    throw new AudioError(
      `${name}: ${other === undefined ? '' : `${other}, `}not an audio file of a known format (${formatNames})`,
      'Convert it, for example with `ffmpeg -i IN OUT.wav`; the file extension does not matter.',
    );
  }
  return pieces[found.format](bytes.subarray(found.start), name);
}

/** Joins pieces into one channel with one rate. */
class Mix {
  private readonly parts: Float32Array[] = [];
  private readonly channel: OneChannel;

  constructor(
    private readonly name: string,
    rate: number | undefined,
  ) {
    this.channel = new OneChannel(name, rate);
  }

  add(piece: Piece): void {
    for (const part of this.channel.push(piece)) this.parts.push(part);
  }

  finish(): Recording {
    for (const part of this.channel.finish()) this.parts.push(part);
    const { rate, seconds, channels } = this.channel;
    if (rate === undefined || channels === 0) {
      throw new AudioError(`${this.name}: has no audio`, AGAIN);
    }
    return { samples: joined(Float32Array, this.parts), rate, channels, seconds };
  }
}
