/**
 * Lists in options: entries separated by commas. An entry with a comma, an equals sign, or leading or trailing
 * spaces is put in double quotes, with quotes inside it doubled, as in CSV: `"Smith, Ann",KS0`.
 */
import { InvalidArgumentError } from 'commander';

/** Note for the help of an option that takes a list. */
export const quotingNote = 'put a name with a comma in double quotes';

const MANY =
  'Give one or more, separated by commas, such as a,b,c; put one with a comma in double quotes.';

/** Names separated by commas. */
export function names(text: string): string[] {
  return split(text, ',').map((part) => unquoted(part, MANY));
}

/** Values separated by commas, each parsed by `parse`. */
export function listOf<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) => names(text).map(parse);
}

/**
 * Entries separated by commas, each a name, `=` and a value: `exc=hap,fru=ang`. No name may repeat.
 *
 * @param hint for wrong usage
 * @param options `empty`: a value may be empty
 */
export function pairs(
  text: string,
  hint: string,
  { empty = false }: { readonly empty?: boolean } = {},
): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of split(text, ',', /^\s*$|=\s*$/)) {
    const parts = split(entry, '=');
    const [name = '', value = ''] = parts.map((part, i) =>
      empty && i === 1 && part.trim() === '' ? '' : unquoted(part, hint),
    );
    if (parts.length !== 2 || found.has(name)) throw new InvalidArgumentError(hint);
    found.set(name, value);
  }
  return found;
}

/**
 * Parts between separators outside quotes; the quotes are kept.
 *
 * @param before what may precede an opening quote within a part: nothing, otherwise O"Neil is a name
 */
function split(text: string, separator: ',' | '=', before = /^\s*$/): string[] {
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  let closed = false; // just now: another quote is a doubled one
  for (const char of text) {
    const isQuote: boolean = char === '"' && (quoted || closed || before.test(part));
    closed = isQuote && quoted;
    if (isQuote) quoted = !quoted;
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
