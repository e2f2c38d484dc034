import { tagAt, viewOf } from './bytes.js';

const ID3_HEADER = 10;
const ID3V1 = 128;
const ID3V1_EXTENDED = 227;
const APE_FOOTER = 32;
const LYRICS_END = 9;
/** Lyrics3 version 1 says no size: the most it may hold. */
const LYRICS_MOST = 5100;

/** The end of the ID3v2 tag at `at` as its header says it (id3.org, 2.4.0 section 3.1); `at` where there is none. */
export function id3End(bytes: Uint8Array, at: number): number {
  if (at + ID3_HEADER > bytes.length || tagAt(bytes, at).slice(0, 3) !== 'ID3') return at;
  let size = 0;
  for (const b of bytes.subarray(at + 6, at + 10)) size = size * 128 + (b & 0x7f);
  const footer = (bytes[at + 5]! & 0x10) !== 0 ? ID3_HEADER : 0;
  return at + ID3_HEADER + size + footer;
}

/** The end of all ID3v2 tags and of the zeros before and behind them; may lie behind the bytes' end. */
export function leadingTagsEnd(bytes: Uint8Array): number {
  let at = 0;
  for (;;) {
    while (bytes[at] === 0) at++;
    const end = id3End(bytes, at);
    if (end === at) return at;
    at = end;
  }
}

/** Where the tags begin that stand at the end of a file: ID3v1, APE, Lyrics3, ID3v2.4 and zeros. */
export function trailingTagsStart(bytes: Uint8Array): number {
  let end = bytes.length;
  for (;;) {
    const before = tagBefore(bytes, end);
    if (before === end) return end;
    end = before;
  }
}

function tagBefore(bytes: Uint8Array, end: number): number {
  const starts = (length: number, tag: string): boolean =>
    end >= length && textAt(bytes, end - length, tag.length) === tag;
  if (starts(ID3V1, 'TAG')) return end - ID3V1;
  if (starts(ID3V1_EXTENDED, 'TAG+')) return end - ID3V1_EXTENDED;
  if (starts(APE_FOOTER, 'APETAGEX')) {
    const view = viewOf(bytes);
    const size = view.getUint32(end - APE_FOOTER + 12, true);
    const header = view.getUint32(end - APE_FOOTER + 20, true) >>> 31 === 1 ? APE_FOOTER : 0;
    return size + header > end ? end : end - Math.max(size, APE_FOOTER) - header;
  }
  if (starts(LYRICS_END, 'LYRICS200')) {
    const size = Number(textAt(bytes, end - LYRICS_END - 6, 6));
    const whole = size + 6 + LYRICS_END;
    return Number.isInteger(size) && whole <= end ? end - whole : end;
  }
  if (starts(LYRICS_END, 'LYRICSEND')) {
    const text = textAt(bytes, Math.max(0, end - LYRICS_MOST - LYRICS_END), LYRICS_MOST);
    const at = text.lastIndexOf('LYRICSBEGIN');
    return at < 0 ? end : Math.max(0, end - LYRICS_MOST - LYRICS_END) + at;
  }
  if (starts(ID3_HEADER, '3DI')) {
    let size = 0;
    for (const b of bytes.subarray(end - 4, end)) size = size * 128 + (b & 0x7f);
    const start = end - size - 2 * ID3_HEADER;
    return start >= 0 && textAt(bytes, start, 3) === 'ID3' ? start : end;
  }
  return end;
}

/** Latin-1, which takes every byte. */
function textAt(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (const b of bytes.subarray(Math.max(0, at), Math.max(0, at) + length)) {
    text += String.fromCharCode(b);
  }
  return text;
}
