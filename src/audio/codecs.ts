import { AudioError, messageOf } from '../core/errors.js';
import type { Piece } from './piece.js';
import { quietly } from './quiet.js';

/** Takes the bytes of a stream in portions; each call gives what could be decoded by then. */
export interface StreamDecoder {
  decode(bytes: Uint8Array): Piece;
  /** What is left at the end of the stream. */
  flush(): Piece;
  free(): void;
}

interface Decoded {
  readonly channelData: readonly Float32Array[];
  readonly sampleRate: number;
}

interface Codec {
  decode(bytes: Uint8Array): Decoded;
  flush?(): Decoded;
  free(): void;
}

/** When needed: codecs are large. ADPCM is in the decoder of WAV. */
const loaders = {
  ADPCM: async () => start((await import('@audio/decode-wav')).decoder),
  MP3: async () => start((await import('@audio/decode-mp3')).decoder),
  Vorbis: async () => start((await import('@audio/decode-vorbis')).decoder),
  Opus: async () => start((await import('@audio/decode-opus')).decoder),
} as const;

export type CodecName = keyof typeof loaders;

/** What starts a codec binds the console for good, if it does. */
function start(decoder: () => Codec | Promise<Codec>): Codec | Promise<Codec> {
  return quietly(decoder);
}

/**
 * A decoder that writes nothing to the console.
 *
 * @throws AudioError, as its methods do, when the codec cannot be loaded or refuses the bytes
 */
export async function openDecoder(codec: CodecName, name: string): Promise<StreamDecoder> {
  const failed = (error: unknown): AudioError =>
    new AudioError(
      `${name}: a ${codec} file that cannot be decoded: ${messageOf(error)}`,
      'Copy, download or export it again, or convert it with `ffmpeg -i IN OUT.wav`.',
      { cause: error },
    );
  const decoder = await loaders[codec]().catch((error: unknown) => {
    throw failed(error);
  });
  const attempt = (run: () => Decoded): Piece => {
    try {
      const { channelData, sampleRate } = quietly(run);
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
