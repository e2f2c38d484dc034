import { parseCsv, separatorOf, type CsvRecord } from './csv.js';
import { textOfCell } from './csv-cells.js';
import { FormatError } from './errors.js';
import { readText, type Files } from './files.js';
import { brief } from './json.js';

export interface TableRow {
  /** Line of the file, from 1. */
  readonly line: number;
  /** Value of each column by its name. */
  readonly cells: Readonly<Record<string, string>>;
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
}

export interface Columns<Name extends string> {
  readonly required: readonly Name[];
  /** Columns that may be present; if absent, any may. */
  readonly optional?: readonly string[];
  /** Whether cells that a spreadsheet would run are as `safeCell` writes them. */
  readonly safeCells?: boolean;
  /** What else the hint of an error says. */
  readonly hint?: string;
}

/** A table whose rows all hold these columns. */
export interface TypedTable<Name extends string> extends Table {
  readonly rows: readonly (TableRow & { readonly cells: Readonly<Record<Name, string>> })[];
}

/**
 * Names the fields of each record by the first record, the header. Columns may be in any order;
 * spaces around their names are dropped.
 *
 * @param source where the records are from, for errors: usually the path
 * @throws FormatError for a header with a missing, repeated or unknown column, and for a record of
 *   another length, with its line
 */
export function tableOf<Name extends string>(
  records: readonly CsvRecord[],
  source: string,
  { required, optional, safeCells = false, hint: more }: Columns<Name>,
): TypedTable<Name> {
  const [header, ...body] = records;
  const expected = [...required, ...(optional ?? []).map((name) => `[${name}]`)].join(', ');
  const hint = `The columns are ${expected}.${more === undefined ? '' : ` ${more}`}`;
  if (header === undefined) throw new FormatError(`${source}: no header, the file is empty`, hint);
  const where = `${source}, line ${header.line}`;
  const textOf = safeCells ? textOfCell : (cell: string): string => cell;
  const columns = header.fields.map((name) => textOf(name).trim());

  const found = new Set(columns);
  const missing = required.filter((name) => !found.has(name));
  if (missing.length > 0) {
    throw new FormatError(`${where}: the header lacks ${quoted(missing)}`, hint);
  }
  const repeated = columns.filter((name) => !found.delete(name));
  if (repeated.length > 0) {
    throw new FormatError(`${where}: the header repeats ${quoted(repeated)}`, hint);
  }
  const known = new Set<string>([...required, ...(optional ?? columns)]);
  const unknown = columns.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new FormatError(`${where}: the header has the unknown ${quoted(unknown)}`, hint);
  }

  const rows = body.map(({ line, fields }) => {
    if (fields.length !== columns.length) {
      throw new FormatError(
        `${source}, line ${line}: ${fields.length} values for ${columns.length} columns`,
        'Every line needs a value, which may be empty, for each column; quote values that hold the separator.',
      );
    }
    const cells = Object.fromEntries(columns.map((name, i) => [name, textOf(fields[i] ?? '')]));
    return { line, cells: cells as Record<Name, string> };
  });
  return { columns, rows };
}

/**
 * Reads a table whose columns are separated by commas, semicolons or tabs: what its header has most of.
 *
 * @throws FormatError as parseCsv and tableOf, and for text that is not UTF-8; FileError
 */
export async function readTable<Name extends string>(
  files: Files,
  path: string,
  columns: Columns<Name>,
): Promise<TypedTable<Name>> {
  const text = await readText(files, path);
  return tableOf(parseCsv(text, path, separatorOf(text)), path, columns);
}

/** Of columns that a message is about. */
const MOST_NAMED = 8;

function quoted(names: readonly string[]): string {
  const list = names.slice(0, MOST_NAMED).map(brief).join(', ');
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${names.length === 1 ? 'column' : 'columns'} ${list}${more}`;
}
