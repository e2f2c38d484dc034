/** A piece of HTML that is finished: it goes into others as it is. */
export class Html {
  constructor(readonly text: string) {}
}

type Value = Html | string | number | readonly Value[];

/** Tag of a template whose values are escaped, save finished HTML; lists are joined. */
export function html(pieces: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(
    pieces.map((piece, i) => (i === 0 ? piece : textOf(values[i - 1] ?? '') + piece)).join(''),
  );
}

/** Text that reads as itself inside an element and inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function textOf(value: Value): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return value.map(textOf).join('');
}
