import { AudioError } from '../core/errors.js';
import { tagAt } from './bytes.js';
import { openDecoder } from './codecs.js';
import { gapProblem, isClean } from './mp3-gaps.js';
import { checkInfo } from './mp3-info.js';
import { misfit } from './mp3-main-data.js';
import {
  frameHeader,
  frameRuns,
  type FrameRun,
  hasFrames,
  infoAt,
  sameKind,
} from './mp3-frames.js';
import { type Piece, PORTION } from './piece.js';
import { damaged } from './problems.js';
import { ID3_HEADER, leadingTagsEnd } from './tags.js';

/** Whether there are MPEG audio frames, after anything else. */
export function isMp3(bytes: Uint8Array): boolean {
  return hasFrames(bytes, startOf(bytes), bytes.length);
}

/**
 * Decodes all frames. Rate and channels may change midway.
 *
 * @throws AudioError if frames are missing or damaged, or much of what a Xing or Info header declares
 */
export async function* mp3Pieces(bytes: Uint8Array, name: string): AsyncGenerator<Piece> {
  const runs = intactRuns(bytes, name);
  for (let i = 0; i < runs.length;) {
    const { kind } = runs[i]!;
    const decoder = await openDecoder('MP3', name);
    try {
      do {
        const { start, end } = runs[i]!;
        for (let at = start; at < end; at += PORTION) {
          const portion = bytes.subarray(at, Math.min(at + PORTION, end));
          const { channels } = decoder.decode(portion);
          // The decoder returns a single channel twice.
          if (channels.length > 0) {
            yield { channels: kind.mono ? channels.slice(0, 1) : channels, rate: kind.rate };
          }
        }
        i++;
      } while (i < runs.length && sameKind(runs[i]!.kind, kind) && !startsFile(bytes, runs[i]!));
    } finally {
      decoder.free();
    }
  }
}

/**
 * The runs of frames, if nothing is missing or damaged as far as that can be known: only headers, sizes and the
 * places of the coded data tell.
 */
function intactRuns(bytes: Uint8Array, name: string): readonly FrameRun[] {
  const from = startOf(bytes);
  const runs = [...frameRuns(bytes, from, bytes.length)];
  const [first] = runs;
  if (first === undefined) throw damaged(name, 'MP3', 'it has no frames');
  const problem = gapProblem(bytes, from, runs);
  for (const run of runs) {
    if (!run.kind.free) continue;
    throw new AudioError(
      `${name}: an MP3 file in free format (with a non-standard bit rate), which is not supported`,
      'Convert it, for example with `lame --decode IN OUT.wav`; ffmpeg cannot read it.',
    );
  }
  for (let i = 0; i < runs.length;) {
    const next = runs.findIndex((run, k) => k > i && startsFile(bytes, run));
    const end = next < 0 ? runs.length : next;
    const clean = end < runs.length || isClean(bytes, runs[end - 1]!.end);
    checkInfo(bytes, runs.slice(i, end), clean, name);
    i = end;
  }
  if (problem !== undefined) throw damaged(name, 'MP3', problem);
  for (const run of runs) {
    const at = misfit(bytes, run);
    if (at === undefined) continue;
    throw damaged(name, 'MP3', `the frame at byte ${at} does not fit the one before`);
  }
  return runs;
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
