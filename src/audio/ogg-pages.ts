import { joined } from '../core/concatenate.js';
import { tagAt, viewOf } from './bytes.js';

/** A page of an Ogg file (RFC 3533 section 6). */
export interface OggPage {
  readonly start: number;
  /** Offset of its packets. */
  readonly body: number;
  readonly end: number;
  /** Its logical stream. */
  readonly serial: number;
  /** Its number within the stream. */
  readonly sequence: number;
  /** Whether it belongs to its stream's headers: no audio ends in it. */
  readonly header: boolean;
  /** Whether it is complete and its checksum is correct. */
  readonly intact: boolean;
  /** Whether it is the first page of its stream. */
  readonly first: boolean;
  /** Whether it starts in the middle of a packet. */
  readonly continued: boolean;
}

const HEADER = 27;
const VERSION_AT = 4;
const FLAGS_AT = 5;
const POSITION_AT = 6;
const SERIAL_AT = 14;
const SEQUENCE_AT = 18;
const CRC_AT = 22;
const SEGMENTS_AT = 26;
const CAPTURE = 'OggS';
const CONTINUED = 1;
const FIRST = 2;
const ALL_FLAGS = 7;

/**
 * The pages of a file; bytes between them are skipped. A page at its expected position may have a wrong
 * checksum, or end after the end of the bytes if the file is truncated.
 */
export function* oggPages(bytes: Uint8Array): Generator<OggPage> {
  let at = 0;
  let expected = true; // at the start, and right after a page
  while (at < bytes.length) {
    const page = pageAt(bytes, at);
    if (page !== undefined && (expected || page.intact)) {
      yield page;
      at = page.end;
      expected = true;
      continue;
    }
    expected = false;
    at = bytes.indexOf(0x4f, at + 1);
    if (at < 0) return;
  }
}

/** A possible page, which may end after the end of the bytes; undefined for anything else. */
function pageAt(bytes: Uint8Array, start: number): OggPage | undefined {
  const tag = tagAt(bytes, start);
  if (tag !== CAPTURE && (start + 4 <= bytes.length || !CAPTURE.startsWith(tag))) return undefined;
  const flags = bytes[start + FLAGS_AT] ?? 0;
  if ((bytes[start + VERSION_AT] ?? 0) !== 0 || flags > ALL_FLAGS) return undefined;
  const whole = start + HEADER <= bytes.length;
  const body = start + HEADER + (whole ? bytes[start + SEGMENTS_AT]! : 0);
  let end = body;
  for (const segment of bytes.subarray(start + HEADER, body)) end += segment;
  const view = viewOf(bytes);
  return {
    start,
    body,
    end,
    serial: whole ? view.getUint32(start + SERIAL_AT, true) : 0,
    sequence: whole ? view.getUint32(start + SEQUENCE_AT, true) : 0,
    header: whole && view.getBigInt64(start + POSITION_AT, true) === 0n,
    intact: end <= bytes.length && hasChecksum(bytes, start, end),
    first: (flags & FIRST) !== 0,
    continued: (flags & CONTINUED) !== 0,
  };
}

/** Verifies the checksum, over the page with zeros in place of the checksum (RFC 3533 section 6). */
function hasChecksum(bytes: Uint8Array, start: number, end: number): boolean {
  const at = start + CRC_AT;
  let crc = 0;
  for (let i = start; i < end; i++) {
    const byte = i >= at && i < at + 4 ? 0 : bytes[i]!;
    crc = CRC[(crc >>> 24) ^ byte]! ^ (crc << 8);
  }
  return crc >>> 0 === viewOf(bytes).getUint32(at, true);
}

const CRC = Int32Array.from({ length: 256 }, (_, code) => {
  let crc = code << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1;
  return crc;
});

/** The pages of one logical stream; a chain has several, one after the other. */
export interface OggStream {
  readonly pages: readonly OggPage[];
  readonly codec: OggCodec;
}

export type OggCodec = 'Vorbis' | 'Opus' | 'FLAC' | undefined;

/** Start of the first packet of a stream. */
const CODECS = { OpusHead: 'Opus', '\x01vorbis': 'Vorbis', '\x7fFLAC': 'FLAC' } as const;

/**
 * The audio streams, one for each link of a chain: the first with a known codec, or, if there is
 * none, just the first.
 */
export function oggStreams(bytes: Uint8Array, pages: Iterable<OggPage>): OggStream[] {
  const streams: { pages: OggPage[]; codec: OggCodec }[] = [];
  let current: { pages: OggPage[]; codec: OggCodec } | undefined;
  let starting = false; // among the first pages of a link
  for (const page of pages) {
    if (page.first) {
      const codec = codecOf(bytes, page);
      const better = starting && current?.codec === undefined && codec !== undefined;
      if (better) streams.pop();
      if (better || !starting) {
        current = { pages: [], codec };
        streams.push(current);
      }
    }
    if (current === undefined) {
      current = { pages: [], codec: undefined };
      streams.push(current);
    }
    starting = page.first;
    if (current.pages.length === 0 || page.serial === current.pages[0]!.serial) {
      current.pages.push(page);
    }
  }
  return streams;
}

function codecOf(bytes: Uint8Array, { body }: OggPage): OggCodec {
  const start = String.fromCharCode(...bytes.subarray(body, body + 8));
  for (const [magic, codec] of Object.entries(CODECS)) if (start.startsWith(magic)) return codec;
  return undefined;
}

/** The packets of a stream, joined if they span several pages. */
export function* oggPackets(bytes: Uint8Array, pages: readonly OggPage[]): Generator<Uint8Array> {
  let parts: Uint8Array[] = [];
  for (const { start, body, continued } of pages) {
    if (!continued) parts = [];
    let at = body;
    let from = body;
    for (const segment of bytes.subarray(start + HEADER, body)) {
      at += segment;
      if (segment === 255) continue; // the packet continues
      yield joined(Uint8Array, [...parts, bytes.subarray(from, at)]);
      parts = [];
      from = at;
    }
    if (at > from) parts.push(bytes.subarray(from, at));
  }
}
