import { tagAt } from './bytes.js';
import { isMp3 } from './mp3.js';

export type AudioFormat = 'WAV' | 'FLAC' | 'MP3' | 'OGG';

/** For messages. */
export const formatNames = 'WAV, FLAC, MP3, OGG';

/** The format of a file by its first bytes (after an ID3 tag); undefined for any other. */
export function formatOf(bytes: Uint8Array): AudioFormat | undefined {
  const tag = tagAt(bytes, 0);
  if (tag === 'RIFF' && tagAt(bytes, 8) === 'WAVE') return 'WAV';
  if (tag === 'fLaC') return 'FLAC';
  if (tag === 'OggS') return 'OGG';
  return isMp3(bytes) ? 'MP3' : undefined;
}
