import { AudioError, messageOf } from '../core/errors.js';
import { loadCodec, loadPackage } from './load-codec.js';
import type { Piece } from './piece.js';
import { quietly } from './quiet.js';

/** Decodes the bytes of a stream in portions; each call returns what could be decoded so far. */
export interface StreamDecoder {
  decode(bytes: Uint8Array): Piece;
  /** Returns the rest at the end of the stream. */
  flush(): Piece;
  free(): void;
}

interface Decoded {
  /** What it could not decode, and left out. */
  readonly errors?: readonly { readonly message: string }[];
  readonly channelData: readonly Float32Array[];
  readonly sampleRate: number;
}

interface Codec {
  decode(bytes: Uint8Array): Decoded;
  flush?(): Decoded;
  free(): void;
}

/**
 * Loaded on demand, because codecs are large. ADPCM is in the WAV decoder, which does not use WebAssembly. The others have
 * parts under the LGPL, so that an install may leave them out (`npm install --omit=optional`): WAV and FLAC need none of them.
 */
const loaders = {
  ADPCM: () => loadPackage('the ADPCM decoder', () => import('@audio/decode-wav')),
  MP3: (recording: string) =>
    loadCodec('the MP3 decoder', () => import('@audio/decode-mp3'), {
      npm: '@audio/decode-mp3',
      recording,
    }),
  Vorbis: (recording: string) =>
    loadCodec('the Vorbis decoder', () => import('@audio/decode-vorbis'), {
      npm: '@audio/decode-vorbis',
      recording,
    }),
  Opus: (recording: string) =>
    loadCodec('the Opus decoder', () => import('@audio/decode-opus'), {
      npm: '@audio/decode-opus',
      recording,
    }),
} as const;

export type CodecName = keyof typeof loaders;

/**
 * A decoder that writes nothing to the console.
 *
 * @throws CodecError if the codec cannot be loaded; AudioError, also from its methods, if it refuses the bytes
 */
export async function openDecoder(codec: CodecName, name: string): Promise<StreamDecoder> {
  const failed = (error: unknown): AudioError =>
    new AudioError(
      `${name}: a ${codec} file that cannot be decoded: ${messageOf(error)}`,
      'Copy, download or export it again, or convert it with `ffmpeg -i IN OUT.wav`.',
      { cause: error },
    );
  const { decoder: start } = await loaders[codec](name);
  let decoder: Codec;
  try {
    decoder = await quietly<Codec | Promise<Codec>>(start); // a decoder that binds the console does so for good when it starts
  } catch (error) {
    throw failed(error);
  }
  const attempt = (run: () => Decoded): Piece => {
    try {
      const { channelData, sampleRate, errors = [] } = quietly(run);
      if (errors[0] !== undefined) throw new Error(errors[0].message);
      return { channels: channelData, rate: sampleRate };
    } catch (error) {
      throw failed(error);
    }
  };
  return {
    decode: (bytes) => attempt(() => decoder.decode(bytes)),
    flush: () => attempt(() => decoder.flush?.() ?? { channelData: [], sampleRate: 0 }),
    free: () => {
      quietly(() => {
        decoder.free();
      });
    },
  };
}
