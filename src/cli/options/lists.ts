/**
 * Lists as options have them: entries between commas. One that holds a comma, an equals sign, or spaces at
 * its ends stands in double quotes, with quotes inside it doubled, as in CSV: `"Smith, Ann",KS0`.
 */
import { InvalidArgumentError } from 'commander';

/** What the help of an option says of its list. */
export const quotingNote = 'a name with a comma stands in double quotes';

const MANY = 'Give one or more between commas, such as a,b,c; one with a comma in double quotes.';

/** Names between commas. */
export function names(text: string): string[] {
  return split(text, ',').map((part) => unquoted(part, MANY));
}

/** Values between commas, each as `parse` takes it. */
export function listOf<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) => names(text).map(parse);
}

/**
 * Entries between commas, each a name, `=` and a value: `exc=hap,fru=ang`. No name comes twice.
 *
 * @param hint for wrong usage
 */
export function pairs(text: string, hint: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of split(text, ',', /^\s*$|=\s*$/)) {
    const parts = split(entry, '=');
    const [name = '', value = ''] = parts.map((part) => unquoted(part, hint));
    if (parts.length !== 2 || found.has(name)) throw new InvalidArgumentError(hint);
    found.set(name, value);
  }
  return found;
}

/**
 * Parts between separators that stand in no quotes; the quotes stay.
 *
 * @param before what stands in a part before a quote that begins one: nothing, or else O"Neil is a name
 */
function split(text: string, separator: ',' | '=', before = /^\s*$/): string[] {
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  for (const char of text) {
    if (char === '"' && (quoted || before.test(part))) quoted = !quoted;
    if (char === separator && !quoted) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  return [...parts, part];
}

function unquoted(part: string, hint: string): string {
  const trimmed = part.trim();
  const isQuoted = trimmed.startsWith('"');
  const inner = /^"((?:[^"]|"")*)"$/.exec(trimmed)?.[1];
  const name = isQuoted ? inner?.replaceAll('""', '"') : trimmed;
  if (name === undefined || name.trim() === '') throw new InvalidArgumentError(hint);
  return name;
}
