import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { storedFiles } from '../../../tools/web-offline.mjs';
import type { BrowserKind, TestBrowser } from '../browser.js';
import { pageBuild } from '../builds.js';
import { openSite, type Site } from '../site.js';

/** Of what is loaded before the page shows anything, compressed by gzip. */
const MOST_BYTES = 200_000;
/** Until something is painted, from this machine. */
const MOST_MS = 1000;
/** Of all that is stored at the first visit, not compressed. */
const MOST_STORED = 4_000_000;
/** The fastest counts: others can be slow because of what runs beside them. */
const LOADS = 3;
/** Most times as long as an empty page. */
const TIMES_EMPTY = 4;

export function budgetTests(browser: () => TestBrowser, { paintsFast }: BrowserKind): void {
  it('loads little before it shows anything, and nothing from elsewhere', async () => {
    const folder = await pageBuild();
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    const early = Array.from(
      html.matchAll(/<(?:script|link)[^>]*(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g),
      ([, path = '']) => path,
    );
    expect(early.filter((path) => path.endsWith('.css'))).toHaveLength(1);
    expect(early.length).toBeGreaterThan(1);
    let bytes = gzipSync(html).length;
    for (const path of early) {
      const text = await readFile(join(folder, path));
      for (const [, name] of text.toString().matchAll(/^import[^(][^;]*?from"\.\/([^"]+)";/gm)) {
        expect(early, path).toContain(`assets/${name}`); // else more is loaded at once
      }
      bytes += gzipSync(text).length;
    }
    console.log(`before the first paint: ${(bytes / 1000).toFixed(1)} kB compressed`);
    expect(bytes).toBeLessThan(MOST_BYTES);
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it('stores a few megabytes for use without a network', async () => {
    const stored = await storedFiles(await pageBuild());
    const bytes = stored.reduce((sum, file) => sum + file.bytes, 0);
    console.log(
      `stored at the first visit: ${stored.length} files, ${(bytes / 1e6).toFixed(2)} MB`,
    );
    expect(bytes).toBeLessThan(MOST_STORED);
  });

  it.runIf(paintsFast)('paints within a second, and asks no other host for anything', async () => {
    const files = { '/empty.html': '<!doctype html><title>empty</title><p>Nothing else.</p>' };
    const folders = { '/': await pageBuild() };
    const site = await openSite(browser(), { folders, files });
    const best = { page: Infinity, empty: Infinity };
    for (let load = 0; load < LOADS && best.page >= MOST_MS; load++) {
      best.empty = Math.min(best.empty, await firstPaint(site, '/empty.html'));
      best.page = Math.min(best.page, await firstPaint(site, '/'));
    }
    console.log(
      `first paint: ${best.page.toFixed(0)} ms, of an empty page ${best.empty.toFixed(0)} ms`,
    );
    // Where so much runs beside it that even an empty page takes long, that is the measure.
    expect(best.page).toBeLessThan(Math.max(MOST_MS, TIMES_EMPTY * best.empty));
    expect(site.problems()).toEqual([]); // among them, every request of another host
    await site.close();
  });
}

/** Milliseconds from a request for a page until something of it is seen. */
async function firstPaint(site: Site, path: string): Promise<number> {
  const tab = await site.open(path);
  const ms = await tab.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const observer = new PerformanceObserver((list) => {
          const [painted] = list.getEntriesByName('first-contentful-paint');
          if (painted !== undefined) resolve(painted.startTime);
        });
        observer.observe({ type: 'paint', buffered: true });
      }),
  );
  if (path === '/') await tab.waitForSelector('html[data-ready]'); // else what it still asks for would fail
  await tab.close();
  return ms;
}
