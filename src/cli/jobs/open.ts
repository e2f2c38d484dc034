import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../../core/errors.js';
import type { Cli } from '../cli.js';
import { absolute } from '../options/values.js';
import { newestReport } from '../open/newest-report.js';
import { pageFolder, servePage } from '../open/serve-page.js';

export interface OpenFlags {
  readonly print?: true;
}

export interface PageFlags extends OpenFlags {
  readonly port?: number;
}

export async function openReport(
  cli: Cli,
  given: string | undefined,
  flags: OpenFlags,
): Promise<void> {
  const report = await newestReport(given ?? '.', cli.warn);
  await show(cli, pathToFileURL(absolute(report)).href, flags, { report });
}

/** Until Ctrl-C. */
export async function openPage(cli: Cli, { port, ...flags }: PageFlags): Promise<void> {
  const page = await servePage(pageFolder(), port);
  try {
    const signal = cli.takeSignal();
    await show(cli, page.address, flags);
    cli.log('serving it to this machine alone; Ctrl-C ends it');
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await page.close();
  }
}

/** Opens an address, and prints it in any case. */
async function show(cli: Cli, address: string, { print }: OpenFlags, more = {}): Promise<void> {
  const opened = !print && (await opens(cli, address));
  cli.result({ address, opened, ...more }, () => [address]);
}

async function opens(cli: Cli, address: string): Promise<boolean> {
  if (!hasDisplay()) {
    cli.log('no display here: open this address in a browser');
    return false;
  }
  const { default: open } = await import('open');
  try {
    const started = await open(address);
    started.on('error', (error) => cli.warn(`no browser was opened: ${messageOf(error)}`));
    return true;
  } catch (error) {
    cli.warn(`no browser was opened: ${messageOf(error)}`);
    return false;
  }
}

/** Windows and macOS always have one; elsewhere a program is told where it is. */
export function hasDisplay(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  if (platform === 'win32' || platform === 'darwin') return true;
  return ['DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME'].some((name) => env[name]);
}
