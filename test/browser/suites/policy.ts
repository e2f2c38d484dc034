import { expect, it } from 'vitest';
import type { TestBrowser } from '../browser.js';
import { openLibrary } from '../library.js';
import type { Served } from '../server.js';

/** Their decoders are WebAssembly, which those of FLAC and WAV and the resampler are not. */
const compressed = ['mono_22k.mp3', 'stereo_44k_vorbis.ogg', 'mono_48k_opus.ogg'];
const FLAC = 'mono_24k.flac';

/** Pages that keep the decoders from working: by a security policy, or because they are not there. */
export function policyTests(browser: () => TestBrowser): void {
  /** What decoding each recording ends in: the error, or the samples at 16 kHz. */
  async function decodeAll(served: Served, names = compressed): Promise<string[][]> {
    const folders = { '/audio/': 'test/audio/fixtures', ...served.folders };
    const site = await openLibrary(browser(), { ...served, folders });
    const page = await site.open();
    const told = await page.evaluate(async (names) => {
      const ends: string[][] = [];
      for (const name of names) {
        try {
          const bytes = await new alstm.UrlFiles('/audio').read(name);
          const { samples, rate } = await alstm.decodeAudio(bytes, name);
          const { length } = await alstm.resample(samples, rate, 16_000);
          ends.push(['decoded', String(length)]);
        } catch (error) {
          const { name, message, hint } = error as InstanceType<typeof alstm.CodecError>;
          ends.push([name, message, hint]);
        }
      }
      return ends;
    }, names);
    await page.close();
    await site.close();
    return told;
  }

  const policy = (script: string) => ({
    'content-security-policy': `default-src 'self'; img-src data:; script-src 'self' 'unsafe-inline' ${script}`,
  });

  it('names the directive where the policy of a page forbids WebAssembly', async () => {
    const [flac, ...ends] = await decodeAll({ headers: policy('') }, [FLAC, ...compressed]);
    expect(flac?.[0]).toBe('decoded');
    expect(ends).toHaveLength(compressed.length);
    for (const [kind, message, hint] of ends) {
      expect(kind).toBe('CodecError');
      expect(message).toMatch(/^the \w+ decoder needs WebAssembly, which cannot be compiled here/);
      expect(hint).toContain("add 'wasm-unsafe-eval' to script-src");
    }
  });

  it('decodes where the policy has that directive', async () => {
    const ends = await decodeAll({ headers: policy("'wasm-unsafe-eval'") });
    expect(ends.map(([kind]) => kind)).toEqual(compressed.map(() => 'decoded'));
  });

  it('says that a decoder could not be loaded where its file is not there', async () => {
    const ends = await decodeAll({ missing: /chunks\/decode-/ });
    expect(ends).toHaveLength(compressed.length);
    for (const [kind, message, hint] of ends) {
      expect(kind).toBe('CodecError');
      expect(message).toMatch(/^the \w+ decoder could not be loaded: .*import/);
      expect(hint).toContain('reload the page');
    }
  });
}
