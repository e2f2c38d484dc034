/** Files of results: their names and their text. */
import { printableJson, withObeyed } from '../core/printable.js';
import type { Row } from '../results/row.js';

/** The line that `alstm predict --json` prints. */
export function rowJson(row: Row): string {
  return `${printableJson(row)}\n`;
}

/** An array of rows, one a line. */
export function rowsJson(rows: readonly Row[]): string {
  return `[\n${rows.map(printableJson).join(',\n')}\n]\n`;
}

/** Characters that some system does not allow in a file's name. */
const refused = /[\p{Cc}<>:"/\\|?*]/gu;

/** Most characters of a name without its ending: systems take 255 bytes in all. */
const LONGEST = 80;

/** The name of a file about a recording: `speech.csv` of `calls/speech.wav`. */
export function savedName(path: string, ending: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
  const short = Array.from(withObeyed(name, () => '-').replace(refused, '-')).slice(0, LONGEST);
  const plain = short.join('').replace(/^[.\s]+|[.\s]+$/g, '');
  return `${plain === '' ? 'recording' : plain}.${ending}`;
}
