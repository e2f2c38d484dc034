import { describe, expect, it } from 'vitest';
import { decodeAudio } from '../../src/audio/decode.js';
import { encodeWav } from '../../src/audio/wav.js';
import { AudioError } from '../../src/core/errors.js';

describe('encodeWav', () => {
  it('writes what decoders read back to the bit', async () => {
    const samples = Float32Array.from([0, 1, -1, 12345, -32768, 32767], (n) => n / 32768);
    const recording = await decodeAudio(encodeWav(samples, 22050), 'grid.wav');
    expect(recording.samples).toEqual(samples);
    expect(recording).toMatchObject({ rate: 22050, channels: 1 });
  });

  it('rounds to the nearest of 16 bits and clips what is louder', () => {
    const bytes = encodeWav(Float32Array.of(1.6 / 32768, -1.6 / 32768, 1, 3, -3), 8000);
    expect([...new Int16Array(bytes.slice(44).buffer)]).toEqual([2, -2, 32767, 32767, -32768]);
  });

  it('declares its sizes', () => {
    const view = new DataView(encodeWav(new Float32Array(10), 16000).buffer);
    expect(view.byteLength).toBe(64);
    expect(view.getUint32(4, true)).toBe(64 - 8);
    expect(view.getUint32(28, true)).toBe(32000);
    expect(view.getUint32(40, true)).toBe(20);
  });

  it.each([NaN, Infinity, -Infinity])('refuses the sample %s, saying where it is', (bad) => {
    const encode = () => encodeWav(Float32Array.of(0, 0, bad), 16000);
    expect(encode).toThrow(AudioError);
    expect(encode).toThrow(`sample 2 is ${bad}`);
  });

  it.each([0, -8000, 22050.5, NaN])('refuses a rate of %s Hz', (rate) => {
    expect(() => encodeWav(new Float32Array(1), rate)).toThrow(AudioError);
  });
});
