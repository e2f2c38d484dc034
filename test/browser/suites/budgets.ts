import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { storedFiles } from '../../../tools/web-offline.mjs';
import type { BrowserKind, TestBrowser } from '../browser.js';
import { pageBuild } from '../builds.js';
import { openPage } from '../page.js';
import { openSite } from '../site.js';

/** Of what is loaded before the page shows anything, compressed by gzip. */
const MOST_BYTES = 200_000;
/** Until something is painted, from this machine. */
const MOST_MS = 1000;
/** Of all that is stored at the first visit, not compressed. */
const MOST_STORED = 4_000_000;
/** The fastest counts: others can be slow because of what runs beside them. */
const LOADS = 3;

export function budgetTests(browser: () => TestBrowser, { paintsFast }: BrowserKind): void {
  it('loads little before it shows anything, and nothing from elsewhere', async () => {
    const folder = await pageBuild();
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    const early = Array.from(
      html.matchAll(/<(?:script|link)[^>]*(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g),
      ([, path = '']) => path,
    );
    const kinds = early.map((path) => path.split('.').at(-1)).sort();
    expect(kinds).toEqual(['css', 'js']);
    let bytes = gzipSync(html).length;
    for (const path of early) {
      const text = await readFile(join(folder, path));
      expect(text.toString()).not.toMatch(/^import[^(]/m); // else more is loaded at once
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
    const site = await openSite(browser(), { folders: { '/': await pageBuild() } });
    let best = Infinity;
    for (let load = 0; load < LOADS && best >= MOST_MS; load++) {
      const tab = await openPage(site);
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
      best = Math.min(best, ms);
      await tab.close();
    }
    console.log(`first paint: ${best.toFixed(0)} ms`);
    expect(best).toBeLessThan(MOST_MS);
    expect(site.problems()).toEqual([]); // among them, every request of another host
    await site.close();
  });
}
