import { tagAt, viewOf } from './bytes.js';

/** Properties shared by all frames of one stream. */
export interface FrameKind {
  /** MPEG 1, 2, or 2.5 for low rates. */
  readonly version: 1 | 2 | 2.5;
  readonly layer: 1 | 2 | 3;
  /** Sampling rate in Hz. */
  readonly rate: number;
  readonly mono: boolean;
  /** Free format: its frames do not declare their length. */
  readonly free: boolean;
}

/** Consecutive frames without a gap: bytes `start` to `end`. Only the first may be an info frame. */
export interface FrameRun {
  readonly kind: FrameKind;
  readonly start: number;
  readonly end: number;
  readonly frames: number;
}

interface FrameHeader extends FrameKind {
  /** Bytes of the frame; undefined for free format, which does not declare it. */
  readonly length: number | undefined;
  readonly padding: number;
}

/** kbit/s by index, for MPEG 1 and for the others, layers I to III. */
const BITRATES_1 = [
  [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
] as const;
const LOW = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160] as const;
const BITRATES_2 = [
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  LOW,
  LOW,
] as const;
const RATES = [44_100, 48_000, 32_000] as const;
const HEADER = 4;
/** Consecutive frames that are enough to rule out a coincidence. */
const SURE = 4;
/** Longest frame of free format: 640 kbit/s at 8 kHz. */
const LONGEST_FRAME = 5800;

/**
 * ISO 11172-3 section 2.4.1.3, with the lower rates of MPEG 2 and 2.5.
 *
 * @param expected whether a frame has to be here: then its emphasis may be the one that is reserved
 */
export function frameHeader(
  bytes: Uint8Array,
  at: number,
  expected = false,
): FrameHeader | undefined {
  if (at + HEADER > bytes.length || bytes[at] !== 0xff) return undefined;
  const word = viewOf(bytes).getUint32(at);
  const versionBits = (word >>> 19) & 3; // 0: MPEG 2.5, 2: MPEG 2, 3: MPEG 1
  const layerBits = (word >>> 17) & 3; // 1: layer III
  const bitrateIndex = (word >>> 12) & 15;
  const fullRate = RATES[(word >>> 10) & 3];
  if (word >>> 21 !== 0x7ff || versionBits === 1 || layerBits === 0) return undefined;
  if (bitrateIndex === 15 || fullRate === undefined) return undefined;
  if ((word & 3) === 2 && !expected) return undefined;
  const version = versionBits === 3 ? 1 : versionBits === 2 ? 2 : 2.5;
  const layer = (4 - layerBits) as 1 | 2 | 3;
  const rate = fullRate / (version === 1 ? 1 : version === 2 ? 2 : 4);
  const padding = ((word >>> 9) & 1) * (layer === 1 ? 4 : 1);
  const bitrate = (version === 1 ? BITRATES_1 : BITRATES_2)[layer - 1]![bitrateIndex]!;
  const slots = layer === 1 ? 12 : layer === 3 && version !== 1 ? 72 : 144;
  const whole = Math.floor((slots * bitrate * 1000) / rate);
  const length = bitrate === 0 ? undefined : (layer === 1 ? 4 * whole : whole) + padding;
  const mono = ((word >>> 6) & 3) === 3;
  return { version, layer, rate, mono, free: bitrate === 0, length, padding };
}

export function sameKind(a: FrameKind, b: FrameKind): boolean {
  return (
    a.version === b.version &&
    a.layer === b.layer &&
    a.rate === b.rate &&
    a.mono === b.mono &&
    a.free === b.free
  );
}

/**
 * The frames between two offsets, which need not be frame boundaries: data between frames
 * (tags, zeros, damage, partial frames) is skipped, and so is an incomplete frame at the end.
 */
export function* frameRuns(bytes: Uint8Array, from: number, to: number): Generator<FrameRun> {
  let at = from;
  for (;;) {
    const start = findFrames(bytes, at, to);
    if (start === undefined) return;
    const run = runAt(bytes, start, to);
    yield run;
    at = run.end;
  }
}

/** Whether frames begin between two offsets. */
export function hasFrames(bytes: Uint8Array, from: number, to: number): boolean {
  return findFrames(bytes, from, to) !== undefined;
}

/** The first offset with consecutive frames: four, or all that there are. */
function findFrames(bytes: Uint8Array, from: number, to: number): number | undefined {
  for (let at = from; at + HEADER <= to; at++) {
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + HEADER > to) return undefined;
    const { frames, whole } = chainAt(bytes, at, to);
    // A few frames are accepted only if they start at the first byte or end at the last one.
    if (frames >= SURE || (frames > 0 && whole && (at === from || frames > 1))) return at;
  }
  return undefined;
}

/** Number of frames of one kind starting here, up to `SURE`; whether they continue to the end of the bytes. */
export function chainAt(
  bytes: Uint8Array,
  start: number,
  to: number,
): { frames: number; whole: boolean } {
  const first = frameHeader(bytes, start);
  if (first === undefined) return { frames: 0, whole: false };
  const free = first.length === undefined ? freeLength(bytes, start, first, to) : 0;
  let at = start;
  let frames = 0;
  let cut = false;
  while (frames < SURE) {
    const next = at === start ? first : frameHeader(bytes, at, true);
    if (next === undefined || !sameKind(next, first)) break;
    const length = next.length ?? (free === undefined ? undefined : free + next.padding);
    if (length === undefined) break;
    cut = at + length > to;
    if (cut) break;
    frames++;
    at += length;
  }
  return { frames, whole: cut || at + HEADER > to };
}

function runAt(bytes: Uint8Array, start: number, to: number): FrameRun {
  const first = frameHeader(bytes, start)!;
  const free = first.length === undefined ? freeLength(bytes, start, first, to) : undefined;
  let end = start;
  let frames = 0;
  for (;;) {
    const next = frameHeader(bytes, end, true);
    if (next === undefined || !sameKind(next, first)) break;
    if (end > start && infoAt(bytes, end, next) !== undefined) break; // another file follows
    const length = next.length ?? (free === undefined ? undefined : free + next.padding);
    if (length === undefined || end + length > to) break;
    end += length;
    frames++;
  }
  const { version, layer, rate, mono, free: isFree } = first;
  return { kind: { version, layer, rate, mono, free: isFree }, start, end, frames };
}

/**
 * Offset of the header `Xing` or `Info` that LAME and most others write into a separate frame, the first
 * of a file; undefined for all other frames.
 */
export function infoAt(bytes: Uint8Array, frame: number, kind: FrameKind): number | undefined {
  if (kind.layer !== 3) return undefined;
  // After the frame's header and its side information (ISO 11172-3, 13818-3).
  const side = kind.version === 1 ? (kind.mono ? 17 : 32) : kind.mono ? 9 : 17;
  const at = frame + HEADER + side;
  const tag = tagAt(bytes, at);
  return tag === 'Xing' || tag === 'Info' ? at : undefined;
}

/** Distance in bytes, without padding, from one free-format header to each of the next two. */
function freeLength(
  bytes: Uint8Array,
  start: number,
  first: FrameHeader,
  to: number,
): number | undefined {
  const isNext = (at: number): FrameHeader | undefined => {
    const next = frameHeader(bytes, at);
    return next !== undefined && sameKind(next, first) ? next : undefined;
  };
  for (let length = 2 * HEADER; length <= LONGEST_FRAME && start + length < to; length++) {
    const second = isNext(start + length);
    if (second === undefined) continue;
    const free = length - first.padding;
    if (isNext(start + length + free + second.padding) !== undefined) return free;
  }
  return undefined;
}
