import { joined } from '../core/concatenate.js';
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
  const reader = new FlacReader(name);
  yield* reader.read(bytes);
  reader.end();
}

/** Bits of a sample (RFC 9639 section 8.2). */
const FEWEST_BITS = 4;
/** Frames behind the last one that could be decoded; what is no frame rarely has such a number. */
const SOON = 64;
/** More than a frame and what surrounds it: 65,535 samples of 8 channels in 32 bits are 2 MiB. */
const AHEAD = 2 ** 22;

/**
 * `flacPieces` of a file that comes in pieces: a few MiB of it are in memory.
 *
 * @param ahead most bytes of a frame
 * @throws as flacPieces
 */
export async function* flacPiecesOfStream(
  pieces: AsyncIterable<Uint8Array>,
  name: string,
  ahead = AHEAD,
): AsyncGenerator<Piece, void, undefined> {
  const reader = new FlacReader(name);
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    length += piece.length;
    if (length < 2 * ahead) continue;
    const bytes = joined(Uint8Array, parts);
    const rest = bytes.slice(yield* reader.read(bytes, bytes.length - ahead));
    parts = [rest];
    length = rest.length;
  }
  yield* reader.read(joined(Uint8Array, parts));
  reader.end();
}

/** Decodes the frames of a file, all at once or as its bytes come. */
class FlacReader {
  private info: FlacInfo | undefined;
  private declared: number | undefined;
  private present = 0;
  private lost = false;
  /** Whether frames are missing before one that is there: what follows would be heard too early. */
  private torn = false;
  /**
   * The next number: an old encoder counts samples where it says that it counts frames. At first none, as a
   * recording may start at any number.
   */
  private expected: readonly number[] = [];

  constructor(private readonly name: string) {}

  /**
   * @param bytes from where the last call ended
   * @param stop where it may stop, because what begins behind may be cut off; default: these bytes are the last
   * @returns where it ended
   */
  *read(bytes: Uint8Array, stop = bytes.length): Generator<Piece, number> {
    const { name } = this;
    let at = 0;
    if (this.info === undefined) {
      this.info = flacInfo(bytes, 0);
      if (this.info === undefined) {
        if (stop < bytes.length) return 0; // pictures may make it longer
        throw new AudioError(
          `${name}: truncated or damaged: the header of the FLAC file is incomplete`,
          AGAIN,
        );
      }
      checkBits(this.info, name);
      this.declared = this.info.samples;
      at = this.info.end;
    }
    while (at < stop) {
      const decoded = decodeFrame(bytes, at, this.info, name);
      if (decoded !== undefined) {
        const { samples, number, nextNumber } = decoded.frame;
        if (!this.follows(number)) this.torn = true;
        this.expected = [nextNumber, number + samples];
        this.present += samples;
        at = decoded.end;
        if (!this.torn) yield decoded.piece;
        continue;
      }
      const another = flacInfo(bytes, id3End(bytes, at));
      if (another !== undefined) {
        this.begin(another);
        at = another.end;
        continue;
      }
      if (flacFrame(bytes, at) !== undefined) this.lost = true;
      const next = this.nextFrame(bytes, at + 1, stop, this.info);
      if (next === undefined) return stop;
      this.torn = true;
      at = next;
    }
    return at;
  }

  /** @throws AudioError if something is missing */
  end(): void {
    const { declared, present, name } = this;
    if (declared !== undefined) checkComplete({ declared, present }, 0, 'samples', name);
    else if (this.lost || this.torn) {
      throw new AudioError(
        `${name}: truncated or damaged: only ${present} samples are intact`,
        AGAIN,
      );
    }
    if (this.torn) throw damaged(name, 'FLAC', 'its frames do not follow one another');
  }

  private follows(number: number): boolean {
    return this.expected.length === 0 || this.expected.includes(number);
  }

  /** The first frame from an offset on, before another; on the way it may see that one is damaged. */
  private nextFrame(
    bytes: Uint8Array,
    from: number,
    before: number,
    info: FlacInfo,
  ): number | undefined {
    for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
      if (at >= before) return undefined;
      if (decodeFrame(bytes, at, info, this.name) !== undefined) return at;
      const number = flacFrame(bytes, at)?.number ?? -1;
      if (this.expected.some((next) => number >= next && number <= next + SOON)) this.lost = true;
    }
    return undefined;
  }

  private begin(another: FlacInfo): void {
    checkBits(another, this.name);
    this.info = another;
    this.expected = [];
    if (this.declared === undefined) return;
    this.declared = another.samples === undefined ? undefined : this.declared + another.samples;
  }
}

function checkBits({ bits }: FlacInfo, name: string): void {
  if (bits < FEWEST_BITS) throw damaged(name, 'FLAC', `its header declares ${bits} bits a sample`);
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
