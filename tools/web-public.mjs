/**
 * What the web page fetches when it is asked for: the models of src/voices/, with their cards and licences, under
 * `voices/`, and the sounds to click under `sounds/`; and the manifest and icons of an installed page.
 */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';
import { runnerImport } from 'vite';
import { voiceNames } from './browser-voices.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src', 'voices');

/** Of a model. */
const parts = ['config.json', 'model.safetensors', 'README.md', 'LICENSE'];

/**
 * Copies the models that there are, and lists them in `index.json` by what their own configurations say.
 *
 * @param {string} folder
 * @returns {Promise<void>}
 */
async function copyVoices(folder) {
  const index = [];
  for (const name of voiceNames()) {
    const from = join(source, name);
    await mkdir(join(folder, name), { recursive: true });
    for (const part of parts) await cp(join(from, part), join(folder, name, part));
    const { labels, license } = JSON.parse(await readFile(join(from, 'config.json'), 'utf8'));
    index.push({ name, labels, license });
  }
  if (index.length === 0) throw new Error('src/voices/ has no model for the page to come with');
  await writeFile(join(folder, 'index.json'), `${JSON.stringify(index)}\n`);
}

/**
 * @param {string} folder of static files
 * @returns {Promise<void>}
 */
export async function fillPublic(folder) {
  await cp(join(root, 'src', 'web', 'app'), folder, { recursive: true });
  await cp(join(root, 'src', 'web', 'icon.svg'), join(folder, 'icon.svg'));
  await copyVoices(join(folder, 'voices'));
  // TypeScript, as all that it imports.
  const options = { configFile: false, logLevel: 'error' };
  const { module } = await runnerImport(join(root, 'tools', 'make-sounds.ts'), options);
  await module.makeSounds(join(folder, 'sounds'));
}
