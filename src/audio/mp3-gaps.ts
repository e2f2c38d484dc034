import { tagAt, viewOf } from './bytes.js';
import { chainAt, type FrameRun, frameHeader, infoAt, sameKind } from './mp3-frames.js';
import { id3End } from './tags.js';

const HEADER = 4;
const ID3V1 = 128;
const APE_HEADER = 32;
const LYRICS_ENDS = ['LYRICS200', 'LYRICSEND'] as const;

/**
 * Why bytes that are in no run of frames are not what may stand there: in front anything that a capture of a
 * stream may begin with, between runs only tags and zeros, behind the last anything without frames.
 *
 * @param from where frames may begin
 * @returns what is wrong; undefined if nothing is
 */
export function gapProblem(
  bytes: Uint8Array,
  from: number,
  runs: readonly FrameRun[],
): string | undefined {
  const [first] = runs;
  const last = runs.at(-1);
  if (first === undefined || last === undefined) return undefined;
  if (first.start > from && isBrokenStart(bytes, from, first)) {
    return `the frames before byte ${first.start} are broken`;
  }
  for (const [i, { start }] of runs.entries()) {
    const end = runs[i - 1]?.end ?? start;
    if (tagsEnd(bytes, end) < start) return `between bytes ${end} and ${start} are no whole frames`;
  }
  const lost = lostFrame(bytes, last);
  return lost === undefined ? undefined : `the frame at byte ${lost} does not follow another`;
}

/** Whether frames that are none of the run's, or the header with their number, are in front of it. */
function isBrokenStart(bytes: Uint8Array, from: number, { start, kind }: FrameRun): boolean {
  // Zeros may have taken the place of its header.
  for (let at = Math.max(0, from - HEADER); at < start; at++) {
    if (infoAt(bytes, at, kind) !== undefined) return true;
    const header = at < from ? undefined : frameHeader(bytes, at);
    if (header === undefined || !sameKind(header, kind)) continue;
    // A capture may begin within a frame, in which one header may seem to be.
    if (at === from || chainAt(bytes, at, start).frames > 1) return true;
  }
  return false;
}

/** Whether nothing but tags and zeros is behind an offset. */
export function isClean(bytes: Uint8Array, end: number): boolean {
  return tagsEnd(bytes, end) >= bytes.length;
}

/** A frame behind the last run and the tags there, whole or cut off. */
function lostFrame(bytes: Uint8Array, { end, kind }: FrameRun): number | undefined {
  const { length } = bytes;
  for (let at = tagsEnd(bytes, end); at < length; at++) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return undefined;
    const header = frameHeader(bytes, at);
    if (header === undefined || !sameKind(header, kind)) continue;
    // A frame right behind the run is just cut off.
    if (at > end && chainAt(bytes, at, length).whole) return at;
  }
  return undefined;
}

/** The end of the tags and zeros at an offset; the offset itself if there are none. */
function tagsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    while (bytes[at] === 0) at++;
    const end = tagEnd(bytes, at);
    if (end === at) return at;
    at = end;
  }
}

function tagEnd(bytes: Uint8Array, at: number): number {
  const tag = tagAt(bytes, at);
  if (tag.startsWith('ID3')) return id3End(bytes, at);
  if (tag.startsWith('TAG')) return at + ID3V1;
  if (tag === 'APET' && at + APE_HEADER <= bytes.length) {
    const view = viewOf(bytes);
    const isHeader = (view.getUint32(at + 20, true) & 0x2000_0000) !== 0;
    return at + APE_HEADER + (isHeader ? view.getUint32(at + 12, true) : 0);
  }
  if (tag === 'LYRI') {
    const text = new TextDecoder('latin1').decode(bytes.subarray(at));
    const ends = LYRICS_ENDS.map((end) => text.indexOf(end)).filter((place) => place >= 0);
    if (ends.length > 0) return at + Math.min(...ends) + LYRICS_ENDS[0].length;
  }
  return at;
}
