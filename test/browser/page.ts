import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { Page } from 'puppeteer-core';
import { expect } from 'vitest';
import type { TestBrowser } from './browser.js';
import type { Site } from './site.js';

/** A new tab with the page, ready to be used. */
export async function openPage(site: Site, hash = ''): Promise<Page> {
  const tab = await site.open(`/${hash}`);
  await tab.waitForSelector('html[data-ready]');
  return tab;
}

/** Chooses files in an input. */
export async function choose(tab: Page, input: string, ...paths: string[]): Promise<void> {
  const found = await tab.$(`input#${input}`);
  await (found as NonNullable<typeof found>).uploadFile(...paths);
}

/** Chooses a folder in an input. */
export async function chooseFolder(
  { choosesFolders }: TestBrowser,
  tab: Page,
  input: string,
  path: string,
): Promise<void> {
  if (choosesFolders) return choose(tab, input, path);
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  const files: [string, string][] = [];
  for (const entry of names.filter((entry) => entry.isFile())) {
    const file = join(entry.parentPath, entry.name);
    const bytes = await readFile(file, 'base64');
    files.push([`${basename(path)}/${relative(path, file)}`, bytes]);
  }
  await tab.$eval(
    `input#${input}`,
    (node, files) => {
      const chosen = files.map(([path, text]) => {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        const file = new File([bytes], path.split('/').at(-1) ?? '');
        return Object.defineProperty(file, 'webkitRelativePath', { value: path });
      });
      Object.defineProperty(node, 'files', { value: chosen, configurable: true });
      node.dispatchEvent(new Event('change'));
    },
    files,
  );
}

/** Presses a button by keyboard: a pointer can miss one that moves, while what is above it is drawn. */
export async function press(tab: Page, id: string): Promise<void> {
  await tab.focus(`#${id}`);
  await tab.keyboard.press('Enter');
}

/** Firefox draws no more frames once its GPU process has ended; and beside other tests a start takes a minute. */
const PATIENT = { polling: 50, timeout: 110_000 };

/** Waits until an element is shown. */
export async function shown(tab: Page, id: string): Promise<void> {
  try {
    await tab.waitForFunction(
      (id) => document.querySelector(`#${id}:not([hidden])`) !== null,
      PATIENT,
      id,
    );
  } catch (error) {
    throw new Error(`#${id} does not appear: ${await complaints(tab)}`, { cause: error });
  }
}

/** What the page says of what it does, and of what went wrong. */
async function complaints(tab: Page): Promise<string> {
  const told = await tab.$$eval('[role=status], .error:not([hidden])', (all) =>
    all.map(({ id, textContent }) => `#${id}: ${textContent}`),
  );
  return told.join('; ');
}

export const textOf = (tab: Page, id: string) => tab.$eval(`#${id}`, (node) => node.textContent);

/** Waits until the text of an element is as wanted. */
export async function textMatches(tab: Page, id: string, pattern: RegExp): Promise<void> {
  try {
    await tab.waitForFunction(
      (id, source) => new RegExp(source).test(document.getElementById(id)?.textContent ?? ''),
      PATIENT,
      id,
      pattern.source,
    );
  } catch (error) {
    const found = await textOf(tab, id);
    const problem = `"${found}" is not ${String(pattern)}`;
    throw new Error(`#${id}: ${problem}; ${await complaints(tab)}`, { cause: error });
  }
}

/** Presses a button, and takes what it saves: whole, since a browser makes an empty file first. */
export async function saved(
  { downloads }: TestBrowser,
  tab: Page,
  button: string,
  name: string,
): Promise<Buffer> {
  await press(tab, button);
  const file = join(downloads, name);
  const whole = async (): Promise<boolean> => {
    const names = await readdir(downloads).catch((): string[] => []);
    const unfinished = names.some((own) => /\.(?:part|crdownload)$/.test(own));
    return names.includes(name) && !unfinished && (await stat(file)).size > 0;
  };
  await expect.poll(whole, { timeout: 30_000, message: name }).toBe(true);
  const bytes = await readFile(file);
  await rm(file);
  return bytes;
}
