import { AudioError } from '../core/errors.js';
import { tagAt, type DeclaredSize, viewOf } from './bytes.js';
import { openDecoder } from './codecs.js';
import {
  frameHeader,
  frameRuns,
  type FrameRun,
  hasFrames,
  infoAt,
  sameKind,
} from './mp3-frames.js';
import { type Piece, PORTION } from './piece.js';
import { checkComplete, damaged } from './problems.js';
import { ID3_HEADER, leadingTagsEnd } from './tags.js';

/** Tolerance for sizes in headers: a fraction of the size, or some bytes. */
const SLACK_PART = 0.01;
const SLACK_BYTES = 64;

/** Whether there are MPEG audio frames, after anything else. */
export function isMp3(bytes: Uint8Array): boolean {
  return hasFrames(bytes, startOf(bytes), bytes.length);
}

/**
 * Decodes all frames. Rate and channels may change midway.
 *
 * @throws AudioError if much is missing of what a Xing or Info header declares
 */
export async function* mp3Pieces(bytes: Uint8Array, name: string): AsyncGenerator<Piece> {
  const runs = frameRuns(bytes, startOf(bytes), bytes.length);
  const first = runs.next();
  if (first.done === true) throw damaged(name, 'MP3', 'it has no frames');
  const size = declaredSize(bytes, first.value);
  if (size !== undefined) {
    checkComplete(size, Math.max(SLACK_PART * size.declared, SLACK_BYTES), 'bytes', name);
  }
  let run: FrameRun | undefined = first.value;
  while (run !== undefined) {
    const { kind } = run;
    if (kind.free) {
      throw new AudioError(
        `${name}: an MP3 file in free format (with a non-standard bit rate), which is not supported`,
        'Convert it, for example with `lame --decode IN OUT.wav`; ffmpeg cannot read it.',
      );
    }
    const decoder = await openDecoder('MP3', name);
    try {
      do {
        for (let at = run.start; at < run.end; at += PORTION) {
          const portion = bytes.subarray(at, Math.min(at + PORTION, run.end));
          const { channels } = decoder.decode(portion);
          // The decoder returns a single channel twice.
          if (channels.length > 0) {
            yield { channels: kind.mono ? channels.slice(0, 1) : channels, rate: kind.rate };
          }
        }
        const next = runs.next();
        run = next.done === true ? undefined : next.value;
      } while (run !== undefined && sameKind(run.kind, kind) && !startsFile(bytes, run));
    } finally {
      decoder.free();
    }
  }
}

function startsFile(bytes: Uint8Array, { start, kind }: FrameRun): boolean {
  return infoAt(bytes, start, kind) !== undefined;
}

/** Where to look for frames: after the tags, unless their length is wrong. */
function startOf(bytes: Uint8Array): number {
  const tagged = leadingTagsEnd(bytes);
  if (frameHeader(bytes, tagged) !== undefined) return tagged;
  return tagAt(bytes, 0).startsWith('ID3') ? ID3_HEADER : 0;
}

/**
 * The size of the stream, including the first frame, as declared in a Xing or Info header (which LAME and
 * most others write in the first frame); undefined if there is none.
 */
function declaredSize(bytes: Uint8Array, { start, kind }: FrameRun): DeclaredSize | undefined {
  const at = infoAt(bytes, start, kind);
  if (at === undefined || at + 16 > bytes.length) return undefined;
  const view = viewOf(bytes);
  const flags = view.getUint32(at + 4);
  const hasFrameCount = (flags & 1) !== 0;
  const hasBytes = (flags & 2) !== 0;
  if (!hasBytes) return undefined;
  const declared = view.getUint32(at + (hasFrameCount ? 12 : 8));
  return { declared, present: bytes.length - start };
}
