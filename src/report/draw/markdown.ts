import { printableOnOneLine } from '../../core/printable.js';

/**
 * Escapes text for one line of Markdown: labels, names and paths are untrusted, and could contain
 * table borders, HTML or links.
 */
export function markdown(text: string): string {
  return printableOnOneLine(text)
    .replace(/[\\`*_[\]{}<>()#|~!&$:@^]/g, '\\$&')
    .replace(/\bwww\./gi, (www) => www.replace('.', '\\.'))
    .replace(/^[-+=]/, '\\$&') // at the beginning of a line: an item of a list, a heading above
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2');
}

/** A table; numbers are right-aligned. Cells are Markdown already. */
export function markdownTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  numbersFrom = 1,
): string {
  const rule = columns.map((_, i) => (i < numbersFrom ? '---' : '---:'));
  return [columns, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/**
 * A table of plain text, its header first: names are untrusted, the rest are our own numbers and words.
 *
 * @param named how many columns hold names
 */
export function namedTable(
  [header = [], ...rows]: readonly (readonly string[])[],
  named = 1,
): string {
  const escaped = rows.map((row) =>
    row.map((text, i) => (i < named ? markdown(text) : escapedLess(text))),
  );
  return markdownTable(header.map(markdown), escaped, named);
}

/** The `<` of a small p would start HTML. */
function escapedLess(value: string): string {
  return value.replaceAll('<', '\\<');
}

/** A YAML string in double quotes; YAML 1.1 readers accept it too. */
export function yamlString(text: string): string {
  return JSON.stringify(printableOnOneLine(text)).replace(
    /[\u007f-\u009f\ufeff\ufffe\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
