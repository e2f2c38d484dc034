/**
 * What a terminal would obey instead of showing it: control characters (C0, C1, line ends), line and
 * paragraph separators, and the marks that turn the direction of writing.
 */
const obeyed = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A line of text in which a label, a name or a message can neither move a terminal's cursor nor turn it. */
export function printable(line: string): string {
  return line.replace(obeyed, '\u{fffd}');
}

/** The same for several lines, whose line ends are meant. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** JSON of a value on one line, in which what a terminal would obey is escaped: to JSON it is the same. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    obeyed,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
