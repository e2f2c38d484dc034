import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { messageOf } from '../../src/core/errors.js';
import { startServer, type Served } from './server.js';
import { unpackChromium } from './unpack.js';

/** Without the first two it does not start as root or finds no adapter; the third keeps it off a GPU. */
const flags = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  // Tests end its GPU process: it has to come back each time, and to be there for the same page.
  '--disable-gpu-process-crash-limit',
  '--disable-domain-blocking-for-3d-apis',
];

export interface Chromium {
  /** Of the pages that it is served. */
  readonly origin: string;
  readonly browser: Browser;
  /** A new tab at a path of the server; a script that fails in it ends the test by `problems`. */
  open(path?: string): Promise<Page>;
  /** What scripts have thrown and nobody caught, and what was not found, since the last call. */
  problems(): string[];
  /** Ends the process that talks to the GPU, as a crash of its driver does. */
  killGpuProcess(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Headless Chromium with WebGPU on SwiftShader, and a server of the pages for it.
 *
 * @throws Error that says why where it cannot be started: tests that need it fail, none is skipped
 */
export async function startChromium(served: Served): Promise<Chromium> {
  const browser = await launchChromium();
  const server = await startServer(served);
  let problems: string[] = [];
  return {
    origin: server.origin,
    browser,
    async open(path = '/') {
      const page = await browser.newPage();
      page.on('pageerror', (error) => problems.push(`${path}: ${messageOf(error)}`));
      page.on('requestfailed', (request) => {
        if (request.method() === 'HEAD') return; // Chromium takes one that was answered for aborted
        problems.push(`${request.url()}: ${request.failure()?.errorText ?? 'failed'}`);
      });
      await page.goto(`${server.origin}${path}`);
      return page;
    },
    problems() {
      const found = problems;
      problems = [];
      return found;
    },
    killGpuProcess: () => killGpuProcess(browser),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/**
 * Headless Chromium with WebGPU on SwiftShader.
 *
 * @param more flags
 * @throws as startChromium
 */
export async function launchChromium(more: readonly string[] = []): Promise<Browser> {
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

/** Ends the process that holds the device, as a driver's crash would. */
export async function killGpuProcess(browser: Browser): Promise<void> {
  const session = await browser.target().createCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const gpu = processInfo.filter(({ type }) => type.toLowerCase() === 'gpu');
  if (gpu.length === 0) throw new Error('Chromium has no GPU process');
  for (const { id } of gpu) process.kill(id, 'SIGKILL');
}
