import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import puppeteer, { type Browser } from 'puppeteer-core';
import { messageOf } from '../../src/core/errors.js';
import { packagedSwiftShader } from '../../src/platform/node/swiftshader.js';
import { driverEnvironment } from '../support/vulkan.js';
import type { TestBrowser } from './browser.js';
import { allProcesses } from './processes.js';

/** Storage of all sites; one may have a fifth of it. */
const STORAGE_KIB = 300_000;

const preferences = (downloads: string) => ({
  'dom.webgpu.enabled': true,
  // Driven by WebDriver BiDi, Firefox often blocks a worker for ever that has started others (17 of 42 on a busy
  // machine; without BiDi 0 of 180): with one core the page starts none. The suite of workers says how many it wants.
  'dom.maxHardwareConcurrency': 1,
  'gfx.webgpu.ignore-blocklist': true,
  // As users have it. Without a display there is no such process.
  'layers.gpu-process.enabled': true,
  'layers.gpu-process.force-enabled': true,
  'media.navigator.streams.fake': true,
  // Web Audio starts without a sound card.
  'media.cubeb.force_mock_context': true,
  'media.navigator.permission.disabled': true,
  'dom.quotaManager.temporaryStorage.fixedLimit': STORAGE_KIB,
  'browser.download.folderList': 2,
  'browser.download.dir': downloads,
  // The panel of downloads would take the keyboard.
  'browser.download.alwaysOpenPanel': false,
});

interface Installed {
  readonly firefox: string;
  readonly xvfb: string;
}

/** Firefox and a display for it, or a line that says what is not installed. */
export function findFirefox(): Installed | string {
  const onPath = (name: string) =>
    (process.env['PATH'] ?? '')
      .split(delimiter)
      .map((folder) => join(folder, name))
      .find((path) => existsSync(path));
  const firefox = onPath('firefox-esr');
  const xvfb = onPath('Xvfb');
  if (firefox !== undefined && xvfb !== undefined) return { firefox, xvfb };
  const missing = [firefox ?? 'firefox-esr', xvfb ?? 'Xvfb'].filter((name) => !name.includes('/'));
  return `not installed: ${missing.join(', ')}`;
}

/**
 * Firefox on a display that nobody sees, with WebGPU (wgpu, naga) on SwiftShader.
 *
 * @throws Error that says why where it cannot be started
 */
export async function startFirefox({ firefox, xvfb }: Installed): Promise<TestBrowser> {
  const downloads = await mkdtemp(join(tmpdir(), 'alstm-firefox-'));
  const display = await startDisplay(xvfb);
  const stop = async () => {
    display.server.kill();
    await rm(downloads, { recursive: true, force: true });
  };
  try {
    const browser = await launch(firefox, display.name, downloads);
    return {
      name: 'Firefox',
      puppeteer: browser,
      // Firefox keeps names of adapters from pages.
      adapter: { kind: 'software', name: 'software', vendor: '', software: true },
      downloads,
      choosesFolders: false,
      async killGpuProcess() {
        const id = await gpuProcessOf(browser);
        if (id !== undefined) process.kill(id, 'SIGKILL');
        return id !== undefined;
      },
      limitStorage: () =>
        Promise.resolve({
          tooMuch: (1024 * STORAGE_KIB) / 4,
          lift: () => Promise.resolve(),
        }),
      async close() {
        await browser.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function launch(executablePath: string, display: string, downloads: string) {
  const { description, loader } = await packagedSwiftShader();
  try {
    return await puppeteer.launch({
      browser: 'firefox',
      executablePath,
      headless: false,
      extraPrefsFirefox: preferences(downloads),
      env: {
        ...process.env,
        DISPLAY: display,
        ...driverEnvironment(description, dirname(loader)),
      },
    });
  } catch (error) {
    throw new Error(`Firefox does not start: ${messageOf(error)}`, { cause: error });
  }
}

/** A display on a number that is free, which Xvfb tells on a pipe when it is ready. */
async function startDisplay(xvfb: string): Promise<{ server: ChildProcess; name: string }> {
  const args = ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'];
  const server = spawn(xvfb, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise<string>((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
    (server.stdio[3] as Readable).once('data', (text: Buffer) => resolve(text.toString().trim()));
  });
  return { server, name: `:${number}` };
}

/** Firefox starts it with itself and, once it has ended, never again. */
async function gpuProcessOf(browser: Browser): Promise<number | undefined> {
  const parent = browser.process()?.pid;
  const found = (await allProcesses()).find(
    (own) => own.parent === parent && own.args.findLast(Boolean) === 'gpu',
  );
  return found?.id;
}
