import { type DeclaredSize, tagAt, viewOf } from './bytes.js';

interface FrameHeader {
  readonly mpeg1: boolean;
  readonly mono: boolean;
  /** Bytes of the whole frame. */
  readonly length: number;
}

/** kbit/s by index, layer III. */
const BITRATES_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320] as const;
const BITRATES_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160] as const;
const RATES = [44_100, 48_000, 32_000] as const;

/** Whether an MPEG layer III frame starts here, and another where it ends (unless the bytes do). */
export function isMp3(bytes: Uint8Array): boolean {
  const header = frameHeader(bytes, 0);
  if (header === undefined) return false;
  return header.length + 4 > bytes.length || frameHeader(bytes, header.length) !== undefined;
}

/**
 * The size of the stream that a Xing or Info header (written by LAME and most others in the first
 * frame) declares, first frame included; undefined where there is none, and so nothing declared.
 */
export function mp3Size(bytes: Uint8Array): DeclaredSize | undefined {
  const header = frameHeader(bytes, 0);
  if (header === undefined) return undefined;
  // Behind the frame's header and its side information (ISO 11172-3, 13818-3).
  const at = 4 + (header.mpeg1 ? (header.mono ? 17 : 32) : header.mono ? 9 : 17);
  const tag = tagAt(bytes, at);
  if ((tag !== 'Xing' && tag !== 'Info') || at + 16 > bytes.length) return undefined;
  const view = viewOf(bytes);
  const flags = view.getUint32(at + 4);
  const hasFrames = (flags & 1) !== 0;
  const hasBytes = (flags & 2) !== 0;
  if (!hasBytes) return undefined;
  const declared = view.getUint32(at + (hasFrames ? 12 : 8));
  return { declared, present: bytes.length };
}

/** ISO 11172-3 section 2.4.1.3, with the lower rates of MPEG 2 and 2.5. */
function frameHeader(bytes: Uint8Array, at: number): FrameHeader | undefined {
  if (at + 4 > bytes.length) return undefined;
  const word = viewOf(bytes).getUint32(at);
  const sync = word >>> 21;
  const version = (word >>> 19) & 3; // 0: MPEG 2.5, 2: MPEG 2, 3: MPEG 1
  const layer = (word >>> 17) & 3; // 1: layer III
  const mpeg1 = version === 3;
  const bitrate = (mpeg1 ? BITRATES_1 : BITRATES_2)[(word >>> 12) & 15];
  const fullRate = RATES[(word >>> 10) & 3];
  if (sync !== 0x7ff || version === 1 || layer !== 1) return undefined;
  if (bitrate === undefined || bitrate === 0 || fullRate === undefined) return undefined;
  const rate = fullRate / (mpeg1 ? 1 : version === 2 ? 2 : 4);
  const padding = (word >>> 9) & 1;
  const length = Math.floor(((mpeg1 ? 144 : 72) * bitrate * 1000) / rate) + padding;
  return { mpeg1, mono: ((word >>> 6) & 3) === 3, length };
}

/** Bytes of the ID3v2 tag, with which MP3 and some FLAC files start; 0 where there is none. */
export function id3Length(bytes: Uint8Array): number {
  if (bytes.length < 10 || tagAt(bytes, 0).slice(0, 3) !== 'ID3') return 0;
  let size = 0;
  for (const b of bytes.subarray(6, 10)) size = size * 128 + (b & 0x7f);
  const footer = (bytes[5]! & 0x10) !== 0 ? 10 : 0;
  let end = 10 + size + footer;
  while (bytes[end] === 0) end++;
  return end;
}
