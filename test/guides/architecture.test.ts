import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const here = resolve('test', 'guides');
/** A link, and the symbol that it says is there, where it names one. */
const LINK = /\[(?:`(\w+)`|[^\]]+)\]\(([^)]+)\)/g;

it('architecture.md walks from the command line to a new parameter over files and names that are there', async () => {
  const text = await readFile(join(here, 'architecture.md'), 'utf8');
  const hops = Array.from(text.matchAll(/^(\d+)\. /gm), ([, n]) => Number(n));
  expect(hops).toEqual(hops.map((_, i) => i + 1));
  expect(hops.length).toBeGreaterThan(20);
  expect(hops.length).toBeLessThanOrEqual(30);
  expect(text.split(/\s+/).length).toBeLessThan(1000); // five minutes' reading
  for (const [, symbol, path = ''] of text.matchAll(LINK)) {
    const file = join(here, path);
    expect((await stat(file)).isFile() || path.endsWith('shaders'), path).toBe(true);
    if (symbol !== undefined) expect(await readFile(file, 'utf8'), path).toContain(symbol);
  }
});
