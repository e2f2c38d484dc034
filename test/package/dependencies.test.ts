import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly dev?: true;
  readonly devOptional?: true;
  readonly optional?: true;
  readonly hasInstallScript?: true;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const { packages: lock } = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>;
};
/** What is installed with the package, by its folder. */
const installed = Object.entries(lock).filter(
  ([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional,
);
const direct = { ...packageJson.dependencies, ...packageJson.optionalDependencies };
const nameOf = (path: string): string => path.replace(/^.*node_modules\//, '');

test('of all that is installed with it, one package runs a script', async () => {
  const scripts = installed.filter(([, { hasInstallScript }]) => hasInstallScript);
  // It takes the mark of a download off its own binary, on macOS alone.
  expect(scripts.map(([path]) => nameOf(path))).toEqual(['webgpu']);
  const script = await readFile('node_modules/webgpu/build/postinstall.js', 'utf8');
  expect(script).not.toMatch(/https?:|fetch|download/i);
  expect(script).toMatch(/async function main\(\) \{\s*if \(isMac\) \{/);
});

test('what is installed has the version and the licence that the lock file says', async () => {
  const told = await Promise.all(
    installed.map(async ([path]) => {
      const text = await readFile(join(path, 'package.json'), 'utf8');
      const { version, license } = JSON.parse(text) as Locked;
      return [path, version, license];
    }),
  );
  expect(told).toEqual(installed.map(([path, { version, license }]) => [path, version, license]));
});

test('nothing under the GPL is installed, and what has parts under the LGPL can be left out', () => {
  const copyleft = installed.filter(([, { license = '' }]) => /GPL/.test(license));
  expect(copyleft.map(([path, { license }]) => [nameOf(path), license])).toEqual([
    ['codec-parser', 'LGPL-3.0-or-later'],
  ]);
  const mustBe = new Set(Object.keys(packageJson.dependencies).flatMap((name) => broughtBy(name)));
  for (const name of ['codec-parser', 'mpg123-decoder']) {
    expect(lock[`node_modules/${name}`]).toMatchObject({ optional: true });
    expect([...mustBe]).not.toContain(`node_modules/${name}`);
  }
});

test('the licences beside the page are those of all of its files, its workers included', async () => {
  const licenses = await readFile('dist/web/LICENSES.md', 'utf8');
  const told = Array.from(licenses.matchAll(/^## (\S+) - (\S+) \((.*)\)$/gm), ([, ...own]) => own);
  for (const [name, version, license] of told) {
    expect(lock[`node_modules/${name}`]).toMatchObject({ version, license });
  }
  const names = told.map(([name]) => name ?? '');
  expect(names.filter((name) => !name.startsWith('d3-'))).toEqual([
    ...['mp3', 'opus', 'vorbis', 'wav'].map((codec) => `@audio/decode-${codec}`),
    '@observablehq/plot',
    ...['@wasm-audio-decoders/common', '@wasm-audio-decoders/ogg-vorbis', 'codec-parser'],
    ...['fflate', 'isoformat', 'leven', 'mpg123-decoder', 'pbf', 'simple-yenc'],
    'wgsl-preprocessor',
    ...['core', 'precaching', 'routing', 'strategies', 'window'].map((part) => `workbox-${part}`),
    'zod',
  ]);
  const texts = licenses.split(/^## .*$/m).slice(1);
  expect(texts.filter((text) => text.trim().length < 40)).toEqual([]);
  expect(licenses).toContain('LGPL-2.1'); // mpg123's, in a package that says MIT
});

test('DECISIONS.md says of each why it stays, and what it weighs', async () => {
  const [, section = ''] = (await readFile('DECISIONS.md', 'utf8')).split(
    '## What is installed with it',
  );
  const rows = Array.from(
    section.split(/^## /m)[0]!.matchAll(/^\| `(.*)` \| (.*) \| (.*) \| .{10,} \|$/gm),
  );
  expect(rows.map(([, name]) => name).sort()).toEqual(Object.keys(direct).sort());
  for (const [, name = '', own, all] of rows) {
    const paths = broughtBy(name);
    const sizes = await Promise.all(paths.map(bytesOf));
    expect(Number(own), name).toBeCloseTo((sizes[0] ?? 0) / 1e6, 1);
    expect(Number(all), name).toBeCloseTo(sizes.reduce((a, b) => a + b) / 1e6, 1);
  }
});

/** The folders of a package and of all below it, itself first. */
function broughtBy(name: string): string[] {
  const found = new Set<string>();
  const add = (path: string): void => {
    if (lock[path] === undefined || found.has(path)) return;
    found.add(path);
    for (const below of Object.keys(lock[path].dependencies ?? {})) add(`node_modules/${below}`);
  };
  add(`node_modules/${name}`);
  return [...found];
}

/** Of its files, without packages within. */
async function bytesOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await bytesOf(path);
    else if (entry.isFile()) bytes += (await lstat(path)).size;
  }
  return bytes;
}
