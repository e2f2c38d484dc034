/**
 * Comma-separated values as RFC 4180 has them: quoted fields may hold separators, line ends and
 * doubled quotes. Line ends are CRLF or LF; a byte order mark is skipped.
 */
import { FormatError } from './errors.js';

/** One record and the line, from 1, where it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Splits text into records. Blank lines are skipped.
 *
 * @param source what the text is, for errors: usually the path
 * @throws FormatError with the line of a quote that is out of place or never closed
 */
export function parseCsv(text: string, source: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  // One match is a quoted or a plain field and what ends it: a comma, a line end, or the text's end.
  const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  field.lastIndex = text.startsWith('\ufeff') ? 1 : 0;
  let line = 1;
  let record = { line, fields: [] as string[] };
  while (field.lastIndex < text.length || record.fields.length > 0) {
    const start = field.lastIndex;
    const match = field.exec(text);
    if (match === null) throw badQuote(text, start, line, source);
    const [whole, quoted, plain = '', end] = match;
    record.fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += count(whole, '\n');
    if (end === ',') continue;
    const blank = record.fields.length === 1 && quoted === undefined && plain === '';
    if (!blank) records.push(record);
    record = { line, fields: [] };
  }
  return records;
}

/** Tab-separated lines, as corpora publish them: no quoting, so quotes are text. */
export function parseTsv(text: string): CsvRecord[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const records = lines.map((content, i) => ({
    line: i + 1,
    fields: content.split('\t'),
    content,
  }));
  return records.filter(({ content }) => content !== '');
}

/** The text of records, quoted where needed, each line ended by LF. */
export function formatCsv(records: Iterable<readonly string[]>): string {
  let text = '';
  for (const fields of records) {
    const line = fields.map(quote).join(',');
    text += `${line === '' ? '""' : line}\n`; // a lone empty field, which is no blank line
  }
  return text;
}

function quote(field: string): string {
  return /[",\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function badQuote(text: string, start: number, line: number, source: string): FormatError {
  const opened = text[start] === '"';
  const closed = opened && /^"[^"]*(?:""[^"]*)*"(?!")/.test(text.slice(start));
  const problem = !opened
    ? 'a quote or lone carriage return inside a field that is not quoted'
    : closed
      ? 'text after the closing quote of a field'
      : 'a quoted field that is never closed';
  const hint = 'Put fields that hold quotes in quotes, and double each quote inside.';
  return new FormatError(`${source}, line ${line}: ${problem}`, hint);
}

function count(text: string, char: string): number {
  return text.split(char).length - 1;
}
