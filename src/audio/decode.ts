import { AudioError, messageOf } from '../core/errors.js';
import type { DeclaredSize } from './bytes.js';
import { flacInfo } from './flac.js';
import { type AudioFormat, formatOf, formatNames } from './format.js';
import { meanOf } from './mix.js';
import { id3Length, mp3Size } from './mp3.js';
import { oggCodec, oggSize } from './ogg.js';
import { restoreAll, restorePositive } from './pcm.js';
import { parseWav } from './riff.js';

/** A recording as decoded. */
export interface Recording {
  /** The mean of the channels, nominally in -1..1, [N]. */
  readonly samples: Float32Array;
  /** Samples a second. */
  readonly rate: number;
  /** Channels of the file. */
  readonly channels: number;
  /** Length of the file's audio. */
  readonly seconds: number;
}

/** WAV and MP3 headers are often off by a little: what may be missing of the size they declare. */
const HEADER_SLACK = 0.01;

/**
 * Decodes WAV, FLAC, MP3 or OGG (Vorbis, Opus) and averages the channels. The content tells the
 * format, not the name. 16-bit WAV and FLAC give int16 / 32768 exactly.
 *
 * @param name what the bytes are, for errors: usually the path
 * @throws AudioError when the bytes are empty, of no such format, cut off, damaged, or hold no audio
 *   or samples that are not finite
 */
export async function decodeAudio(bytes: Uint8Array, name: string): Promise<Recording> {
  if (bytes.length === 0) {
    throw new AudioError(`${name}: the file is empty`, 'Copy, download or export it again.');
  }
  const audio = bytes.subarray(id3Length(bytes));
  const format = formatOf(audio);
  if (format === undefined) {
    throw new AudioError(
      `${name}: not an audio file of a known format (${formatNames})`,
      'Convert it, for example with `ffmpeg -i IN OUT.wav`; the ending of the name does not matter.',
    );
  }
  const { channels, rate } = await decodeFormat(format, audio, name);
  const length = channels[0]?.length ?? 0;
  if (length === 0 || rate === 0) {
    throw new AudioError(`${name}: holds no audio`, 'Copy, download or export it again.');
  }
  const samples = meanOf(channels, length);
  checkFinite(samples, rate, name);
  return { samples, rate, channels: channels.length, seconds: length / rate };
}

interface Decoded {
  readonly channels: readonly Float32Array[];
  readonly rate: number;
}

async function decodeFormat(
  format: AudioFormat,
  bytes: Uint8Array,
  name: string,
): Promise<Decoded> {
  switch (format) {
    case 'WAV': {
      const { size, pcmBits, bare } = parseWav(bytes, name);
      checkComplete(size, HEADER_SLACK, 'bytes', name);
      const decoded = await runDecoder(bare, format, name);
      if (pcmBits !== undefined) restorePositive(decoded.channels, pcmBits);
      return decoded;
    }
    case 'MP3': {
      checkComplete(mp3Size(bytes), HEADER_SLACK, 'bytes', name);
      return runDecoder(bytes, format, name);
    }
    case 'OGG': {
      checkComplete(oggSize(bytes), 0, 'bytes', name);
      if (oggCodec(bytes) === undefined) {
        throw new AudioError(
          `${name}: an OGG file of neither Vorbis nor Opus`,
          'Convert it, for example with `ffmpeg -i IN OUT.wav`.',
        );
      }
      return runDecoder(bytes, format, name);
    }
    case 'FLAC': {
      const decoded = await runDecoder(bytes, format, name);
      const { bits, samples: declared } = flacInfo(bytes, name);
      const present = decoded.channels[0]?.length ?? 0;
      // The decoder leaves out frames that are cut off or fail their checksum.
      if (declared !== undefined) checkComplete({ declared, present }, 0, 'samples', name);
      restoreAll(decoded.channels, bits);
      return decoded;
    }
  }
}

async function runDecoder(bytes: Uint8Array, format: AudioFormat, name: string): Promise<Decoded> {
  try {
    const { default: decode } = await import('audio-decode'); // when needed: codecs are large
    const { channelData, sampleRate } = await decode(bytes);
    return { channels: channelData, rate: sampleRate };
  } catch (error) {
    throw new AudioError(
      `${name}: a ${format} file that cannot be decoded: ${messageOf(error)}`,
      'Copy, download or export it again, or convert it with `ffmpeg -i IN OUT.wav`.',
      { cause: error },
    );
  }
}

function checkComplete(
  size: DeclaredSize | undefined,
  slack: number,
  unit: string,
  name: string,
): void {
  if (size === undefined || size.present >= size.declared * (1 - slack)) return;
  throw new AudioError(
    `${name}: cut off or damaged: ${size.present} of the ${size.declared} ${unit} it declares are there`,
    'Copy, download or export it again.',
  );
}

function checkFinite(samples: Float32Array, rate: number, name: string): void {
  const at = samples.findIndex((x) => !Number.isFinite(x));
  if (at < 0) return;
  throw new AudioError(
    `${name}: sample ${at} (at ${(at / rate).toFixed(3)} s) is ${samples[at]}, not a finite number`,
    'Export it again from its source; a float WAV can hold NaN, 16-bit PCM cannot.',
  );
}
