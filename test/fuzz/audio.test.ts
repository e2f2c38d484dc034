import { decodeAudio } from '../../src/audio/decode.js';
import { encodeWav } from '../../src/audio/wav.js';
import { fixture } from '../audio/tones.js';
import { wavBytes } from '../audio/wav-bytes.js';
import { byteEdits, editBytes } from './bytes.js';
import { fuzz } from './fuzz.js';
import fc from 'fast-check';

const tone = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i / 3) / 2);
const codes = Array.from({ length: 60 }, (_, i) => 100 * (i % 30));
const wavs = [
  encodeWav(tone, 16_000),
  wavBytes(codes, { rate: 48_000, channels: 2, bits: 24 }),
  wavBytes(tone, { rate: 8000, channels: 1, bits: 32, float: true }),
  wavBytes(codes, {
    rate: 8000,
    channels: 1,
    bits: 8,
    extra: { tag: 'LIST', content: new Uint8Array(7) },
  }),
];

async function decode(bytes: Uint8Array): Promise<void> {
  await decodeAudio(bytes, 'a');
}

fuzz(
  'WAV',
  fc.tuple(fc.nat(wavs.length - 1), byteEdits),
  ([i, edits]) => editBytes(wavs[i] ?? new Uint8Array(), edits),
  decode,
);

/** A frame of silence takes a few bytes, whatever its length: these may grow, but not without end. */
const compressed = { allocation: () => 2 ** 26 };

for (const [format, file] of [
  ['FLAC', 'mono_24k.flac'],
  ['OGG Vorbis', 'stereo_44k_vorbis.ogg'],
  ['OGG Opus', 'mono_48k_opus.ogg'],
  ['MP3', 'mono_22k.mp3'],
] as const) {
  const bytes = fixture(file);
  fuzz(format, byteEdits, (edits) => editBytes(bytes, edits), decode, compressed);
}
