import { formatCsv } from '../core/csv.js';
import type { Column } from './columns.js';
import { safeCell } from '../core/csv-cells.js';
import type { Row } from './row.js';

/** The first line of a table, with its end. */
export function csvHead(columns: readonly Column[]): string {
  return formatCsv([columns.map(({ name }) => safeCell(name))]);
}

/** Rows as lines of a table, each with its end; what has no value is an empty cell. */
export function csvRows(columns: readonly Column[], rows: readonly Row[]): string {
  return formatCsv(rows.map((row) => columns.map((column) => cellOf(column, row))));
}

function cellOf({ type, valueOf }: Column, row: Row): string {
  const value = valueOf(row);
  if (typeof value === 'string' && type === 'text') return safeCell(value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
