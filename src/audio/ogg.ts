import { type DeclaredSize, tagAt } from './bytes.js';

const PAGE_HEADER = 27;
const SEGMENTS_AT = 26;

/**
 * The size of a stream up to the end of its last page, of which the segment table tells the size
 * (RFC 3533 section 6): more than there is where the file was cut off.
 */
export function oggSize(bytes: Uint8Array): DeclaredSize {
  let at = 0;
  while (at < bytes.length && 'OggS'.startsWith(tagAt(bytes, at))) {
    const table = at + PAGE_HEADER;
    const body = table + (bytes[at + SEGMENTS_AT] ?? 0);
    at = body;
    for (const segment of bytes.subarray(table, body)) at += segment;
  }
  return { declared: at, present: Math.min(at, bytes.length) };
}

/** The first packet's identifier, behind a page header with a table of one segment. */
const CODEC_AT = PAGE_HEADER + 1;
const CODECS = { OpusHead: 'Opus', '\x01vorbis': 'Vorbis' } as const;

/** What a complete first page says that the stream is; undefined for any other codec. */
export function oggCodec(bytes: Uint8Array): 'Opus' | 'Vorbis' | undefined {
  const start = String.fromCharCode(...bytes.subarray(CODEC_AT, CODEC_AT + 8));
  for (const [magic, codec] of Object.entries(CODECS)) if (start.startsWith(magic)) return codec;
  return undefined;
}
