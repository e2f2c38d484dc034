/**
 * What a terminal would act on instead of showing: control characters (C0, C1, line ends), line and
 * paragraph separators, and the marks that change the direction of writing.
 */
const obeyed = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A line of text that cannot move a terminal's cursor or change its writing direction. */
export function printable(line: string): string {
  return line.replace(obeyed, '\u{fffd}');
}

/** The same for several lines; line ends are kept. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** The same for text that becomes one line: line breaks and tabs are spaces. Without lone surrogates. */
export function printableOnOneLine(text: string): string {
  const line = text.replace(/[\r\n\u0085\u2028\u2029\t]+/g, ' ').replace(/\p{Cs}/gu, '\u{fffd}');
  return printable(line).trim();
}

/** Text with something else in place of each character that a terminal would act on. */
export function withObeyed(text: string, instead: (char: string) => string): string {
  return text.replace(obeyed, instead);
}

/** JSON of a value on one line, with what a terminal would act on escaped: equivalent as JSON. */
export function printableJson(value: unknown): string {
  return withObeyed(
    JSON.stringify(value),
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
