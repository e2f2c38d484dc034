/**
 * Where a spreadsheet would take a cell, or a part of one, for a formula. It leaves out quotes and space in front, takes
 * the wide forms of East Asian keyboards too, and in countries with decimal commas it splits the line of a table at
 * semicolons.
 */
const formula = '(?=[=+@＝＋－＠\t\r-])';
const atStart = String.raw`(?<=(?:^|[;\t\r\n])["'\v\f\p{Zs}\ufeff]*)`;
const unsafe = new RegExp(formula + atStart, 'gu');
const madeSafe = new RegExp(`'${formula}${atStart}`, 'gu');

/**
 * Text that a spreadsheet would take for a formula gets an apostrophe in front of that character, which is shown as text:
 * a file may be called `=HYPERLINK(…).wav`. What has an apostrophe there already gets another, so that `textOfCell` gives
 * the same text back.
 */
export function safeCell(text: string): string {
  return text.replace(unsafe, "'");
}

/** The text of a cell that `safeCell` made. */
export function textOfCell(cell: string): string {
  return cell.replace(madeSafe, '');
}
