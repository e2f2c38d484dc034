/**
 * Comma-separated values (RFC 4180): quoted fields may hold separators, line breaks and
 * doubled quotes. Line ends are CRLF or LF; a byte order mark is skipped. By hand, since packages lose what is
 * promised here (DECISIONS.md): lines of records, and an error for every misplaced quote.
 */
import { FormatError } from './errors.js';

/** One record and the line, from 1, where it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

const separators = [',', ';', '\t'] as const;
/** What stands between the fields of a record. */
export type Separator = (typeof separators)[number];

/**
 * What separates the columns of a table: what its header has most of, outside quotes. Spreadsheets write semicolons in
 * countries with decimal commas. A comma if there is none of them.
 */
export function separatorOf(text: string): Separator {
  const header = /[^\ufeff\r\n].*/.exec(text.slice(0, 2 ** 20))?.[0] ?? ''; // of columns there are fewer
  const names = header.replace(/"[^"]*"?/g, '');
  const most = Math.max(...separators.map((one) => count(names, one)));
  return separators.find((one) => count(names, one) === most) ?? ',';
}

/** More than any corpus has, and few enough for the memory. */
const MOST_RECORDS = 1_000_000;
const MOST_FIELDS = 1_000_000;

function tooMany(source: string, problem: string): FormatError {
  return new FormatError(`${source}${problem}`, 'Check that it is the right file, or divide it.');
}

/**
 * Splits text into records. Blank lines are skipped.
 *
 * @param source name of the text, for errors: usually the path
 * @throws FormatError with the line of a misplaced or unclosed quote; for more than a million records, or fields of one
 */
export function parseCsv(text: string, source: string, separator: Separator = ','): CsvRecord[] {
  const { afterField, notPlain } = patterns[separator];
  const records: CsvRecord[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let line = 1;
  let record = { line, fields: [] as string[] };
  while (at < text.length || record.fields.length > 0) {
    const isQuoted = text[at] === '"';
    const close = isQuoted ? closingQuote(text, at) : endOfPlain(text, at, notPlain);
    if (close === -1) throw badQuote(source, line, 'a quoted field is never closed');
    const field = text.slice(isQuoted ? at + 1 : at, close);
    record.fields.push(isQuoted ? field.replaceAll('""', '"') : field);
    if (record.fields.length > MOST_FIELDS) {
      throw tooMany(source, `, line ${record.line}: more than ${MOST_FIELDS} fields`);
    }
    const end = isQuoted ? close + 1 : close;
    afterField.lastIndex = end;
    const [found] = afterField.exec(text) ?? [];
    if (found === undefined) {
      const problem = isQuoted
        ? 'text after the closing quote of a field'
        : 'a quote or lone carriage return inside a field that is not quoted';
      throw badQuote(source, line, problem);
    }
    at = end + found.length;
    if (isQuoted) line += count(field, '\n');
    if (found === separator) continue;
    line += count(found, '\n');
    const blank = record.fields.length === 1 && !isQuoted && field === '';
    if (!blank) records.push(record);
    if (records.length > MOST_RECORDS) throw tooMany(source, `: more than ${MOST_RECORDS} lines`);
    record = { line, fields: [] };
  }
  return records;
}

/** What follows a field (a separator, a line break, or the end of the text), and what a plain one lacks. */
const patterns = {
  ',': { afterField: /,|\r?\n|$/y, notPlain: /[",\r\n]/g },
  ';': { afterField: /;|\r?\n|$/y, notPlain: /[";\r\n]/g },
  '\t': { afterField: /\t|\r?\n|$/y, notPlain: /["\t\r\n]/g },
} as const satisfies Record<Separator, unknown>;

function endOfPlain(text: string, start: number, notPlain: RegExp): number {
  notPlain.lastIndex = start;
  return notPlain.exec(text)?.index ?? text.length;
}

/**
 * Index of the quote that ends a field, or -1. By hand: a regular expression with an alternative for each
 * doubled quote overflows its stack on a long field.
 */
function closingQuote(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

/**
 * Tab-separated lines, as published with corpora: no quoting, so quotes are text.
 *
 * @param source name of the text, for errors: usually the path
 * @throws FormatError for more than a million lines, or fields of one
 */
export function parseTsv(text: string, source = 'table'): CsvRecord[] {
  const records: CsvRecord[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  for (let line = 1; at <= text.length; line++) {
    const found = text.indexOf('\n', at);
    const next = found === -1 ? text.length : found;
    const end = next > at && text[next - 1] === '\r' && found !== -1 ? next - 1 : next;
    if (end > at) {
      const content = text.slice(at, end);
      if (count(content, '\t') >= MOST_FIELDS) {
        throw tooMany(source, `, line ${line}: more than ${MOST_FIELDS} fields`);
      }
      records.push({ line, fields: content.split('\t') });
      if (records.length > MOST_RECORDS) throw tooMany(source, `: more than ${MOST_RECORDS} lines`);
    }
    at = next + 1;
  }
  return records;
}

/** The text of records, quoted where needed, each line ended by LF. */
export function formatCsv(records: Iterable<readonly string[]>): string {
  let text = '';
  for (const fields of records) {
    const line = fields.map(quote).join(',');
    text += `${line === '' ? '""' : line}\n`; // a single empty field must not become a blank line
  }
  return text;
}

function quote(field: string): string {
  return /[",\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function badQuote(source: string, line: number, problem: string): FormatError {
  const hint = 'Put fields that contain quotes in quotes, and double each quote inside.';
  return new FormatError(`${source}, line ${line}: ${problem}`, hint);
}

function count(text: string, char: string): number {
  let found = 0;
  for (let at = text.indexOf(char); at !== -1; at = text.indexOf(char, at + 1)) found++;
  return found;
}
