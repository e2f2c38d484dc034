import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'puppeteer-core';

const WEB = join('src', 'web');

/** Of src/web/app/, as its manifest names them. Systems cut a maskable one to a shape of their own: it has no corners. */
const icons = [
  { name: 'icon-192.png', pixels: 192, maskable: false },
  { name: 'icon-512.png', pixels: 512, maskable: false },
  { name: 'maskable-192.png', pixels: 192, maskable: true },
  { name: 'maskable-512.png', pixels: 512, maskable: true },
  { name: 'apple-touch-icon.png', pixels: 180, maskable: true },
] as const;

/** Draws the icons of an installed page from src/web/icon.svg. */
export async function makeIcons(browser: Browser): Promise<void> {
  const svg = await readFile(join(WEB, 'icon.svg'), 'utf8');
  const page = await browser.newPage();
  for (const { name, pixels, maskable } of icons) {
    const drawn = maskable ? svg.replace(/ rx="[\d.]+"/, '') : svg;
    await page.setViewport({ width: pixels, height: pixels });
    await page.setContent(
      `<style>body { margin: 0 } svg { display: block; width: ${pixels}px }</style>${drawn}`,
    );
    const png = await page.screenshot({ omitBackground: true });
    await writeFile(join(WEB, 'app', name), png);
  }
  await page.close();
}
