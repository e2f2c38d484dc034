import { readFile } from 'node:fs/promises';
import type { Page } from 'puppeteer-core';
import { encodeWav } from '../../src/audio/wav.js';
import { allNames } from '../faults/injection/names.js';
import type { TestBrowser } from './browser.js';
import { pageBuild } from './builds.js';
import { shown, textMatches } from './page.js';
import { memoryOf } from './processes.js';
import { openSite, type Site } from './site.js';

/** What may be the name of a file. */
export const fileNames = allNames
  .map(([, name]) => name)
  .filter((name) => !/[/\0]/.test(name) && name.length < 1000);

/** The policy that the guide gives for hosting the page: as a header, it binds workers too. */
export async function hostingPolicy(): Promise<string> {
  const guide = await readFile('test/guides/browser.md', 'utf8');
  return /^Content-Security-Policy: (.*)$/m.exec(guide)?.[1] ?? '';
}

/** The page under that policy. */
export async function openHosted(browser: TestBrowser): Promise<Site> {
  const headers = { 'content-security-policy': await hostingPolicy() };
  return openSite(browser, { folders: { '/': await pageBuild() }, headers }, { quiet: true });
}

/** Drops files of such names, of so many seconds each; 0: no audio. */
export const drop = (tab: Page, place: string, files: readonly (readonly [string, number])[]) =>
  tab.evaluate(
    (place, files, header) => {
      const data = new DataTransfer();
      for (const [name, seconds] of files) {
        const samples = new Int16Array(16_000 * seconds);
        for (let n = 0; n < samples.length; n++) {
          samples[n] = 8000 * Math.sin(n / 20) * Math.sin(n / 3000);
        }
        const wav = Uint8Array.from(header, (byte) => byte);
        new DataView(wav.buffer).setUint32(4, 36 + samples.byteLength, true);
        new DataView(wav.buffer).setUint32(40, samples.byteLength, true);
        data.items.add(new File(seconds === 0 ? ['no audio'] : [wav, samples], name));
      }
      const event = new DragEvent('drop', { dataTransfer: data, bubbles: true });
      document.getElementById(place)?.dispatchEvent(event);
    },
    place,
    files,
    [...encodeWav(new Float32Array(0), 16_000).subarray(0, 44)],
  );

/** Waits for an error: the words of one before may still stand there, hidden. */
export async function complains(tab: Page, id: string, says: RegExp): Promise<void> {
  await shown(tab, id);
  await textMatches(tab, id, says);
}

/** Elements and attributes of a part of the page, without the words. */
export const shapeOf = (tab: Page, id: string) =>
  tab.$eval(`#${id}`, (part) =>
    Array.from(part.querySelectorAll('*'), ({ tagName, attributes }) =>
      [tagName, ...Array.from(attributes, ({ name }) => name).sort()].join(' '),
    ),
  );

/** Megabytes of all processes of the browser, its pages and workers; 0 where the system does not say it. */
export async function megabytesOf({ puppeteer }: TestBrowser): Promise<number> {
  const id = puppeteer.process()?.pid;
  return id === undefined ? 0 : memoryOf(id);
}
