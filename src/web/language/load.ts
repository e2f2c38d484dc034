import type { PageTexts } from './english-page.js';
import type { Words } from './english.js';
import { languages, useWords, type Language } from './words.js';
import { byId, element } from '../dom.js';

/** A language; without texts where index.html is in it. */
interface Loaded {
  readonly words: Words;
  readonly page?: PageTexts;
}

/** Only the one in use is fetched. */
const loaders: Readonly<Record<Language, () => Promise<Loaded>>> = {
  en: async () => ({ words: (await import('./english.js')).english }),
  de: async () => {
    const { german, page } = await import('./german.js');
    return { words: german, page };
  },
  pl: async () => {
    const { polish, page } = await import('./polish.js');
    return { words: polish, page };
  },
};

/** Where the choice is kept. */
const KEY = 'alstm-language';

/** Puts the page into the language that was chosen, or else into the first of the browser's that there is. */
export async function loadLanguage(): Promise<void> {
  const language = chosen() ?? preferred(navigator.languages);
  const { words, page } = await loaders[language]();
  useWords(words);
  document.documentElement.lang = language;
  document.title = words.title;
  if (page !== undefined) fill(page);
  const choice = byId('language', HTMLSelectElement);
  choice.value = language;
  choice.addEventListener('change', () => {
    keep(choice.value);
    location.reload(); // what is drawn already has the words of before
  });
}

/** The first that there is, whatever the country; else English. */
export function preferred(wanted: readonly string[]): Language {
  const codes = wanted.map((tag) => tag.toLowerCase().split('-', 1)[0]);
  return codes.flatMap((code) => languages.find((own) => own === code) ?? [])[0] ?? 'en';
}

function chosen(): Language | undefined {
  try {
    const kept = localStorage.getItem(KEY);
    return languages.find((own) => own === kept);
  } catch {
    return undefined; // a browser without storage for this page
  }
}

function keep(language: string): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // a browser without storage for this page: it asks again the next time
  }
}

function fill(page: PageTexts): void {
  const textOf = (key: string | undefined): string => page[key as keyof PageTexts];
  document.querySelectorAll<HTMLElement>('[data-t]').forEach((node) => {
    node.replaceChildren(...withCode(textOf(node.dataset['t'])));
  });
  document.querySelectorAll<HTMLElement>('[data-t-label]').forEach((node) => {
    node.setAttribute('aria-label', textOf(node.dataset['tLabel']));
  });
}

/** Text in which code stands between backticks. */
function withCode(text: string): readonly (string | Node)[] {
  return text.split('`').map((part, i) => (i % 2 === 1 ? element('code', {}, part) : part));
}
