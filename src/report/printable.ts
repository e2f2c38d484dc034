/** Text without the control characters by which a label could move a terminal's cursor. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\u{fffd}');
}
