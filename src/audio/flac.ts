import { AudioError } from '../core/errors.js';
import { BitReader } from './flac-bits.js';
import { crc16, flacFrame, type FlacFrame, flacInfo, type FlacInfo } from './flac-frames.js';
import { readSubframe, type Samples } from './flac-subframe.js';
import type { Piece } from './piece.js';
import { AGAIN, checkComplete, damaged } from './problems.js';
import { id3End } from './tags.js';

interface Decoded {
  readonly piece: Piece;
  readonly frame: FlacFrame;
  /** Offset after the frame's last byte. */
  readonly end: number;
}

/**
 * Decodes FLAC of 4 to 32 bits; each frame may have its own rate, channels and bits, and other streams may
 * follow the first. Data after the last frame (tags, a newline) is ignored.
 *
 * @throws AudioError if frames are truncated or damaged
 */
export function* flacPieces(bytes: Uint8Array, name: string): Generator<Piece> {
  let info = flacInfo(bytes, 0);
  if (info === undefined) {
    throw new AudioError(
      `${name}: truncated or damaged: the header of the FLAC file is incomplete`,
      AGAIN,
    );
  }
  let declared: number | undefined = info.samples;
  let present = 0;
  let lost = false;
  let expected = Infinity; // a recording may start at any number
  let at = info.end;
  while (at < bytes.length) {
    const decoded = decodeFrame(bytes, at, info, name);
    if (decoded !== undefined) {
      const { samples, number, nextNumber } = decoded.frame;
      if (number > expected) lost = true;
      expected = nextNumber;
      present += samples;
      at = decoded.end;
      yield decoded.piece;
      continue;
    }
    const another = flacInfo(bytes, id3End(bytes, at));
    if (another !== undefined) {
      info = another;
      expected = Infinity;
      at = another.end;
      if (declared !== undefined) {
        declared = another.samples === undefined ? undefined : declared + another.samples;
      }
      continue;
    }
    if (flacFrame(bytes, at) !== undefined) lost = true;
    const next = nextFrame(bytes, at + 1, info, name);
    if (next === undefined) break;
    lost = true;
    at = next;
  }
  if (declared !== undefined) checkComplete({ declared, present }, 0, 'samples', name);
  else if (lost) {
    throw new AudioError(
      `${name}: truncated or damaged: only ${present} samples are intact`,
      AGAIN,
    );
  }
}

function nextFrame(
  bytes: Uint8Array,
  from: number,
  info: FlacInfo,
  name: string,
): number | undefined {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (decodeFrame(bytes, at, info, name) !== undefined) return at;
  }
  return undefined;
}

/** The frame at an offset; undefined if there is none, or it is incomplete. */
function decodeFrame(
  bytes: Uint8Array,
  at: number,
  info: FlacInfo,
  name: string,
): Decoded | undefined {
  const frame = flacFrame(bytes, at);
  if (frame === undefined) return undefined;
  const { samples } = frame;
  const rate = frame.rate ?? info.rate;
  const bits = frame.bits ?? info.bits;
  if (rate === 0) throw damaged(name, 'FLAC', 'it has no sampling rate');
  // An empty subframe needs at least 2 bytes: do not allocate for fewer.
  if (bytes.length - at < 2 * frame.channels) return undefined;
  const reader = new BitReader(bytes, at + frame.length, bytes.length);
  const channels: Samples[] = [];
  for (let c = 0; c < frame.channels; c++) {
    const depth = bits + (isSide(frame.stereo, c) ? 1 : 0);
    const channel = depth > 32 ? new Float64Array(samples) : new Int32Array(samples);
    if (!readSubframe(reader, channel, depth)) return undefined;
    channels.push(channel);
  }
  const end = reader.nextByte + 2;
  if (end > bytes.length || !isWhole(bytes, at, end)) return undefined;
  separate(channels, frame.stereo);
  const full = 2 ** (bits - 1);
  const scaled = channels.map((channel) => {
    const out = new Float32Array(samples);
    for (let i = 0; i < samples; i++) out[i] = channel[i]! / full;
    return out;
  });
  return { piece: { channels: scaled, rate }, frame, end };
}

/** The checksum over all bytes of the frame. */
function isWhole(bytes: Uint8Array, start: number, end: number): boolean {
  let crc = 0;
  for (let i = start; i < end; i++) crc = crc16(crc, bytes[i]!);
  return crc === 0;
}

type Stereo = FlacFrame['stereo'];

function isSide(stereo: Stereo, channel: number): boolean {
  if (stereo === 'apart') return false;
  return channel === (stereo === 'side-right' ? 0 : 1);
}

/** Decodes left and right of a pair coded together (RFC 9639 section 4.2), in place. */
function separate([first, second]: readonly Samples[], stereo: Stereo): void {
  if (stereo === 'apart' || first === undefined || second === undefined) return;
  for (let i = 0; i < first.length; i++) {
    const a = first[i]!;
    const b = second[i]!;
    if (stereo === 'left-side') second[i] = a - b;
    else if (stereo === 'side-right') first[i] = a + b;
    else {
      // The lowest bit of the sum is that of the difference.
      const odd = Math.abs(b % 2);
      first[i] = (2 * a + odd + b) / 2;
      second[i] = (2 * a + odd - b) / 2;
    }
  }
}
