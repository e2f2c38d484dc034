import { printableLines } from '../../core/printable.js';

/** Finished HTML, inserted into other HTML unescaped. */
export class Html {
  constructor(readonly text: string) {}
}

type Value = Html | string | number | readonly Value[];

/** Template tag that escapes its values, except finished HTML; lists are joined. */
export function html(pieces: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(
    pieces.map((piece, i) => (i === 0 ? piece : textOf(values[i - 1] ?? '') + piece)).join(''),
  );
}

/**
 * Escapes text for use in an element or a quoted attribute. What a terminal would act on is replaced here too: marks that
 * turn the direction of writing would turn the words after a name as well.
 */
export function escapeHtml(text: string): string {
  const shown = printableLines(text).replace(/\p{Cs}/gu, '\u{fffd}');
  return shown.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function textOf(value: Value): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return value.map(textOf).join('');
}
