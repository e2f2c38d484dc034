import { type DeclaredSize, tagAt, viewOf } from './bytes.js';
import { type FrameRun, infoAt } from './mp3-frames.js';
import { checkComplete, damaged } from './problems.js';

/** Tolerance for sizes in headers: a fraction of the size, or some bytes. */
const SLACK_PART = 0.01;
const SLACK_BYTES = 64;
/** Of any frame. */
const FEWEST_BYTES = 24;
const HEADER = 4;
/** In LAME's part of the header, from the word Xing or Info on. */
const ENCODER_AT = 120;
const CHECKSUM_AT = 154;

/**
 * Checks a file against the header `Xing` or `Info` in its first frame, if there is one.
 *
 * @param own the runs of frames up to the next file
 * @param clean whether what is behind the last frame is no part of one
 * @throws AudioError if that is damaged, or declares more than there is
 */
export function checkInfo(
  bytes: Uint8Array,
  own: readonly FrameRun[],
  clean: boolean,
  name: string,
): void {
  const [first] = own;
  const last = own.at(-1);
  const at = first && infoAt(bytes, first.start, first.kind);
  if (first === undefined || last === undefined || at === undefined) return;
  if (at + 16 > bytes.length) return;
  const { size, frames } = declaredAt(bytes, at);
  if (size !== undefined) {
    const present = bytes.length - first.start;
    const slack = Math.max(SLACK_PART * size, SLACK_BYTES);
    checkComplete({ declared: size, present }, slack, 'bytes', name);
  }
  if (frames !== undefined) {
    const present = own.reduce((sum, run) => sum + run.frames, -1);
    const short = size !== undefined && size >= last.end - first.start + FEWEST_BYTES;
    // Some count the header's own frame too.
    const most: DeclaredSize = { declared: frames, present };
    checkComplete(most, clean && !short ? 1 : 0, 'frames', name);
  }
  const isProtected = (bytes[first.start + 1]! & 1) === 0; // by a checksum that LAME adds afterwards
  const side = bytes.subarray(first.start + HEADER + (isProtected ? 2 : 0), at);
  const used = side.some((byte) => byte !== 0);
  if (used || !(isProtected || hasChecksum(bytes, first.start, at))) {
    throw damaged(name, 'MP3', 'the header in its first frame is not what was written');
  }
}

/** The size of the stream, including the header's frame, and the number of frames behind it. */
function declaredAt(bytes: Uint8Array, at: number): { size?: number; frames?: number } {
  const view = viewOf(bytes);
  const flags = view.getUint32(at + 4);
  const hasFrames = (flags & 1) !== 0;
  return {
    ...(hasFrames && { frames: view.getUint32(at + 8) }),
    ...((flags & 2) !== 0 && { size: view.getUint32(at + (hasFrames ? 12 : 8)) }),
  };
}

/** LAME's own checksum, over the frame up to there; others write the same header with a wrong one. */
function hasChecksum(bytes: Uint8Array, start: number, at: number): boolean {
  const end = at + CHECKSUM_AT;
  if (tagAt(bytes, at + ENCODER_AT) !== 'LAME' || end + 2 > bytes.length) return true;
  let crc = 0;
  for (let i = start; i < end; i++) {
    crc ^= bytes[i]!;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc === viewOf(bytes).getUint16(end);
}
