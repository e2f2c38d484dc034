import { existsSync } from 'node:fs';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Rolldown } from 'vite';
import { workletText } from '../../tools/browser-recorder.mjs';
import { buildBrowser, outside } from '../../tools/build-browser.mjs';

/**
 * Makes of `folder` a project that has the package installed as npm would, as far as `alstm/browser` goes:
 * its build of src/ as it is, and the packages that it imports.
 *
 * @returns what was built
 */
export async function installBrowserBuild(folder: string): Promise<Rolldown.RolldownOutput> {
  const installed = join(folder, 'node_modules', 'alstm');
  const built = await buildBrowser(join(installed, 'dist', 'browser'));
  const worklet = join(installed, 'dist', 'platform', 'browser', 'recorder.worklet.js');
  await mkdir(dirname(worklet), { recursive: true });
  await writeFile(worklet, workletText());
  const voices = join('src', 'voices');
  if (existsSync(voices)) {
    await cp(voices, join(installed, 'dist', 'voices'), { recursive: true });
  }
  await cp('package.json', join(installed, 'package.json'));
  for (const name of outside) {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(resolve('node_modules', name), link);
  }
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  return built;
}
