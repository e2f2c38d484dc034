import type { Browser, Page } from 'puppeteer-core';
import { launchChromium } from './chromium.js';
import { startServer } from './server.js';

export interface PageBrowser {
  readonly browser: Browser;
  /** A new tab with the page, ready to be used. */
  open(hash?: string): Promise<Page>;
  /** Since the last call: errors on the console, what scripts threw, requests to elsewhere. */
  problems(): string[];
  close(): Promise<void>;
}

/**
 * Headless Chromium with the built page, and a microphone that hears a file.
 *
 * @param folder of the built page
 * @param wav path of what the microphone hears, again and again
 */
export async function startPageBrowser(folder: string, wav: string): Promise<PageBrowser> {
  const browser = await launchChromium([
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-audio-capture=${wav}`,
    // Tabs in the background would be slowed down.
    '--disable-background-timer-throttling',
  ]);
  const server = await startServer({ folders: { '/': folder } });
  let problems: string[] = [];
  return {
    browser,
    async open(hash = '') {
      const page = await browser.newPage();
      page.setDefaultTimeout(60_000); // on software, beside other work
      page.on('request', (request) => {
        const { protocol, origin } = new URL(request.url());
        const own = origin === server.origin || protocol === 'data:' || protocol === 'blob:';
        if (!own) problems.push(`asked for ${request.url()}`);
      });
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      await page.goto(`${server.origin}/${hash}`);
      await page.waitForSelector('html[data-ready]');
      return page;
    },
    problems() {
      const found = problems;
      problems = [];
      return found;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
