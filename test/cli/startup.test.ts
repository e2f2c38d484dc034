/** Help, completion and complaints answer at once: what they load stays small. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** Modules and packages that a built module loads before it runs. */
function loadedBy(start: string): { modules: string[]; packages: string[] } {
  const modules = new Set<string>();
  const packages = new Set<string>();
  const waiting = [start];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (modules.has(file)) continue;
    modules.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, name = ''] of text.matchAll(/^(?:import|export)\s[^;'"]*?from '([^']+)'/gm)) {
      if (name.startsWith('.')) waiting.push(join(dirname(file), name));
      else if (!name.startsWith('node:')) packages.add(name);
    }
  }
  return { modules: [...modules], packages: [...packages].sort() };
}

test('the program knows its command lines without what the commands do', () => {
  const { modules, packages } = loadedBy(join('dist', 'cli', 'program.js'));
  expect(packages).toEqual(['commander', 'leven', 'picocolors']);
  expect(modules.filter((path) => /cli.(?:jobs|given|predict)/.test(path))).toEqual([]);
  expect(modules.length).toBeGreaterThan(30);
  expect(modules.length).toBeLessThan(75);
});

test('what one can do is shown without the program', () => {
  const first = loadedBy(join('dist', 'cli', 'main.js'));
  expect(first.packages).toEqual([]);
  const { modules, packages } = loadedBy(join('dist', 'cli', 'start.js')); // which it loads next
  expect(packages).toEqual(['picocolors']);
  expect(first.modules.length + modules.length).toBeLessThan(15);
});
