import { beforeAll, describe, expect, it } from 'vitest';
import { AlstmError } from '../../src/core/errors.js';
import { loadSpeech, type Speech, type SpeechRequest } from '../../src/demo/speech.js';

const request: SpeechRequest = {
  text: 'The shop was open until eight.',
  language: 'en-us',
  voice: ['gender male', 'pitch 90 140', 'roughness 3', 'breath 4 4 4 4 4 4 4 4'],
  rate: 170,
  amplitude: 100,
  wordGap: 0,
};

describe('loadSpeech', () => {
  let speech: Speech;
  beforeAll(async () => {
    speech = await loadSpeech();
  });

  it('speaks at 22050 Hz for about as long as the words take', () => {
    const { samples, rate } = speech(request);
    expect(rate).toBe(22050);
    expect(samples.length / rate).toBeGreaterThan(1);
    expect(samples.length / rate).toBeLessThan(3);
    expect(peak(samples)).toBeGreaterThan(0.2);
    expect(peak(samples)).toBeLessThanOrEqual(1);
  });

  it('gives the same samples whatever was spoken before, also in a fresh instance', async () => {
    const first = speech(request);
    speech({ ...request, language: 'en-gb', voice: ['pitch 200 300'], text: 'Something else.' });
    expect(speech(request)).toEqual(first);
    expect((await loadSpeech())(request)).toEqual(first);
  });

  it('follows rate, pauses, loudness, pitch and accent', () => {
    const plain = speech(request).samples;
    expect(speech({ ...request, rate: 110 }).samples.length).toBeGreaterThan(1.2 * plain.length);
    expect(speech({ ...request, wordGap: 10 }).samples.length).toBeGreaterThan(plain.length);
    expect(peak(speech({ ...request, amplitude: 50 }).samples)).toBeLessThan(0.8 * peak(plain));
    expect(speech({ ...request, voice: ['pitch 160 240'] }).samples).not.toEqual(plain);
    expect(speech({ ...request, language: 'en-gb-scotland' }).samples).not.toEqual(plain);
  });

  it('takes a text that looks like an option', () => {
    expect(speech({ ...request, text: '--version' }).samples.length).toBeGreaterThan(10_000);
  });

  it('names a language that there is not, and goes on working', () => {
    expect(() => speech({ ...request, language: 'xx' })).toThrow(AlstmError);
    expect(() => speech({ ...request, language: 'xx' })).toThrow(/in xx: .*voice does not exist/);
    expect(speech(request).samples.length).toBeGreaterThan(10_000);
    expect(process.exitCode).toBeUndefined(); // of a program that uses this
  });

  it('refuses a text that is too long or holds no words', () => {
    expect(() => speech({ ...request, text: 'word '.repeat(3000) })).toThrow('too long');
    for (const text of ['', ' ', '...']) {
      expect(() => speech({ ...request, text })).toThrow('no sound');
    }
  });

  it('names the package to install where it is absent', async () => {
    const absent = 'a-package-that-is-not-there';
    const failure = await loadSpeech(() => import(absent)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AlstmError);
    expect((failure as AlstmError).message).toBe(
      'the speech synthesiser espeak-ng is not installed',
    );
    expect((failure as AlstmError).hint).toContain('npm install espeak-ng');
  });

  it('passes on why an installed package does not load', async () => {
    const broken = loadSpeech(() => Promise.reject(new Error('wasm is damaged')));
    await expect(broken).rejects.toThrow('espeak-ng cannot be loaded: wasm is damaged');
  });
});

function peak(samples: Float32Array): number {
  return samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}
