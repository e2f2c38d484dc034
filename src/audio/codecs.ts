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

/** Loaded on demand, because codecs are large. ADPCM is in the WAV decoder, which does not use WebAssembly. */
const loaders = {
  ADPCM: () => loadPackage('the ADPCM decoder', () => import('@audio/decode-wav')),
  MP3: () => loadCodec('the MP3 decoder', () => import('@audio/decode-mp3')),
  Vorbis: () => loadCodec('the Vorbis decoder', () => import('@audio/decode-vorbis')),
  Opus: () => loadCodec('the Opus decoder', () => import('@audio/decode-opus')),
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
  const { decoder: start } = await loaders[codec]();
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
