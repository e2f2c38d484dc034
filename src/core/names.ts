/** Names for a person to read and to type: as the lists of options take them (cli/lists.ts). */

/** A name as a list takes it: in double quotes where it would be read as something else without. */
export function listName(name: string): string {
  const isPlain = name === name.trim() && !/^"|[,=]/.test(name);
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Names in a sentence. */
export function nameList(names: readonly string[]): string {
  return names.map(listName).join(', ');
}

/** An option with a list of names, as a shell takes it. */
export function listOption(option: string, names: readonly string[]): string {
  const list = names.map(listName).join(',');
  const isPlain = /^[\p{L}\p{N}_.,:@%+/-]+$/u.test(list);
  return `${option} ${isPlain ? list : `'${list.replaceAll("'", `'\\''`)}'`}`;
}
