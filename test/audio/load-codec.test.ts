import { afterEach, expect, it, vi } from 'vitest';
import { loadCodec, loadPackage } from '../../src/audio/load-codec.js';
import { decodeAudio } from '../../src/audio/decode.js';
import { CodecError } from '../../src/core/errors.js';
import { fixture } from './tones.js';
import { wavBytes } from './wav-bytes.js';

afterEach(() => vi.unstubAllGlobals());

const compressed = ['mono_22k.mp3', 'stereo_44k_vorbis.ogg', 'mono_48k_opus.ogg'];

/** WebAssembly of which nothing can be made, as a page's policy or a lack of memory has it. */
function refuseWebAssembly(error: Error): void {
  const refuse = () => Promise.reject(error);
  vi.stubGlobal('WebAssembly', { ...WebAssembly, compile: refuse, instantiate: refuse });
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

it.each(compressed)('names the directive that keeps %s from being decoded', async (name) => {
  refuseWebAssembly(new WebAssembly.CompileError('blocked by CSP'));
  const error = await failureOf(decodeAudio(fixture(name), name));
  expect(error).toBeInstanceOf(CodecError);
  expect((error as CodecError).message).toMatch(
    /^the \w+ decoder needs WebAssembly, which cannot be compiled here: blocked by CSP$/,
  );
  expect((error as CodecError).hint).toContain("add 'wasm-unsafe-eval' to script-src");
});

it('says that there is no memory for a decoder, or no WebAssembly at all', async () => {
  refuseWebAssembly(new RangeError('could not allocate memory'));
  const [name] = compressed as [string];
  await expect(decodeAudio(fixture(name), name)).rejects.toThrow(
    'the MP3 decoder gets no memory for its WebAssembly: could not allocate memory',
  );
  vi.stubGlobal('WebAssembly', undefined);
  await expect(decodeAudio(fixture(name), name)).rejects.toThrow('disabled or missing');
});

it('decodes WAV and FLAC, and resamples, without WebAssembly', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  const flac = await decodeAudio(fixture('mono_24k.flac'), 'a.flac', 16_000);
  expect(flac.samples.length).toBeGreaterThan(1000);
  const wav = wavBytes(new Int16Array(160), { rate: 16_000, channels: 1, bits: 16 });
  expect((await decodeAudio(wav, 'a.wav')).samples).toHaveLength(160);
});

it('tells a package that cannot be loaded from a recording that is damaged', async () => {
  const failed = () => Promise.reject(new TypeError('error loading dynamically imported module'));
  for (const load of [loadCodec, loadPackage]) {
    const error = await failureOf(load('the FLAC decoder', failed));
    expect(error).toBeInstanceOf(CodecError);
    expect((error as CodecError).message).toBe(
      'the FLAC decoder could not be loaded: error loading dynamically imported module',
    );
    expect((error as CodecError).hint).toContain('Reinstall alstm');
  }
  vi.stubGlobal('location', { href: 'https://example.org/' });
  const error = await failureOf(loadCodec('the FLAC decoder', failed));
  expect((error as CodecError).hint).toContain('reload the page');
});
