import { concatenate } from '../core/concatenate.js';
import { openDecoder, type CodecName } from './codecs.js';
import { flacPieces } from './flac.js';
import { type OggPage, oggPackets, oggPages, oggStreams } from './ogg-pages.js';
import { type Piece, PORTION } from './piece.js';
import { checkComplete, damaged, notRead } from './problems.js';

/** Length of the start of FLAC's first packet: its name, a version, the number of header packets. */
const FLAC_MAPPING_HEADER = 9;

/**
 * Decodes the chained streams of a file (Vorbis, Opus, FLAC), each with its own rate and
 * channels; of multiplexed ones, the first that is audio.
 *
 * @throws AudioError if pages are missing, damaged or truncated, and for other codecs
 */
export async function* oggPieces(bytes: Uint8Array, name: string): AsyncGenerator<Piece> {
  const pages = [...oggPages(bytes)];
  const declared = pages.at(-1)?.end ?? bytes.length;
  checkComplete({ declared, present: Math.min(declared, bytes.length) }, 0, 'bytes', name);
  for (const { pages: own, codec } of oggStreams(bytes, pages)) {
    if (codec === undefined) {
      throw own[0]?.first === true
        ? notRead(name, 'an OGG file with neither Vorbis nor Opus nor FLAC')
        : damaged(name, 'OGG', 'its start is missing, so the rest cannot be decoded');
    }
    checkIntact(pages, name);
    checkSequence(own, name);
    if (codec === 'FLAC') yield* flacPieces(flacOf(bytes, own), name);
    else yield* streamPieces(bytes, own, codec, name);
  }
}

function checkIntact(pages: readonly OggPage[], name: string): void {
  const broken = pages.find(({ intact }) => !intact);
  if (broken === undefined) return;
  throw damaged(name, 'OGG', `the checksum of the page at byte ${broken.start} is wrong`);
}

/** Pages are numbered; a stream recorded from its middle has only a part of those after the headers. */
function checkSequence(pages: readonly OggPage[], name: string): void {
  for (const [i, { start, sequence }] of pages.entries()) {
    const before = pages[i - 1];
    if (before === undefined || sequence === before.sequence + 1) continue;
    if (sequence <= before.sequence) {
      throw damaged(name, 'OGG', `the page at byte ${start} is in the wrong place`);
    }
    if (before.header) continue;
    const missing = sequence - before.sequence - 1;
    throw damaged(name, 'OGG', `${missing} of its pages are missing before byte ${start}`);
  }
}

async function* streamPieces(
  bytes: Uint8Array,
  pages: readonly OggPage[],
  codec: CodecName,
  name: string,
): AsyncGenerator<Piece> {
  const decoder = await openDecoder(codec, name);
  try {
    for (const portion of portions(bytes, pages)) {
      const piece = decoder.decode(portion);
      if (piece.channels.length > 0) yield piece;
    }
    const rest = decoder.flush();
    if (rest.channels.length > 0) yield rest;
  } finally {
    decoder.free();
  }
}

/** Groups of whole pages. */
function* portions(bytes: Uint8Array, pages: readonly OggPage[]): Generator<Uint8Array> {
  let some: Uint8Array[] = [];
  let size = 0;
  for (const [i, { start, end }] of pages.entries()) {
    some.push(bytes.subarray(start, end));
    size += end - start;
    if (size < PORTION && i < pages.length - 1) continue;
    yield concatenate(Uint8Array, some);
    some = [];
    size = 0;
  }
}

/** The same stream without the Ogg container (RFC 9639 section 10.1): its packets are the header's blocks and the frames. */
function flacOf(bytes: Uint8Array, pages: readonly OggPage[]): Uint8Array {
  const [first, ...others] = oggPackets(bytes, pages);
  return concatenate(Uint8Array, [
    first?.subarray(FLAC_MAPPING_HEADER) ?? new Uint8Array(),
    ...others,
  ]);
}
