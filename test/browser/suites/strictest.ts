import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keepResults } from '../../support/results.js';
import { hostingPolicy } from '../attacks.js';
import type { TestBrowser } from '../browser.js';
import { pageBuild } from '../builds.js';
import { choose, saved, textMatches } from '../page.js';
import { openSite } from '../site.js';

/** Milliseconds until a page that loads is ready. */
const READY = 15_000;
/** Browsers read it only where the page is installed. */
const ONLY_INSTALLED = "manifest-src 'self'";

/** The strictest policy under which the page works: whatever is taken out of it, something fails. */
export function strictestTests(browser: () => TestBrowser): void {
  it('needs every source of its policy', { timeout: 600_000 }, async () => {
    const policy = await hostingPolicy();
    expect(await troubleUnder(browser(), policy)).toEqual([]);
    const sources = sourcesOf(policy);
    expect(sources.map(([source]) => source)).toContain(ONLY_INSTALLED);
    expect(await readFile(join(await pageBuild(), 'index.html'), 'utf8')).toMatch(
      /<link rel="manifest" href="\.?\/?manifest\.webmanifest"/,
    );
    const troubles: Record<string, string> = {};
    for (const [source, without] of sources) {
      if (source === ONLY_INSTALLED) continue;
      const trouble = (await troubleUnder(browser(), without)).join('; ');
      troubles[source] = trouble.replaceAll(/http:\/\/[\d.:]+/g, '').slice(0, 200);
    }
    expect(
      Object.values(troubles).every((trouble) => trouble !== ''),
      JSON.stringify(troubles),
    ).toBe(true);
    keepResults(`page-policy-${browser().name}`, troubles);
  });
}

/** Each source of a policy, and the policy without it; a directive without sources is 'none'. */
function sourcesOf(policy: string): [string, string][] {
  const directives = policy.split('; ').map((text) => text.split(' '));
  return directives.flatMap(([name = '', ...sources], i) =>
    sources
      .filter((source) => source !== "'none'")
      .map((source): [string, string] => {
        const left = sources.filter((own) => own !== source);
        const own = [name, ...(left.length === 0 ? ["'none'"] : left)];
        const without = directives.with(i, own).map((words) => words.join(' '));
        return [`${name} ${source}`, without.join('; ')];
      }),
  );
}

/** What fails, or the policy refuses, while the page hears a recording, shows it in Look and saves it. */
async function troubleUnder(browser: TestBrowser, policy: string): Promise<string[]> {
  const headers = { 'content-security-policy': policy };
  const served = { folders: { '/': await pageBuild() }, headers };
  const site = await openSite(browser, served, { quiet: true });
  const found: string[] = [];
  const tab = await site.open('/#listen');
  try {
    await tab.waitForSelector('html[data-ready]', { timeout: READY });
    await choose(tab, 'recording', 'test/audio/fixtures/mono_22k.mp3');
    await tab.waitForFunction(
      () =>
        document.getElementById('listen-error')?.hidden === false ||
        document.getElementById('heard-time')?.textContent.includes('network'),
      { timeout: 60_000, polling: 50 },
    );
    const error = await tab.$eval('#listen-error', (node) =>
      (node as HTMLElement).hidden ? undefined : node.textContent,
    );
    if (error !== undefined) throw new Error(error);
    await saved(browser, tab, 'heard-png', 'mono_22k.png');
    await tab.$eval('#to-look', (node) => (node as HTMLElement).click());
    await textMatches(tab, 'look-name', /mono_22k/);
  } catch (error) {
    found.push(String(error));
  }
  await new Promise((resolve) => setTimeout(resolve, 500)); // the console tells of it a little later
  found.push(...site.problems());
  await tab.close();
  await site.close();
  return found;
}
