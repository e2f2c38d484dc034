import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

/** What `npm run pictures` writes. */
const PICTURES = join('bench', 'pictures');
const MOST_BYTES = 150_000;

const guides = join('test', 'guides');
const texts = [
  'README.md',
  ...(await readdir(guides))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(guides, name)),
];

/** Pictures that a text shows, relative to it: in Markdown, and as elements of HTML. Those of other sites are left out. */
function picturesIn(text: string): string[] {
  const shown = /!\[[^\]]*\]\(([^)\s]+)[^)]*\)|<(?:img|source)\b[^>]*\b(?:src|srcset)="([^"\s]+)/g;
  return Array.from(text.matchAll(shown), ([, markdown, html]) => markdown ?? html ?? '').filter(
    (path) => !/^[a-z]+:/.test(path),
  );
}

it('finds pictures in Markdown and in HTML', () => {
  const text =
    '![a](one.png) ![b](two.svg "title") <picture><source media="(x)" srcset="three.webp"><img alt="" src="four.webp">' +
    '</picture> ![c](https://example.org/five.png) [link](six.png)';
  expect(picturesIn(text)).toEqual(['one.png', 'two.svg', 'three.webp', 'four.webp']);
});

it.each(texts)('%s shows pictures that are there and small', async (path) => {
  for (const picture of picturesIn(await readFile(path, 'utf8'))) {
    const file = join(dirname(path), picture);
    expect(existsSync(file), `${path}: ${picture} is not there: npm run pictures`).toBe(true);
    expect((await stat(file)).size, `${path}: ${picture}`).toBeLessThanOrEqual(MOST_BYTES);
  }
});

it.each(texts)('%s shows in a <picture> one for light and one for dark', async (path) => {
  const text = await readFile(path, 'utf8');
  for (const [picture] of text.matchAll(/<picture>.*?<\/picture>/gs)) {
    const dark = /<source\b[^>]*media="\(prefers-color-scheme: dark\)"[^>]*srcset="([^"]+)"/;
    const [, ofDark = ''] = dark.exec(picture) ?? [];
    const [, ofLight = ''] = /<img\b[^>]*src="([^"]+)"/.exec(picture) ?? [];
    expect(ofDark, picture).toMatch(/-dark\.\w+$/);
    expect(ofLight, picture).toBe(ofDark.replace(/-dark(?=\.\w+$)/, '-light'));
    expect(picture).toMatch(/<img\b[^>]*alt="[^"]{10,}"/);
  }
});

it('has every picture in light and in dark, whole and small', async () => {
  const files = (await readdir(PICTURES)).filter((file) => !file.endsWith('.svg')).sort(); // figures serve both
  const names = [...new Set(files.map((file) => file.replace(/-(?:light|dark)\.webp$/, '')))];
  expect(names.length).toBeGreaterThanOrEqual(6);
  expect(files).toEqual(
    names.flatMap((name) => [`${name}-dark.webp`, `${name}-light.webp`]).sort(),
  );
  for (const file of files) {
    const bytes = await readFile(join(PICTURES, file));
    expect(bytes.length, file).toBeLessThanOrEqual(MOST_BYTES);
    expect(bytes.toString('latin1', 0, 4), file).toBe('RIFF');
    expect(bytes.readUInt32LE(4) + 8, file).toBe(bytes.length);
  }
});

it('names in the manifest of the page icons that are there, of the sizes it says', async () => {
  const app = join('src', 'web', 'app');
  const text = await readFile(join(app, 'manifest.webmanifest'), 'utf8');
  const { icons } = JSON.parse(text) as { icons: { src: string; type: string; sizes: string }[] };
  const pngs = icons.filter(({ type }) => type === 'image/png');
  expect(pngs.map(({ sizes }) => sizes)).toEqual(['192x192', '512x512', '192x192', '512x512']);
  for (const { src, sizes } of pngs) {
    const header = await readFile(join(app, src)); // IHDR: width and height
    expect(`${header.readUInt32BE(16)}x${header.readUInt32BE(20)}`, src).toBe(sizes);
  }
});
