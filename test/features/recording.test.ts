import { describe, expect, it } from 'vitest';
import { loadSamples } from '../../src/features/recording.js';
import { AudioError, FileError } from '../../src/core/errors.js';
import { MemoryFiles } from '../support/memory-files.js';
import { fixture, signalToNoise, tones } from '../audio/tones.js';
import { wavBytes } from '../audio/wav-bytes.js';

const silence = (samples: number, rate: number) =>
  wavBytes(new Int16Array(samples), { rate, channels: 1, bits: 16 });

describe('loadSamples', () => {
  it('brings 8 channels at 96 kHz to mono at 16 kHz', async () => {
    const files = new MemoryFiles({ 'a/b.flac': fixture('eight_96k.flac') });
    const { samples, ...rest } = await loadSamples(files, 'a/b.flac');
    expect(rest).toEqual({ rate: 16_000, channels: 8, seconds: 0.05 });
    expect(samples).toHaveLength(800);
    const middle = (x: Float32Array | Float64Array) => x.subarray(150, 650);
    const expected = tones(16_000, 0.05, 8);
    expect(signalToNoise(middle(samples), middle(expected))).toBeGreaterThan(60);
  });

  it('takes another rate', async () => {
    const files = new MemoryFiles({ 'a.flac': fixture('mono_24k.flac') });
    const { samples, rate } = await loadSamples(files, 'a.flac', 8000);
    expect([samples.length, rate]).toEqual([2400, 8000]);
  });

  it('says how long a recording is that is too short', async () => {
    const files = new MemoryFiles({ 'short.wav': silence(441, 44_100) });
    const failing = loadSamples(files, 'short.wav');
    await expect(failing).rejects.toThrow(AudioError);
    await expect(failing).rejects.toThrow('short.wav: 10 ms of audio is too short: at least 25 ms');
  });

  it('takes a recording of 25 ms, and no less', async () => {
    const files = new MemoryFiles({ 'a.wav': silence(400, 16_000), 'b.wav': silence(399, 16_000) });
    expect((await loadSamples(files, 'a.wav')).samples).toHaveLength(400);
    await expect(loadSamples(files, 'b.wav')).rejects.toThrow('24.9 ms');
  });

  it('passes on that a file is missing', async () => {
    await expect(loadSamples(new MemoryFiles(), 'none.wav')).rejects.toThrow(FileError);
  });
});
