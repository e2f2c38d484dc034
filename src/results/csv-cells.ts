/**
 * Text that a spreadsheet would take for a formula gets an apostrophe in front, which it shows as text: a file may be
 * called `=HYPERLINK(…).wav`. What has an apostrophe before such a character already gets another, so that the text can
 * be told again.
 */
export function safeCell(text: string): string {
  return /^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

/** The text of a cell that `safeCell` made. */
export function textOfCell(cell: string): string {
  return /^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}
