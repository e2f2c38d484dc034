import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBrowser } from '../../tools/build-browser.mjs';
import { buildWeb } from '../../tools/build-web.mjs';

const made = new Map<string, Promise<string>>();

/** The folder of a build of src/ as it is, made once for all that ask in this process. */
function once(name: string, build: (folder: string) => Promise<unknown>): Promise<string> {
  const before = made.get(name);
  if (before !== undefined) return before;
  const folder = mkdtemp(join(tmpdir(), `alstm-${name}-`)).then(async (folder) => {
    await build(folder);
    return folder;
  });
  made.set(name, folder);
  return folder;
}

/** The library with its decoders. */
export const libraryBuild = () =>
  once('library', (folder) => buildBrowser(folder, { whole: true }));

/** The web page. */
export const pageBuild = () => once('page', buildWeb);

export async function removeBuilds(): Promise<void> {
  const folders = await Promise.all(made.values());
  made.clear();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
}
