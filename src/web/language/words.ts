import { printable } from '../../core/printable.js';
import type { Words } from './english.js';

/** Languages of the page, by their BCP 47 codes. */
export const languages = ['en', 'de', 'pl'] as const;
export type Language = (typeof languages)[number];

let current: Words | undefined;

/** What the page says, in its language. */
export function t(): Words {
  if (current === undefined) throw new Error('no language is loaded yet');
  return current;
}

export function useWords(words: Words): void {
  current = words;
}

/** The name of a label in the page's language; one that it does not know stays as it is. */
export function labelName(label: string): string {
  return nameIn(t().labels, label);
}

/** The name of a task, likewise. */
export function taskName(task: string): string {
  return nameIn(t().tasks, task);
}

function nameIn(names: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(names, name) ? (names[name] ?? name) : printable(name);
}
