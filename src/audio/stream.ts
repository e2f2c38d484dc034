import { concatenate, joined } from '../core/concatenate.js';
import { AudioError } from '../core/errors.js';
import { decodedPieces } from './decode.js';
import { flacPiecesOfStream } from './flac.js';
import { formatOf } from './format.js';
import { pcmPieces } from './pcm.js';
import type { Piece } from './piece.js';
import { parseWav, type WavParts } from './riff.js';
import { pcmLayoutOf, refuseIncomplete } from './wav-file.js';

/** The beginning of a file, in which its header is looked for. */
const HEAD = 2 ** 20;

/** A file that is read in pieces. */
export interface StreamedFile {
  readonly name: string;
  readonly size: number;
  /** Its bytes in order; may be called again. */
  readonly pieces: () => AsyncIterable<Uint8Array>;
}

/** How many bytes are held, if not the usual number. */
export interface StreamLimits {
  /** The beginning, in which the header is looked for. */
  readonly head?: number;
  /** Most of a FLAC frame. */
  readonly ahead?: number;
}

/**
 * Decodes a file as it is read: FLAC, and WAV with samples that are coded by themselves (PCM, float, A-law, mu-law), so
 * that neither its bytes nor its samples are in memory together. Of any other format the bytes are.
 *
 * @throws AudioError as decodeAudio, FileError as the file, also on the way
 */
export async function* streamedPieces(
  file: StreamedFile,
  { head: most = HEAD, ahead }: StreamLimits = {},
): AsyncGenerator<Piece, void, undefined> {
  const { name, size } = file;
  const bytes = file.pieces()[Symbol.asyncIterator]();
  const begun: Uint8Array[] = [];
  let length = 0;
  try {
    while (length < most) {
      const next: IteratorResult<Uint8Array, unknown> = await bytes.next();
      if (next.done) break;
      begun.push(next.value);
      length += next.value.length;
    }
    const head = joined(Uint8Array, begun);
    const found = formatOf(head);
    if (found?.format === 'FLAC') {
      yield* flacPiecesOfStream(after(head.subarray(found.start), bytes), name, ahead);
      return;
    }
    const wav = wavOf(head, name, size);
    if (wav === undefined) {
      yield* decodedPieces(await rest(head, bytes), name);
      return;
    }
    refuseIncomplete(wav.parts, name);
    const { channels, width } = wav.layout;
    let wanted = wav.parts.size.present;
    let over = new Uint8Array(0);
    for (let piece = head.subarray(wav.start); wanted > 0;) {
      const own = piece.subarray(0, wanted);
      wanted -= own.length;
      const all = over.length === 0 ? own : concatenate(Uint8Array, [over, own]);
      const whole = all.length - (all.length % (channels * width));
      yield* pcmPieces(all.subarray(0, whole), wav.layout);
      over = all.slice(whole);
      const next: IteratorResult<Uint8Array, unknown> = await bytes.next();
      if (next.done) break;
      piece = next.value;
    }
  } finally {
    await bytes.return?.();
  }
}

/** What a header says whose data can be decoded as it comes, and where the data starts. */
function wavOf(head: Uint8Array, name: string, size: number) {
  const found = formatOf(head);
  if (found?.format !== 'WAV') return undefined;
  let parts: WavParts;
  try {
    parts = parseWav(head.subarray(found.start), name, size - found.start);
  } catch (error) {
    if (!(error instanceof AudioError)) throw error;
    return undefined; // the data may begin further on: whoever reads all of it says what is wrong
  }
  const layout = pcmLayoutOf(parts, name);
  return layout && { parts, layout, start: found.start + parts.headerBytes };
}

/** The pieces of a file of which the beginning was taken. */
async function* after(
  head: Uint8Array,
  bytes: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield head;
  for (;;) {
    const next: IteratorResult<Uint8Array, unknown> = await bytes.next();
    if (next.done) return;
    yield next.value;
  }
}

async function rest(head: Uint8Array, bytes: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of after(head, bytes)) all.push(piece);
  return joined(Uint8Array, all);
}
