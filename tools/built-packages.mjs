/** Which packages a build took in, with the licences of each: of all its files, those of workers as well, which vite does not list. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What packages hold besides their own code, and have no file about. */
const within = {
  'mpg123-decoder':
    'With mpg123 (LGPL-2.1) in WebAssembly: https://www.mpg123.de. Its code stands in a file of its own here, which may be replaced.',
};

export class BuiltPackages {
  /** Their folders. */
  #folders = new Set();

  /** @returns {import('vite').Plugin} which notes what ends up in files; one for each build */
  plugin() {
    return {
      name: 'alstm-built-packages',
      generateBundle: async (_, bundle) => {
        for (const { modules = {} } of Object.values(bundle)) {
          for (const [id, { renderedLength }] of Object.entries(modules)) {
            if (renderedLength > 0) await this.#add(id);
          }
        }
      },
    };
  }

  /** @param {string} id path of a module, perhaps with a query and a mark in front */
  async #add(id) {
    const path = id.replaceAll('\\', '/').replace(/^\0|\?.*$/g, '');
    const [, modules, own] = /^(.*\/node_modules\/)((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    if (modules === undefined) return;
    this.#folders.add(modules + own);
    // A package may have been published with others already in its file, which its bundler marked.
    const inside = /^ *\/\/ [./]*node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm;
    for (const [, other] of (await readFile(path, 'utf8')).matchAll(inside)) {
      this.#folders.add(modules + other);
    }
  }

  /**
   * Writes a Markdown file with the licence of each.
   *
   * @param {string} path
   * @returns {Promise<void>}
   */
  async write(path) {
    const packages = await Promise.all(Array.from(this.#folders, readPackage));
    packages.sort((a, b) => (a.name < b.name ? -1 : 1));
    const unlike = new Map(packages.map((one) => [`${one.name} ${one.version}`, one]));
    const parts = Array.from(
      unlike.values(),
      ({ name, version, license, text }) => `## ${name} - ${version} (${license})\n\n${text}\n`,
    );
    const top = '# Licenses\n\nThese files contain the following packages:\n';
    await writeFile(path, [top, ...parts].join('\n'));
  }
}

/** @param {string} folder */
async function readPackage(folder) {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const { name, version, license, author, homepage } = manifest;
  const files = (await readdir(folder)).filter((own) => /^(licen[cs]e|copying|notice)/i.test(own));
  const texts = await Promise.all(
    files.sort().map(async (own) => (await readFile(join(folder, own), 'utf8')).trim()),
  );
  const by = typeof author === 'string' ? author : author?.name;
  if (texts.length === 0) texts.push(`By ${by ?? 'its authors'}: ${homepage}`);
  if (within[name] !== undefined) texts.push(within[name]);
  return { name, version, license, text: texts.join('\n\n') };
}
