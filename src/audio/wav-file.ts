import { viewOf } from './bytes.js';
import { adpcmPieces } from './adpcm.js';
import { mp3Pieces } from './mp3.js';
import { type PcmLayout, pcmPieces } from './pcm.js';
import type { Pieces } from './piece.js';
import { checkComplete, damaged, notRead } from './problems.js';
import { isRate, parseWav, type WavParts } from './riff.js';

/** The actual coding is in the first two bytes of the GUID at byte 24. */
const EXTENSIBLE = 0xfffe;
const PCM = 1;
const MS_ADPCM = 2;
const FLOAT = 3;
const A_LAW = 6;
const MU_LAW = 7;
const IMA_ADPCM = 0x11;
const MPEG = 0x50;
const MP3 = 0x55;
/** Unsupported codings that occur in practice (RFC 2361 and mmreg.h). */
const otherCodings: Readonly<Record<number, string>> = {
  0x31: 'GSM 6.10',
  0x45: 'G.726 ADPCM',
  0xff: 'AAC',
  0x161: 'Windows Media Audio',
};

/** How much of the declared size may be missing, because headers are often slightly wrong. */
const SLACK_PART = 0.01;
const SLACK_BYTES = 256;

/**
 * Decodes a WAV file: PCM of 1 to 64 bits, float32, float64, A-law, mu-law, Microsoft and IMA ADPCM,
 * MPEG; little- and big-endian; with sizes of 32 and 64 bits.
 *
 * @throws AudioError if the file is damaged, truncated, or uses another coding
 */
export function wavPieces(bytes: Uint8Array, name: string): Pieces {
  const parts = parseWav(bytes, name);
  refuseIncomplete(parts, name);
  const layout = pcmLayoutOf(parts, name);
  if (layout !== undefined) return pcmPieces(parts.data, layout);
  const coding = codingOf(parts);
  switch (coding) {
    case MS_ADPCM:
      return adpcmPieces(parts, 'MS-ADPCM', name);
    case IMA_ADPCM:
      return adpcmPieces(parts, 'IMA-ADPCM', name);
    case MPEG:
    case MP3:
      return mp3Pieces(parts.data, name);
    default: {
      const known = otherCodings[coding];
      const number = `0x${coding.toString(16).padStart(4, '0')}`;
      const what = known === undefined ? number : `${known} (${number})`;
      throw notRead(name, `a WAV file with audio coded as ${what}`);
    }
  }
}

/** @throws AudioError if more of the data is missing than a header may be wrong by */
export function refuseIncomplete({ size, headerBytes }: WavParts, name: string): void {
  const slack = Math.max(SLACK_PART * size.declared, SLACK_BYTES, headerBytes);
  checkComplete(size, slack, 'bytes', name);
}

/**
 * How the samples lie in the data, if each is coded by itself; undefined for ADPCM, MPEG and unknown codings.
 *
 * @throws AudioError for a header that contradicts itself
 */
export function pcmLayoutOf(parts: WavParts, name: string): PcmLayout | undefined {
  const coding = pcmCodings.get(codingOf(parts));
  return coding && layoutOf(parts, coding, name);
}

const pcmCodings: ReadonlyMap<number, PcmLayout['coding']> = new Map([
  [PCM, 'integer'],
  [FLOAT, 'float'],
  [A_LAW, 'A-law'],
  [MU_LAW, 'mu-law'],
]);

function codingOf(parts: WavParts): number {
  return viewOf(parts.format).getUint16(isExtensible(parts) ? 24 : 0, parts.littleEndian);
}

function isExtensible({ format, littleEndian }: WavParts): boolean {
  return format.length >= 26 && viewOf(format).getUint16(0, littleEndian) === EXTENSIBLE;
}

function layoutOf(parts: WavParts, coding: PcmLayout['coding'], name: string): PcmLayout {
  const { format, littleEndian } = parts;
  const view = viewOf(format);
  const channels = view.getUint16(2, littleEndian);
  const rate = view.getUint32(4, littleEndian);
  const bits = view.getUint16(14, littleEndian);
  // 0 if the writer left it open.
  const blockBytes = view.getUint16(12, littleEndian) || channels * Math.ceil(bits / 8);
  if (channels === 0 || !isRate(rate)) {
    throw damaged(name, 'WAV', `its header declares ${channels} channels at ${rate} Hz`);
  }
  const width = blockBytes / channels;
  const fits = Number.isInteger(width) && width <= 8 && bits > 0 && bits <= 8 * width;
  const whole = coding === 'integer' || bits === 8 * width;
  const known = coding === 'float' ? bits === 32 || bits === 64 : true;
  const law = coding === 'A-law' || coding === 'mu-law';
  const valid = isExtensible(parts) ? view.getUint16(18, littleEndian) : 0; // 0 if left open
  if (valid > 8 * width) {
    throw damaged(
      name,
      'WAV',
      `its header declares ${valid} valid bits in samples of ${8 * width}`,
    );
  }
  if (!fits || !whole || !known || (law && width !== 1)) {
    throw damaged(
      name,
      'WAV',
      `its header declares ${channels} x ${bits} bits in ${blockBytes} bytes`,
    );
  }
  return { coding, channels, rate, width, littleEndian };
}
