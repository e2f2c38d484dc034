import { readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Page } from 'puppeteer-core';
import type { BrowserKind, TestBrowser } from '../browser.js';
import { openLibrary } from '../library.js';
import type { Site } from '../site.js';

const folder = 'test/fixtures/network';
const all = readdirSync(folder);
/** One of each cell. */
const few = ['lstm', 'mean_lstm', 'gru', 'agru_period5', 'alstm_period5'];

/** Each feature set; a pause that is digitally silent, and speech. */
const features = [
  'features/speech_3',
  'features/half_silent',
  'voice/speech_3',
  'voice/set_voice56',
  'voice/set_logmel40_delta',
].map((name) => `${name}.safetensors`);

/** @param kind Firefox takes few: its WebGPU is that of Deno, and slow */
export function fixtureTests(browser: () => TestBrowser, { allFixtures }: BrowserKind): void {
  const names = allFixtures ? all : few.map((name) => `${name}.safetensors`);
  let site: Site;
  let page: Page;

  beforeAll(async () => {
    site = await openLibrary(browser(), {
      folders: { '/fixtures/': folder, '/features/': 'test/fixtures' },
    });
    page = await site.open();
  });
  afterEach(() => expect(site.problems()).toEqual([]));
  afterAll(() => site.close());

  it('has fixtures', () => expect(all.length).toBeGreaterThanOrEqual(18));

  it.each(names)('%s agrees with the oracle', async (name) => {
    const compared = await page.evaluate(async (name) => {
      const holder = globalThis as { engine?: Awaited<ReturnType<typeof alstm.openBrowserEngine>> };
      holder.engine ??= await alstm.openBrowserEngine();
      const bytes = await new alstm.UrlFiles('/fixtures').read(name);
      const file = alstm.readSafetensors(bytes, { source: name });
      return alstm.verifyNetworkFixture(holder.engine, file, name);
    }, name);
    expect(compared.length).toBeGreaterThan(10);
    expect(compared.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
  });

  it.each(features)('features of %s agree with the oracle', async (name) => {
    const worst = await page.evaluate(async (name) => {
      const holder = globalThis as { engine?: Awaited<ReturnType<typeof alstm.openBrowserEngine>> };
      holder.engine ??= await alstm.openBrowserEngine();
      const bytes = await new alstm.UrlFiles('/features').read(name);
      const file = alstm.readSafetensors(bytes, { source: name });
      return alstm.verifyExtraction(holder.engine, file, name);
    }, name);
    expect(worst.error, worst.tensor).toBeLessThanOrEqual(worst.tolerance);
  });
}
