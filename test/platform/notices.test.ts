import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

interface Manifest {
  readonly license: string;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

async function manifest(path: string): Promise<Manifest> {
  return JSON.parse(await readFile(path, 'utf8')) as Manifest;
}

test('NOTICES.md names every package that is installed, and its licence', async () => {
  const [shipped, development] = (await readFile('NOTICES.md', 'utf8')).split('## For development');
  const { dependencies, devDependencies } = await manifest('package.json');
  for (const [text, packages] of [
    [shipped, dependencies],
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
