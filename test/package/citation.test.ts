import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { VERSION } from '../../src/core/version.js';

test('what is cited is this version, with the date that the changelog gives it', async () => {
  const citation = await readFile('CITATION.cff', 'utf8');
  const field = (name: string) => new RegExp(`^${name}: ['"]?([^'"\n]*)`, 'm').exec(citation)?.[1];
  expect(field('cff-version')).toBe('1.2.0');
  expect(field('version')).toBe(packageJson.version);
  expect(VERSION).toBe(packageJson.version);
  const newest = /^## .*$/m.exec(await readFile('CHANGELOG.md', 'utf8'))?.[0];
  expect(newest?.split(':')[0]).toBe(`## ${field('version')}, ${field('date-released')}`);
});
