import { parseCsv } from '../../core/csv.js';
import { FormatError } from '../../core/errors.js';
import { isJsonObject, parseJson } from '../../core/json.js';
import { decodeText } from '../../core/text.js';
import { printableJson } from '../../core/printable.js';
import type { Column } from '../../results/columns.js';
import { csvHead, csvRows } from '../../results/csv.js';
import { textOfCell } from '../../core/csv-cells.js';
import type { Row } from '../../results/row.js';

/** What a row that was written says. */
export interface Written {
  readonly path: string;
  readonly failed: boolean;
}

/** How rows are written to a file that is appended to. */
export interface RowFormat {
  /** The first lines of the file, each with its end. */
  readonly head: string;
  /** Whether line ends within double quotes belong to a record. */
  readonly quoted: boolean;
  /** Rows as records, each with its end. */
  readonly textOf: (rows: readonly Row[]) => string;
  /**
   * What a record says.
   *
   * @throws FormatError if it was not written by `textOf`
   */
  readonly read: (record: Uint8Array, source: string) => Written;
}

/** Lines of JSON. */
export const jsonLines: RowFormat = {
  head: '',
  quoted: false,
  textOf: (rows) => rows.map((row) => `${printableJson(row)}\n`).join(''),
  read: (record, source) => {
    const row = parseRow(record, source);
    return { path: row.path, failed: row['error'] !== undefined };
  },
};

/** The row of a line of JSON. */
export function parseRow(record: Uint8Array, source: string): Row {
  const row = parseJson(decodeText(record, source), source);
  if (isJsonObject(row) && typeof row['path'] === 'string') return row as Row;
  throw notARow(source);
}

/** A table; what has no value is an empty cell. */
export function csvFormat(columns: readonly Column[]): RowFormat {
  const error = columns.findIndex(({ name }) => name === 'error');
  return {
    head: csvHead(columns),
    quoted: true,
    textOf: (rows) => csvRows(columns, rows),
    read: (record, source) => {
      const [{ fields = [] } = {}] = parseCsv(decodeText(record, source), source);
      if (fields.length !== columns.length) throw notARow(source);
      return { path: textOfCell(fields[0]!), failed: fields[error] !== '' };
    },
  };
}

function notARow(source: string): FormatError {
  return new FormatError(
    `${source}: not a row that predict --out wrote`,
    'Put the file back as it was, or write another with another --out.',
  );
}
