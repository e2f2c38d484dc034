import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { AlstmError } from '../../src/core/errors.js';

/** Most bytes of a picture. */
export const MOST_BYTES = 150_000;
/** Fewest shades in a picture that shows something. */
const FEWEST_SHADES = 24;
/** From the best on, until it is small enough. */
const qualities = [90, 80, 70, 60, 50, 40] as const;

export const schemes = ['light', 'dark'] as const;

/** What of a page is shown: its whole width, from the top of an element (or of the page) to the end of another. */
export interface Cut {
  readonly from?: string;
  readonly to: string;
  /** Kept free below, in CSS pixels (default 14). */
  readonly below?: number;
}

/** Kept free around what is shown, in CSS pixels. */
const MARGIN = 14;

/**
 * Takes what a page shows in light and in dark, at twice its size: `NAME-light.webp` and `NAME-dark.webp`.
 *
 * @throws PictureError where a picture is empty, or too large at every quality
 */
export async function shoot(page: Page, folder: string, name: string, cut: Cut): Promise<void> {
  await mkdir(folder, { recursive: true });
  const session = await page.createCDPSession();
  await session.send('Emulation.setScrollbarsHidden', { hidden: true });
  for (const scheme of schemes) {
    await page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: scheme },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ]);
    await bring(page, cut);
    const file = `${name}-${scheme}.webp`;
    const bytes = await smallEnough(page, file);
    await refuseEmpty(page, file, bytes);
    await writeFile(join(folder, file), bytes);
    const { width, height } = page.viewport() ?? { width: 0, height: 0 };
    process.stdout.write(
      `${file}: ${width} × ${height} at 2x, ${(bytes.length / 1000).toFixed(1)} kB\n`,
    );
  }
}

/** Makes the window as high as what it is to show, and scrolls there: below what stays at its top. */
async function bring(page: Page, { from, to, below = MARGIN }: Cut): Promise<void> {
  await page.evaluate(() => {
    scrollTo(0, 0);
    document.documentElement.style.scrollbarGutter = 'auto'; // no room for a scroll bar that is not there
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur(); // it would have a ring
  });
  const { top, end } = await page.evaluate(
    (from, to, margin, below) => {
      const edge = (selector: string, side: 'top' | 'bottom') => {
        const found = document.querySelector(selector);
        if (found === null) throw new Error(`the page has no ${selector}`);
        return found.getBoundingClientRect()[side];
      };
      const sticky = document.querySelector('nav')?.getBoundingClientRect().height ?? 0;
      const top = from === undefined ? 0 : Math.floor(edge(from, 'top') - sticky - margin);
      return { top: Math.max(0, top), end: Math.ceil(edge(to, 'bottom') + below) };
    },
    from,
    to,
    MARGIN,
    below,
  );
  const { width } = page.viewport() ?? { width: 1056 };
  await page.setViewport({ width, height: end - top, deviceScaleFactor: 2 });
  await page.evaluate((top) => scrollTo(0, top), top);
  await settled(page);
}

/** Two frames later: what follows a change of the colours has been drawn. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready;
    for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
  });
}

async function smallEnough(page: Page, file: string): Promise<Uint8Array> {
  let bytes: Uint8Array = new Uint8Array();
  for (const quality of qualities) {
    bytes = await page.screenshot({
      type: 'webp',
      quality,
      captureBeyondViewport: false,
    });
    if (bytes.length <= MOST_BYTES) return bytes;
  }
  throw new PictureError(
    `${file} is too large: ${bytes.length} bytes, of at most ${MOST_BYTES}`,
    'Cut out less of the page.',
  );
}

/** A picture of few shades shows nothing. */
async function refuseEmpty(page: Page, file: string, bytes: Uint8Array): Promise<void> {
  const shades = await page.evaluate(async (text) => {
    const binary = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([binary], { type: 'image/webp' }));
    const { width, height } = image;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context?.drawImage(image, 0, 0);
    const { data } = context?.getImageData(0, 0, width, height) ?? { data: new Uint8Array() };
    const counts = new Map<number, number>();
    for (let i = 0; i < data.length; i += 4) {
      const shade =
        ((data[i] ?? 0) >> 3) * 1024 + ((data[i + 1] ?? 0) >> 3) * 32 + ((data[i + 2] ?? 0) >> 3);
      counts.set(shade, (counts.get(shade) ?? 0) + 1);
    }
    return Array.from(counts.values()).filter((count) => count > 20).length;
  }, Buffer.from(bytes).toString('base64'));
  if (shades >= FEWEST_SHADES) return;
  throw new PictureError(
    `${file} shows nothing: ${shades} shades of colour`,
    'See what the page showed in its place.',
  );
}

/** A picture that must not be published. */
export class PictureError extends AlstmError {}
