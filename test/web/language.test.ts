import { readFile } from 'node:fs/promises';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { digits, fixed, percent } from '../../src/web/dom.js';
import { english } from '../../src/web/language/english.js';
import { page } from '../../src/web/language/english-page.js';
import { german, page as germanPage } from '../../src/web/language/german.js';
import { preferred } from '../../src/web/language/load.js';
import { polish, page as polishPage } from '../../src/web/language/polish.js';
import { labelName, useWords } from '../../src/web/language/words.js';
import { answerText, tallyText } from '../../src/web/words.js';

beforeAll(() => useWords(english));
afterAll(() => useWords(english));

it('has the texts of index.html, each of them and no other', async () => {
  const { document } = parseHTML(await readFile('src/web/index.html', 'utf8'));
  const found = new Map<string, string>();
  const put = (key: string | null, text: string | null) => {
    const plain = (text ?? '').replace(/\s+/g, ' ').trim();
    expect(found.get(key ?? '') ?? plain, `${key} has two texts`).toBe(plain);
    found.set(key ?? '', plain);
  };
  document.querySelectorAll('[data-t]').forEach((node) => {
    node.querySelectorAll('code').forEach((code) => code.replaceWith(`\`${code.textContent}\``));
    put(node.getAttribute('data-t'), node.textContent);
  });
  document.querySelectorAll('[data-t-label]').forEach((node) => {
    put(node.getAttribute('data-t-label'), node.getAttribute('aria-label'));
  });
  expect(Object.fromEntries(found)).toEqual(page);
});

it('leaves nothing in English, and no code out', () => {
  const shared = ['batch', 'training', 'pause']; // words that German has from English
  for (const other of [germanPage, polishPage]) {
    for (const [key, text] of Object.entries(other)) {
      const own = page[key as keyof typeof page];
      if (text === own) expect(shared, key).toContain(key);
      const codeOf = (of: string) => of.match(/`[^`]*`/g) ?? [];
      expect(codeOf(text), key).toEqual(codeOf(own));
    }
  }
});

it('takes the first language of the browser that there is', () => {
  expect(preferred(['fr-FR', 'de-AT', 'en'])).toBe('de');
  expect(preferred(['pl'])).toBe('pl');
  expect(preferred(['en-US', 'pl'])).toBe('en');
  expect(preferred(['fr', 'deu'])).toBe('en');
  expect(preferred([])).toBe('en');
});

it('writes numbers, labels and counts as each language does', () => {
  const told = (words: typeof english) => {
    useWords(words);
    const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
    return [fixed(1.5, 2), digits(12_345), percent(0.0712), answerText({ anger: 0.5 }, true)].map(
      plain,
    );
  };
  expect(told(english)).toEqual(['1.50', '12,345', '7.1 %', 'anger (50 %)']);
  expect(told(german)).toEqual(['1,50', '12.345', '7,1 %', 'Ärger (50 %)']);
  expect(told(polish)).toEqual(['1,50', '12 345', '7,1 %', 'złość (50 %)']);
  expect(labelName('my own label')).toBe('my own label');
  expect(labelName('constructor')).toBe('constructor');
  expect([1, 2, 5, 12, 22].map(polish.recordings)).toEqual([
    '1 nagranie',
    '2 nagrania',
    '5 nagrań',
    '12 nagrań',
    '22 nagrania',
  ]);
  expect(tallyText([{ problem: new Error('x') }, {}])).toBe(
    'nieudane: 1; jeszcze niewysłuchane: 1',
  );
});
