import { tagAt, viewOf } from './bytes.js';

/** A page of an Ogg file (RFC 3533 section 6). */
export interface OggPage {
  readonly start: number;
  /** Where its packets start. */
  readonly body: number;
  readonly end: number;
  /** The logical stream it is of. */
  readonly serial: number;
  /** First page of its stream. */
  readonly first: boolean;
  /** Starts in the middle of a packet. */
  readonly continued: boolean;
}

const HEADER = 27;
const SEGMENTS_AT = 26;
const CAPTURE = 'OggS';
const CONTINUED = 1;
const FIRST = 2;

/**
 * The pages of a file; bytes between them are passed over. The last one may end behind the bytes' end,
 * where the file was cut off.
 */
export function* oggPages(bytes: Uint8Array): Generator<OggPage> {
  const view = viewOf(bytes);
  let at = 0;
  while (at < bytes.length) {
    if (!CAPTURE.startsWith(tagAt(bytes, at))) {
      at = bytes.indexOf(0x4f, at + 1);
      if (at < 0) return;
      continue;
    }
    const cut = at + HEADER > bytes.length;
    const body = at + HEADER + (cut ? 0 : bytes[at + SEGMENTS_AT]!);
    let end = body;
    for (const segment of bytes.subarray(at + HEADER, body)) end += segment;
    const flags = bytes[at + 5] ?? 0;
    yield {
      start: at,
      body,
      end,
      serial: cut ? 0 : view.getUint32(at + 14, true),
      first: (flags & FIRST) !== 0,
      continued: (flags & CONTINUED) !== 0,
    };
    at = end;
  }
}

/** Runs of pages of one logical stream each, one after the other: a chain has several. */
export interface OggStream {
  readonly pages: readonly OggPage[];
  readonly codec: OggCodec;
}

export type OggCodec = 'Vorbis' | 'Opus' | 'FLAC' | undefined;

/** How the first packet of a stream begins. */
const CODECS = { OpusHead: 'Opus', '\x01vorbis': 'Vorbis', '\x7fFLAC': 'FLAC' } as const;

/**
 * The streams of audio, one of each link of a chain: the first that is of a known codec, or, where there is
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

/** The packets of a stream, put together where they run over several pages. */
export function* oggPackets(bytes: Uint8Array, pages: readonly OggPage[]): Generator<Uint8Array> {
  let parts: Uint8Array[] = [];
  for (const { start, body, continued } of pages) {
    if (!continued) parts = [];
    let at = body;
    let from = body;
    for (const segment of bytes.subarray(start + HEADER, body)) {
      at += segment;
      if (segment === 255) continue; // the packet goes on
      yield joined([...parts, bytes.subarray(from, at)]);
      parts = [];
      from = at;
    }
    if (at > from) parts.push(bytes.subarray(from, at));
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
