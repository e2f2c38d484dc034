import { printable, withObeyed } from './printable.js';

/** What no shell reads as anything else, at any place of a word. */
const plain = /^[\p{L}\p{N}_./:@%,+-]+$/u;

/**
 * Text as one word for bash, zsh or ksh. In single quotes, which every POSIX shell knows; with control characters,
 * line ends or marks of writing direction as `$'…'`, where they are escaped: a terminal would not show them.
 */
export function shellQuoted(text: string): string {
  if (printable(text) === text) return `'${text.replaceAll("'", `'\\''`)}'`;
  return `$'${withObeyed(text.replace(/[\\']/g, '\\$&'), bytesEscaped)}'`;
}

/** The same, without quotes where none are needed. */
export function shellWord(text: string): string {
  return plain.test(text) ? text : shellQuoted(text);
}

/** A path as a word that is not taken for an option. */
export function shellPath(path: string): string {
  return shellWord(path.startsWith('-') ? `./${path}` : path);
}

/** By bytes, since `\u` depends on the locale. */
function bytesEscaped(char: string): string {
  const bytes = new TextEncoder().encode(char);
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
