import { describe, expect, it } from 'vitest';
import { decodeAudio } from '../../src/audio/decode.js';
import { join } from '../fuzz/bytes.js';
import { fixture } from './tones.js';

const text = (content: string) => new TextEncoder().encode(content);
const mp3 = fixture('mono_22k.mp3');
const other = fixture('mono_16k.mp3');
/** Bytes of the frames of `other`, MPEG 2 of 32 kbit/s at 16 kHz, and of the first, which says Info. */
const FRAME = 144;
const FIRST = 180;

/** An ID3v2 tag of some bytes that says it has others. */
function id3(bytes: number, says = bytes): Uint8Array {
  const size = [21, 14, 7, 0].map((shift) => (says >> shift) & 0x7f);
  return join(text('ID3'), Uint8Array.of(3, 0, 0, ...size), new Uint8Array(bytes).fill(0x41));
}

const junk = Uint8Array.from({ length: 700 }, (_, i) => (i * i * 37 + 11) % 251);
const lyrics = text('LYRICSBEGININD0000210000021LYRICS200');

describe('MP3', () => {
  it.each([
    ['two tags', join(id3(200), id3(300)), []],
    ['a tag that is shorter than it says', id3(100, 190), []],
    ['a tag that is longer than it says', id3(300, 20), []],
    ['a tag that says more than the file has', id3(100, 100_000), []],
    ['zeros', new Uint8Array(1000), []],
    ['bytes of another meaning', junk, []],
    ['the end of a frame', other.subarray(FIRST + 40, FIRST + FRAME), []],
    ['ID3v1', [], join(text('TAG'), new Uint8Array(125).fill(0x20))],
    [
      'APE',
      [],
      join(text('APETAGEX'), Uint8Array.of(208, 7, 0, 0, 32, 0, 0, 0), new Uint8Array(16)),
    ],
    ['Lyrics3', [], lyrics],
    ['bytes of another meaning', [], junk],
  ])('is found with %s', async (_, before, after) => {
    const plain = await decodeAudio(mp3, 'a');
    const bytes = join(Uint8Array.from(before), mp3, Uint8Array.from(after));
    expect(await decodeAudio(bytes, 'a')).toEqual(plain);
  });

  it('is decoded from mid-stream on', async () => {
    const start = await decodeAudio(other.subarray(FIRST + FRAME), 'a');
    const inFrame = await decodeAudio(other.subarray(FIRST + 60), 'a');
    expect(inFrame).toEqual(start);
    expect(start.samples.length).toBe(576 * ((other.length - FIRST) / FRAME - 1));
  });

  it('follows a rate that changes', async () => {
    const { samples, rate, seconds } = await decodeAudio(join(other, mp3), 'a');
    expect({ rate, seconds }).toEqual({ rate: 16_000, seconds: 1 });
    expect(samples).toHaveLength(16_000);
    // The second half is that of a file of its own.
    const second = await decodeAudio(mp3, 'a', 16_000);
    expect(samples.subarray(8000)).toEqual(second.samples);
  });

  it('goes on with a second file behind the first, without the padding between', async () => {
    const { samples } = await decodeAudio(other, 'a');
    const twice = await decodeAudio(join(other, other), 'a');
    expect(twice.samples).toEqual(Float32Array.of(...samples, ...samples));
  });

  it('is refused in one line where it is of free format', async () => {
    const free = other.slice(FIRST);
    for (let at = 2; at < free.length; at += FRAME) free[at]! &= 0x0f;
    await expect(decodeAudio(free, 'a')).rejects.toThrow('a: an MP3 file in free format');
  });
});

describe('OGG', () => {
  const vorbis = fixture('stereo_44k_vorbis.ogg');
  const opus = fixture('mono_48k_opus.ogg');

  it('is followed where streams are chained', async () => {
    const { samples, rate, seconds } = await decodeAudio(join(vorbis, opus, vorbis), 'a');
    expect({ rate, seconds: seconds.toFixed(9) }).toEqual({ rate: 44_100, seconds: '0.900000000' });
    expect(samples).toHaveLength(3 * 13_230);
    const first = await decodeAudio(vorbis, 'a');
    expect(samples.subarray(0, 13_230)).toEqual(first.samples);
    expect(samples.subarray(2 * 13_230)).toEqual(first.samples);
  });

  it('is found with an ID3 tag before and other bytes behind it', async () => {
    expect(await decodeAudio(join(id3(50), opus, junk), 'a')).toEqual(await decodeAudio(opus, 'a'));
  });
});
