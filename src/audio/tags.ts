import { tagAt } from './bytes.js';

export const ID3_HEADER = 10;

/** The end of the ID3v2 tag at `at` according to its header (id3.org, 2.4.0 section 3.1); `at` if there is none. */
export function id3End(bytes: Uint8Array, at: number): number {
  if (at + ID3_HEADER > bytes.length || tagAt(bytes, at).slice(0, 3) !== 'ID3') return at;
  let size = 0;
  for (const b of bytes.subarray(at + 6, at + 10)) size = size * 128 + (b & 0x7f);
  const footer = (bytes[at + 5]! & 0x10) !== 0 ? ID3_HEADER : 0;
  return at + ID3_HEADER + size + footer;
}

/** The end of all ID3v2 tags and of the zeros around them; may be after the end of the bytes. */
export function leadingTagsEnd(bytes: Uint8Array): number {
  let at = 0;
  for (;;) {
    while (bytes[at] === 0) at++;
    const end = id3End(bytes, at);
    if (end === at) return at;
    at = end;
  }
}
