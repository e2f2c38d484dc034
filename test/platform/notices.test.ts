import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

interface Manifest {
  readonly license: string;
  readonly dependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

async function manifest(path: string): Promise<Manifest> {
  return JSON.parse(await readFile(path, 'utf8')) as Manifest;
}

test('NOTICES.md names every package that is installed, and its licence', async () => {
  const [shipped, development] = (await readFile('NOTICES.md', 'utf8')).split('## For development');
  const { dependencies, optionalDependencies, devDependencies } = await manifest('package.json');
  for (const [text, packages] of [
    [shipped, { ...dependencies, ...optionalDependencies }],
    [development, devDependencies],
  ] as const) {
    for (const name of Object.keys(packages)) {
      const { license } = await manifest(`node_modules/${name}/package.json`);
      const row = text?.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
      expect(row, `${name} has no row under its heading`).toBeDefined();
      expect(row).toContain(`| ${license}`);
    }
  }
});

/** What asks for no more than its notice. */
const PERMISSIVE = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'Unlicense'];

test('NOTICES.md names every package below those that asks for more than its notice', async () => {
  const [shipped = ''] = (await readFile('NOTICES.md', 'utf8')).split('## For development');
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
    readonly packages: Record<string, { dev?: true; devOptional?: true; license?: string }>;
  };
  const installed = Object.entries(packages).filter(
    ([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional,
  );
  expect(installed.length).toBeGreaterThan(50);
  const others = installed
    .filter(([, { license = '' }]) => !PERMISSIVE.includes(license))
    .map(([path, { license }]) => `${path.replace(/^.*node_modules\//, '')} (${license})`);
  expect(others).toEqual(['codec-parser (LGPL-3.0-or-later)']);
  for (const other of others) expect(shipped).toContain(other);
});

test('NOTICES.md names what the browser build includes', async () => {
  const [top = ''] = (await readFile('NOTICES.md', 'utf8')).split('Their licences are in');
  const licenses = await readFile('dist/browser/LICENSES.md', 'utf8');
  const included = Array.from(licenses.matchAll(/^## (\S+) - \S+ \((.*)\)$/gm));
  expect(included.length).toBeGreaterThan(3);
  const [, sentence = ''] = top.split('One is the browser build');
  const named = sentence.replace(/^.*?: /s, '').match(/[@\w/-]+/g) ?? [];
  expect(named.filter((word) => word !== 'and').sort()).toEqual(
    included.map(([, name]) => name).sort(),
  );
  for (const [, , license] of included) expect(sentence).toContain(license);
});
