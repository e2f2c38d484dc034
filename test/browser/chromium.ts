import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { encodeWav } from '../../src/audio/wav.js';
import { messageOf } from '../../src/core/errors.js';
import type { StorageLimit, TestBrowser } from './browser.js';
import { unpackChromium } from './unpack.js';
import { voice } from './voice.js';

/** Without the first two it does not start as root or finds no adapter; the third keeps it off a GPU. */
const flags = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  // Tests end its GPU process: it has to come back each time, and to be there for the same page.
  '--disable-gpu-process-crash-limit',
  '--disable-domain-blocking-for-3d-apis',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  // Tabs in the background would be slowed down.
  '--disable-background-timer-throttling',
];

/**
 * Headless Chromium with WebGPU on SwiftShader, and a microphone that hears a voice, again and again.
 *
 * @throws Error that says why where it cannot be started: tests that need it fail, none is skipped
 */
export async function startChromium(): Promise<TestBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'alstm-chromium-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const heard = join(folder, 'voice.wav');
    await writeFile(heard, encodeWav(voice(3), 16_000));
    const downloads = join(folder, 'downloads');
    const browser = await launch([`--use-file-for-fake-audio-capture=${heard}`], downloads);
    return {
      name: 'Chromium',
      puppeteer: browser,
      adapter: { kind: 'swiftshader', name: 'swiftshader', vendor: 'google', software: true },
      downloads,
      choosesFolders: true,
      killGpuProcess: () => killGpuProcess(browser),
      limitStorage,
      async close() {
        await browser.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function launch(more: readonly string[], downloadPath: string): Promise<Browser> {
  if (`${process.platform}-${process.arch}` !== 'linux-x64') {
    throw new Error(
      `tests in a browser need Linux on x64, for which Chromium is packed; this is ${process.platform}-${process.arch}`,
    );
  }
  const { executable, libraries, fontConfig } = await unpackChromium();
  const before = process.env['LD_LIBRARY_PATH'];
  try {
    return await puppeteer.launch({
      executablePath: executable,
      headless: 'shell',
      args: [...flags, ...more],
      downloadBehavior: { policy: 'allow', downloadPath },
      env: {
        ...process.env,
        LD_LIBRARY_PATH: before ? `${before}:${libraries}` : libraries,
        FONTCONFIG_FILE: fontConfig,
      },
    });
  } catch (error) {
    throw new Error(`headless Chromium does not start: ${messageOf(error)}`, { cause: error });
  }
}

async function killGpuProcess(browser: Browser): Promise<boolean> {
  const session = await browser.target().createCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const gpu = processInfo.filter(({ type }) => type.toLowerCase() === 'gpu');
  if (gpu.length === 0) throw new Error('Chromium has no GPU process');
  for (const { id } of gpu) process.kill(id, 'SIGKILL');
  return true;
}

async function limitStorage(page: Page, origin: string): Promise<StorageLimit> {
  const session = await page.createCDPSession();
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 200_000 });
  return {
    tooMuch: 3_000_000,
    async lift() {
      await session.send('Storage.overrideQuotaForOrigin', { origin });
      await session.detach();
    },
  };
}
