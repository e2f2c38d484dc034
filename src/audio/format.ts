import { tagAt } from './bytes.js';
import { isMp3 } from './mp3.js';
import { isWav } from './riff.js';
import { leadingTagsEnd } from './tags.js';

export type AudioFormat = 'WAV' | 'FLAC' | 'MP3' | 'OGG';

/** Names for messages. */
export const formatNames = 'WAV, FLAC, MP3, OGG';

/** The detected format of a file. */
export interface FoundFormat {
  readonly format: AudioFormat;
  /** Where it starts, after tags that do not belong to the format. */
  readonly start: number;
}

/**
 * Detects the format of a file from its bytes, which may follow ID3 tags and zeros, or for MP3 anything.
 * Undefined for other formats.
 */
export function formatOf(bytes: Uint8Array): FoundFormat | undefined {
  for (const start of [0, leadingTagsEnd(bytes)]) {
    if (isWav(bytes.subarray(start))) return { format: 'WAV', start };
    const tag = tagAt(bytes, start);
    if (tag === 'fLaC') return { format: 'FLAC', start };
    if (tag === 'OggS') return { format: 'OGG', start };
  }
  if (otherFormatOf(bytes) !== undefined) return undefined;
  return isMp3(bytes) ? { format: 'MP3', start: 0 } : undefined;
}

/** Signatures of unsupported formats, for messages: name, offset, bytes. */
const others: readonly (readonly [string, number, string])[] = [
  ['an AIFF file', 8, 'AIFF'],
  ['an AIFF-C file', 8, 'AIFC'],
  ['a NIST SPHERE file', 0, 'NIST'],
  ['an MP4, M4A or QuickTime file', 4, 'ftyp'],
  ['a Wave64 file', 0, 'riff'],
  ['a Sun audio (AU) file', 0, '.snd'],
  ['a Core Audio (CAF) file', 0, 'caff'],
  ['a WavPack file', 0, 'wvpk'],
  ["a Monkey's Audio (APE) file", 0, 'MAC '],
  ['a Matroska or WebM file', 0, '\x1a\x45\xdf\xa3'],
  ['a Windows Media file', 0, '\x30\x26\xb2\x75'],
  ['an AMR file', 0, '#!AM'],
  ['a MIDI file', 0, 'MThd'],
  ['an AVI file', 8, 'AVI '],
  ['a True Audio file', 0, 'TTA1'],
  ['a DSD file', 0, 'DSD '],
];

/** A known format that is not supported. */
export function otherFormatOf(bytes: Uint8Array): string | undefined {
  const found = others.find(([, at, tag]) => tagAt(bytes, at) === tag);
  if (found !== undefined) return found[0];
  // ADTS: 12 bits of sync, layer 0.
  const adts = bytes[0] === 0xff && (bytes[1]! & 0xf6) === 0xf0;
  return adts ? 'an AAC file' : undefined;
}
