import { readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Page } from 'puppeteer-core';
import type { Chromium } from './chromium.js';
import { startWithLibrary } from './library.js';

const folder = 'test/fixtures/network';
const names = readdirSync(folder);
let chromium: Chromium;
let page: Page;

beforeAll(async () => {
  chromium = await startWithLibrary({ folders: { '/fixtures/': folder } });
  page = await chromium.open();
});
afterEach(() => expect(chromium.problems()).toEqual([]));
afterAll(() => chromium.close());

it('has fixtures', () => expect(names.length).toBeGreaterThanOrEqual(18));

it.each(names)('%s agrees with the oracle in Chromium', async (name) => {
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
