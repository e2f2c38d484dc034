import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeAudio, decodedPieces } from '../../src/audio/decode.js';
import { oggPages } from '../../src/audio/ogg-pages.js';
import { streamedPieces } from '../../src/audio/stream.js';
import { join } from '../fuzz/bytes.js';
import { flacFrameBytes, flacHeader } from './flac-bytes.js';
import { fixture } from './tones.js';
import { wavBytes } from './wav-bytes.js';

/** Damage that once gave wrong sound without a word. */

const mp3 = fixture('mono_16k.mp3');
/** Bytes of its frames, and of the first, which says Info. */
const FRAME = 144;
const FIRST = 180;
const frameAt = (i: number) => FIRST + i * FRAME;
const changed = (at: number, ...bytes: readonly number[]) => {
  const copy = mp3.slice();
  copy.set(bytes, at);
  return copy;
};

describe('MP3', () => {
  it.each([
    ['a frame without its header', changed(frameAt(6), 0, 0), /a damaged MP3 file: between bytes/],
    [
      'bytes between frames',
      join(mp3.subarray(0, frameAt(5)), new Uint8Array(9).fill(7), mp3.subarray(frameAt(5))),
      /between bytes 900 and 909/,
    ],
    [
      'a last frame without its header',
      changed(frameAt(14), 0, 0),
      /declares \d+ frames but has|does not follow/,
    ],
    [
      'zeros for a frame',
      join(mp3.subarray(0, frameAt(15)), new Uint8Array(FRAME)),
      /declares 16 frames but has 15/,
    ],
    ['a first frame that is none', changed(0, 0, 0), /the frames before byte 180 are broken/],
    [
      'coded data that begins in that of another frame',
      changed(frameAt(9) + 4, 0xff),
      /the frame at byte 1476 does not fit/,
    ],
  ])('is refused with %s', async (_, bytes, problem) => {
    await expect(decodeAudio(bytes, 'a')).rejects.toThrow(problem);
  });

  it('is refused with a wrong byte in the header that LAME writes', async () => {
    const path = new URL('../fuzz/sound/encoded/mp3_cbr_16000_hz_x1', import.meta.url);
    const lame = new Uint8Array(readFileSync(path));
    expect((await decodeAudio(lame, 'a')).samples).toHaveLength(19_200);
    lame[150]! ^= 1; // how much to leave out at the start
    await expect(decodeAudio(lame, 'a')).rejects.toThrow(
      'a: a damaged MP3 file: the header in its first frame is not what was written',
    );
  });

  it('is decoded with an emphasis that is reserved in one frame', async () => {
    const at = frameAt(7) + 3;
    const bytes = changed(at, (mp3[at]! & 0xfc) | 2);
    expect((await decodeAudio(bytes, 'a')).samples).toEqual((await decodeAudio(mp3, 'a')).samples);
  });
});

describe('FLAC', () => {
  const spec = { rate: 16_000, channels: 1, bits: 16, total: 480 };
  const frames = [0, 1, 2].map((n) => flacFrameBytes([new Int16Array(160).fill(n + 1)], spec, n));
  const file = (...places: readonly number[]) =>
    join(flacHeader(spec), ...places.map((i) => frames[i]!));

  it.each([
    ['frames in the wrong order', file(0, 2, 1)],
    ['a frame in the place of another', file(0, 0, 2)],
    ['a frame twice', file(0, 1, 1, 2)],
    ['other bytes between', join(file(0, 1), new Uint8Array(40).fill(7), frames[2]!)],
  ])('with %s gives nothing of what follows, and is refused', async (_, bytes) => {
    const heard: number[] = [];
    const read = async () => {
      for await (const { channels } of decodedPieces(bytes, 'a')) {
        heard.push(Math.round(channels[0]![0]! * 2 ** 15));
      }
    };
    await expect(read()).rejects.toThrow('a: a damaged FLAC file: its frames do not follow');
    expect([[1], [1, 2]]).toContainEqual(heard);
    expect((await decodeAudio(file(0, 1, 2), 'a')).samples).toHaveLength(480);
  });

  it('counts samples where an old encoder says that it counts frames', async () => {
    const numbered = [0, 100, 200].map((n) =>
      flacFrameBytes([new Int16Array(100)], spec, n % 128 === n ? n : 0),
    );
    const old = join(flacHeader({ ...spec, total: 200 }), ...numbered.slice(0, 2));
    expect((await decodeAudio(old, 'a')).samples).toHaveLength(200);
  });
});

describe('OGG', () => {
  const bytes = fixture('mono_48k_pages.ogg');
  const pages = [...oggPages(bytes)].map(({ start, end }) => bytes.subarray(start, end));

  it.each([
    ['pages in the wrong order', [0, 1, 3, 2, 4, 5]],
    ['a page twice', [0, 1, 2, 2, 3, 4, 5]],
  ])('is refused with %s', async (_, places) => {
    await expect(decodeAudio(join(...places.map((i) => pages[i]!)), 'a')).rejects.toThrow(
      /a damaged OGG file: the page at byte \d+ is in the wrong place/,
    );
  });
});

describe('WAV', () => {
  const header = (tag: number, block: number, rate = 8000) => {
    const wav = wavBytes(new Int16Array(2 * block), { rate, channels: 1, bits: 16 });
    const view = new DataView(wav.buffer);
    view.setUint16(20, tag, true);
    view.setUint16(32, block, true);
    view.setUint16(34, 4, true);
    return wav;
  };

  it.each([
    ['MS', 2, 0, 7],
    ['IMA', 0x11, 2, 89],
  ])(
    'of %s-ADPCM is refused where a block names what its table has not',
    async (_, tag, at, entry) => {
      const wav = header(tag, 64);
      wav[44 + 64 + at] = entry - 1;
      expect((await decodeAudio(wav, 'a')).seconds).toBeGreaterThan(0);
      wav[44 + 64 + at] = entry;
      await expect(decodeAudio(wav, 'a')).rejects.toThrow(
        'the block of ADPCM at byte 64 of its data',
      );
    },
  );

  it('is refused with a rate of more than 31 bits', async () => {
    const wav = wavBytes([1, 2, 3], { rate: 0xff00_1f40, channels: 1, bits: 16 });
    await expect(decodeAudio(wav, 'a')).rejects.toThrow('declares 1 channels at 4278198080 Hz');
  });

  it('of an empty data chunk is empty, also as it is read', async () => {
    const wav = join(
      wavBytes([], { rate: 8000, channels: 1, bits: 16 }),
      Uint8Array.of(0x4c, 0x49, 0x53, 0x54, 0, 0x10, 0, 0),
      new Uint8Array(4096),
    );
    for (const head of [44, 60, 1000]) {
      async function* pieces() {
        await Promise.resolve();
        for (let at = 0; at < wav.length; at += 20) yield wav.subarray(at, at + 20);
      }
      const heard: unknown[] = [];
      const file = { name: 'a', size: wav.length, pieces };
      for await (const piece of streamedPieces(file, { head })) heard.push(piece);
      expect(heard).toEqual([]);
    }
  });
});
