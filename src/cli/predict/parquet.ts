import { open, rm } from 'node:fs/promises';
import type { ColumnSource } from 'hyparquet-writer';
import { piecesOf } from '../../core/files.js';
import { joinPath, parentFolder } from '../../core/paths.js';
import { VERSION } from '../../core/version.js';
import { writeError } from '../../platform/node/errors.js';
import { ownUnfinishedName } from '../../platform/node/unfinished.js';
import type { Column } from '../../results/columns.js';
import type { Row } from '../../results/row.js';
import type { Cli } from '../cli.js';
import { parseRow } from './formats.js';
import { recordsOf } from './records.js';
import type { ResultSettings } from './settings.js';

/** Rows that are in memory together: a row group of the file. */
const GROUP = 10_000;

const types = { text: 'STRING', number: 'DOUBLE', count: 'INT32', flag: 'BOOLEAN' } as const;

/**
 * Writes a Parquet file of rows that are lines of JSON in another file, a group of them at a time. It replaces what is
 * there only once it is whole.
 *
 * @throws WriteError, FileError, FormatError
 */
export async function writeParquet(
  cli: Cli,
  of: {
    readonly rows: string;
    readonly out: string;
    readonly columns: readonly Column[];
    readonly settings: ResultSettings;
  },
): Promise<void> {
  const { rows, out, columns, settings } = of;
  const temporary = joinPath(parentFolder(out), ownUnfinishedName());
  try {
    await fill(temporary, columns, settings, groupsOf(cli, rows));
    await cli.files.rename(temporary, out);
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeError('write', out, error);
  }
}

async function fill(
  path: string,
  columns: readonly Column[],
  settings: ResultSettings,
  groups: AsyncIterable<readonly Row[]>,
): Promise<void> {
  // Loaded where it is needed: it takes a tenth of the time in which a command starts.
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import('hyparquet-writer');
  const file = await open(path, 'wx');
  try {
    const bytes = new ByteWriter();
    const flush = async (): Promise<void> => {
      await file.writeFile(new Uint8Array(bytes.buffer, 0, bytes.index));
      bytes.index = 0;
    };
    const writer = new ParquetWriter({
      writer: Object.assign(bytes, { flush, finish: () => undefined }),
      schema: schemaFromColumnData({ columnData: sources(columns, []) }),
      createdBy: `alstm ${VERSION}`,
      kvMetadata: [{ key: 'alstm', value: JSON.stringify(settings) }],
    });
    for await (const rows of groups) {
      await writer.write({ columnData: sources(columns, rows), rowGroupSize: rows.length });
    }
    await writer.finish();
    await flush();
    await file.sync();
  } finally {
    await file.close();
  }
}

function sources(columns: readonly Column[], rows: readonly Row[]): ColumnSource[] {
  return columns.map(({ name, type, valueOf }) => ({
    name,
    type: types[type],
    nullable: name !== 'path',
    data: rows.map((row) => valueOf(row) ?? undefined),
  }));
}

async function* groupsOf(cli: Cli, path: string): AsyncGenerator<readonly Row[]> {
  let rows: Row[] = [];
  let line = 0;
  for await (const record of recordsOf(piecesOf(cli.files, path), false)) {
    line++;
    rows.push(parseRow(record, `${path}, line ${line}`));
    if (rows.length < GROUP) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}
