import { joined } from '../core/concatenate.js';
import { AudioError } from '../core/errors.js';
import { isLfsPointer, LFS_HINT } from '../core/lfs.js';
import { flacPieces } from './flac.js';
import { type AudioFormat, formatNames, formatOf, otherFormatOf } from './format.js';
import { meanOf } from './mix.js';
import { mp3Pieces } from './mp3.js';
import { oggPieces } from './ogg.js';
import type { Piece, Pieces } from './piece.js';
import { AGAIN } from './problems.js';
import { Resampler } from './resample.js';
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
  for await (const piece of piecesOf(bytes, name)) mix.add(piece);
  return mix.finish();
}

function piecesOf(bytes: Uint8Array, name: string): Pieces {
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
  /** Samples from before the current rate. */
  private seconds = 0;
  private samplesOfRate = 0;
  private channels = 0;
  private resampler: Resampler | undefined;
  private target: number | undefined;

  constructor(
    private readonly name: string,
    rate: number | undefined,
  ) {
    this.target = rate;
  }

  add({ channels, rate }: Piece): void {
    const count = channels[0]?.length ?? 0;
    if (count === 0 || rate === 0) return;
    const samples = meanOf(channels, count);
    this.target ??= rate;
    if (this.resampler?.from !== rate) {
      this.flush();
      this.resampler = new Resampler(rate, this.target, this.name);
    }
    this.checkFinite(samples, rate);
    this.parts.push(this.resampler.push(samples));
    this.samplesOfRate += count;
    this.channels = Math.max(this.channels, channels.length);
  }

  finish(): Recording {
    this.flush();
    const { target, seconds, channels, name } = this;
    if (target === undefined || channels === 0) {
      throw new AudioError(`${name}: has no audio`, AGAIN);
    }
    return { samples: joined(Float32Array, this.parts), rate: target, channels, seconds };
  }

  private flush(): void {
    if (this.resampler === undefined) return;
    this.parts.push(this.resampler.finish());
    this.seconds += this.samplesOfRate / this.resampler.from;
    this.samplesOfRate = 0;
    this.resampler = undefined;
  }

  private checkFinite(samples: Float32Array, rate: number): void {
    let at = 0;
    while (at < samples.length && Number.isFinite(samples[at])) at++;
    if (at === samples.length) return;
    const place = this.samplesOfRate + at;
    const seconds = (this.seconds + place / rate).toFixed(3);
    throw new AudioError(
      `${this.name}: sample ${place} (at ${seconds} s) is ${samples[at]}, not a finite number`,
      'Export it again from its source; a float WAV can hold NaN, 16-bit PCM cannot.',
    );
  }
}
