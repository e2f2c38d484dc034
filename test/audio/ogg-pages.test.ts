import { describe, expect, it } from 'vitest';
import { decodeAudio } from '../../src/audio/decode.js';
import { oggPages } from '../../src/audio/ogg-pages.js';
import { join } from '../fuzz/bytes.js';
import { fixture } from './tones.js';

/** Opus: two pages of headers, three of audio, an end. */
const bytes = fixture('mono_48k_pages.ogg');
const pages = [...oggPages(bytes)].map(({ start, end }) => bytes.subarray(start, end));
const text = (content: string) => new TextEncoder().encode(content);
/** Pages not among them are lost. */
const keep = (...places: readonly number[]) => join(...places.map((i) => pages[i]!));

describe('OGG', () => {
  it.each([
    ['the name of a page', text('OggSOggSOggS')],
    ['its first letter', text('A TAG OF OOO')],
    ['what might be a page, cut off', join(text('A PAGE: '), pages[2]!.subarray(0, 100))],
    ['what might be a damaged page', join(text('A PAGE: OggS'), new Uint8Array(100))],
  ])('is decoded with %s behind it', async (_, behind) => {
    expect(await decodeAudio(join(bytes, behind), 'a')).toEqual(await decodeAudio(bytes, 'a'));
  });

  it('is refused with a page missing', async () => {
    expect(pages).toHaveLength(6);
    await expect(decodeAudio(keep(0, 1, 2, 4, 5), 'a')).rejects.toThrow(
      'a: a damaged OGG file: 1 of its pages are missing before byte 1034',
    );
  });

  it('is decoded from mid-stream on', async () => {
    const { seconds } = await decodeAudio(keep(0, 1, 3, 4), 'a');
    expect(seconds).toBeGreaterThan(0.19);
    expect(seconds).toBeLessThan(0.21);
  });

  it('is refused without its headers', async () => {
    const problem = 'a: a damaged OGG file: its start is missing';
    await expect(decodeAudio(keep(2, 3, 4, 5), 'a')).rejects.toThrow(problem);
  });

  it.each([
    ['in a page', 1500],
    ['in the header of one', 1034 + 14],
  ])('is refused with a wrong byte %s', async (_, place) => {
    const damaged = bytes.slice();
    damaged[place]! ^= 1;
    await expect(decodeAudio(damaged, 'a')).rejects.toThrow(
      'a: a damaged OGG file: the checksum of the page at byte 1034 is wrong',
    );
  });

  it('is refused with a wrong byte in the name of a page', async () => {
    const damaged = bytes.slice();
    damaged[1034]! ^= 1;
    await expect(decodeAudio(damaged, 'a')).rejects.toThrow('1 of its pages are missing');
  });

  it.each([3, 20, 100])('is refused with %d bytes of a page', async (count) => {
    const cut = join(keep(0, 1, 2), pages[3]!.subarray(0, count));
    await expect(decodeAudio(cut, 'a')).rejects.toThrow('a: truncated or damaged');
  });
});
