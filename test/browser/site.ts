import type { Page } from 'puppeteer-core';
import { messageOf } from '../../src/core/errors.js';
import type { TestBrowser } from './browser.js';
import { startServer, type Served } from './server.js';

/** Pages on a server of their own, with an origin and so a storage of their own. */
export interface Site {
  readonly origin: string;
  /** A new tab at a path of the server. */
  open(path?: string): Promise<Page>;
  /**
   * Since the last call: what scripts threw and nobody caught, what was asked of others or not answered,
   * and, where pages are to be quiet, errors on the console.
   */
  problems(): string[];
  close(): Promise<void>;
}

/**
 * Serves pages to a browser.
 *
 * @param options quiet: pages write no errors to the console
 */
export async function openSite(
  { puppeteer }: TestBrowser,
  served: Served,
  { quiet = false } = {},
): Promise<Site> {
  const server = await startServer(served);
  let problems: string[] = [];
  return {
    origin: server.origin,
    async open(path = '/') {
      const page = await puppeteer.newPage();
      page.setDefaultTimeout(60_000); // on software, beside other work
      page.on('pageerror', (error) => problems.push(`${path}: ${messageOf(error)}`));
      page.on('console', (message) => {
        if (quiet && message.type() === 'error') problems.push(`${path}: ${message.text()}`);
      });
      page.on('request', (request) => {
        const { protocol, origin } = new URL(request.url());
        const own = origin === server.origin || protocol === 'data:' || protocol === 'blob:';
        if (!own) problems.push(`asked for ${request.url()}`);
      });
      page.on('requestfailed', (request) => {
        if (request.method() === 'HEAD') return; // Chromium takes one that was answered for aborted
        const why = request.failure()?.errorText ?? 'failed';
        // a player that gets another recording stops reading the one before
        if (request.url().startsWith('blob:') && why === 'net::ERR_ABORTED') return;
        problems.push(`${request.url()}: ${why}`);
      });
      await page.goto(`${server.origin}${path}`);
      return page;
    },
    problems() {
      const found = problems;
      problems = [];
      return found;
    },
    close: () => server.close(),
  };
}
