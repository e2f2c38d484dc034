import { decodedPieces } from '../../../src/audio/decode.js';
import type { Pieces } from '../../../src/audio/piece.js';
import { type StreamedFile, streamedPieces } from '../../../src/audio/stream.js';
import { AlstmError } from '../../../src/core/errors.js';
import { joined } from '../../../src/core/concatenate.js';
import type { Sound } from './types.js';

/** What came of decoding: sounds one after the other where rate or channels change, and the error that ended it. */
export interface Outcome {
  readonly sounds: readonly Sound[];
  /** Undefined if it came to its end. */
  readonly refused: string | undefined;
}

/** Decodes all pieces; errors that are not the package's own are thrown on. */
export async function outcomeOf(start: () => Pieces): Promise<Outcome> {
  const sounds: { rate: number; channels: Float32Array[][] }[] = [];
  let refused: string | undefined;
  try {
    for await (const { rate, channels } of start()) {
      if ((channels[0]?.length ?? 0) === 0) continue;
      let last = sounds.at(-1);
      if (last?.rate !== rate || last.channels.length !== channels.length) {
        last = { rate, channels: channels.map(() => []) };
        sounds.push(last);
      }
      channels.forEach((samples, c) => last.channels[c]!.push(samples));
    }
  } catch (error) {
    if (!(error instanceof AlstmError)) throw error;
    refused = error.message;
  }
  return {
    sounds: sounds.map(({ rate, channels }) => ({
      rate,
      channels: channels.map((parts) => joined(Float32Array, parts)),
    })),
    refused,
  };
}

export const decodeWhole = (bytes: Uint8Array): Promise<Outcome> =>
  outcomeOf(() => decodedPieces(bytes, 'a'));

/** As it is read, in pieces of random sizes, with as little of it held as its frames allow. */
export function decodeStreamed(bytes: Uint8Array, random: () => number): Promise<Outcome> {
  const file: StreamedFile = {
    name: 'a',
    size: bytes.length,
    pieces: async function* () {
      await Promise.resolve();
      for (let at = 0; at < bytes.length;) {
        const size = 1 + Math.floor(random() ** 3 * bytes.length);
        yield bytes.subarray(at, at + size);
        at += size;
      }
    },
  };
  const head = Math.floor(random() * bytes.length);
  return outcomeOf(() => streamedPieces(file, { head, ahead: 300_000 }));
}
