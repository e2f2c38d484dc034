/** Names for a person to read and to type: in the form of option lists (cli/options/lists.ts). */
import { shellWord } from './shell.js';

/** A name as written in a list: in double quotes if it would be misread without them. */
export function listName(name: string): string {
  const isPlain = name === name.trim() && !/^"|[,=]/.test(name);
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Names in a sentence. */
export function nameList(names: readonly string[]): string {
  return names.map(listName).join(', ');
}

/** An option with a list of names, quoted for a shell. */
export function listOption(option: string, names: readonly string[]): string {
  return `${option} ${shellWord(names.map(listName).join(','))}`;
}
