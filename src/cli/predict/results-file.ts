import { FileError, UsageError, WriteError } from '../../core/errors.js';
import { piecesOf } from '../../core/files.js';
import { joinPath, parentFolder } from '../../core/paths.js';
import { ownUnfinishedName } from '../../platform/node/unfinished.js';
import type { Column } from '../../results/columns.js';
import type { Row } from '../../results/row.js';
import type { Cli } from '../cli.js';
import { csvFormat, jsonLines, type RowFormat } from './formats.js';
import { writeParquet } from './parquet.js';
import { recordsOf } from './records.js';
import { refuseOtherSettings, type ResultSettings, writeSettings } from './settings.js';

export const endings = ['.jsonl', '.csv', '.parquet'] as const;

export interface ResultsOptions {
  readonly settings: ResultSettings;
  readonly columns: readonly Column[];
  readonly resume: boolean;
  readonly retryFailed: boolean;
}

/** Bytes of text that are copied at once. */
const COPIED = 2 ** 20;

/**
 * The file that results are written to. Rows are appended, many at a time, each time to the disk itself: a process that is
 * killed leaves whole rows and at most one incomplete one, which is cut off when the file is continued. A Parquet
 * file has its footer at its end, so its rows are kept as lines of JSON beside it until all are there.
 */
export class ResultsFile {
  /** Paths of the recordings that have a row. */
  readonly done = new Set<string>();
  /** Rows that say of a recording that it failed, from before. */
  failedBefore = 0;
  /** It was complete when it was opened: nothing can be added. */
  complete = false;
  /** The file that is appended to. */
  readonly #rows: string;
  readonly #format: RowFormat;
  #unlock: () => Promise<void> = () => Promise.resolve();

  private constructor(
    private readonly cli: Cli,
    readonly path: string,
    private readonly options: ResultsOptions,
  ) {
    const isParquet = path.endsWith('.parquet');
    this.#rows = isParquet ? `${path}.jsonl` : path;
    this.#format = path.endsWith('.csv') ? csvFormat(options.columns) : jsonLines;
  }

  /** Whether the rows have the attention. */
  static keepsAttention(path: string): boolean {
    return path.endsWith('.jsonl');
  }

  /**
   * Begins a file, or continues one.
   *
   * @throws UsageError for one that exists already, or was begun otherwise; FileError if another process writes it;
   *   FormatError if it was changed; WriteError
   */
  static async open(cli: Cli, path: string, options: ResultsOptions): Promise<ResultsFile> {
    const file = new ResultsFile(cli, path, options);
    if (!options.resume) await file.#refuseExisting();
    if (await cli.files.isFolder(path)) {
      throw new WriteError(`cannot write ${path}: it is a folder`, 'Give another path.');
    }
    await cli.files.makeFolder(parentFolder(path));
    file.#unlock = (await cli.files.lock?.(`${path}.lock`)) ?? file.#unlock;
    try {
      await file.#begin();
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Appends rows; once it has resolved they survive a crash. Throws WriteError, and then none was added. */
  async take(rows: readonly Row[]): Promise<void> {
    const fresh = rows.filter((row) => !this.done.has(row.path));
    if (fresh.length === 0) return;
    await this.cli.files.appendLine(this.#rows, this.#format.textOf(fresh).slice(0, -1));
    for (const row of fresh) this.done.add(row.path);
  }

  /** Nothing more comes: of a Parquet file, writes it. */
  async finish(): Promise<void> {
    if (this.#rows === this.path || this.complete) return;
    const { columns, settings } = this.options;
    await writeParquet(this.cli, { rows: this.#rows, out: this.path, columns, settings });
    await this.cli.files.remove(this.#rows);
  }

  /** Lets other processes have it. */
  close(): Promise<void> {
    return this.#unlock();
  }

  async #refuseExisting(): Promise<void> {
    for (const path of new Set([this.path, this.#rows])) {
      if (!(await this.cli.files.exists(path))) continue;
      throw new UsageError(
        `${path} exists already`,
        'Go on with what is missing in it with --resume, or give another --out.',
      );
    }
  }

  async #begin(): Promise<void> {
    const { files } = this.cli;
    const { settings } = this.options;
    const [rows, whole] = [await files.exists(this.#rows), await files.exists(this.path)];
    if (!rows && !whole) {
      await writeSettings(this.cli, this.path, settings);
      await files.write(this.#rows, this.#format.head);
      return;
    }
    await refuseOtherSettings(this.cli, this.path, settings);
    this.complete = !rows;
    if (rows) await this.#readBack();
  }

  /** What the rows say that are there; without an incomplete one at the end, and failed ones that are tried again. */
  async #readBack(): Promise<void> {
    const { retryFailed } = this.options;
    let bytes = 0;
    let kept = 0;
    const pieces = counted(piecesOf(this.cli.files, this.#rows), (n) => (bytes += n));
    for await (const record of this.#records(pieces)) {
      if (record.failed && retryFailed) continue;
      kept += record.bytes.length;
      if (record.path === undefined) continue;
      this.done.add(record.path);
      if (record.failed) this.failedBefore++;
    }
    if (kept < bytes) await this.#rewrite();
  }

  async #rewrite(): Promise<void> {
    const { files } = this.cli;
    const temporary = joinPath(parentFolder(this.#rows), ownUnfinishedName());
    let text: Uint8Array[] = [];
    let size = 0;
    const flush = async (): Promise<void> => {
      if (size === 0) return;
      await files.appendLine(temporary, withoutEnd(text)); // it adds the last line end again
      [text, size] = [[], 0];
    };
    try {
      await files.write(temporary, '');
      const pieces = piecesOf(files, this.#rows);
      for await (const { bytes, failed } of this.#records(pieces)) {
        if (failed && this.options.retryFailed) continue;
        text.push(bytes.slice());
        size += bytes.length;
        if (size > COPIED) await flush();
      }
      await flush();
      await files.rename(temporary, this.#rows);
    } catch (error) {
      await files.remove(temporary);
      throw error;
    }
  }

  async *#records(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<{
    readonly bytes: Uint8Array;
    readonly path?: string;
    readonly failed: boolean;
  }> {
    const { head, quoted, read } = this.#format;
    let line = 0;
    for await (const bytes of recordsOf(pieces, quoted)) {
      line++;
      if (line === 1 && head !== '') {
        if (new TextDecoder().decode(bytes) !== head) throw this.#changed();
        yield { bytes, failed: false };
      } else yield { bytes, ...read(bytes, `${this.#rows}, record ${line}`) };
    }
    if (line === 0 && head !== '') throw this.#changed();
  }

  #changed(): FileError {
    return new FileError(
      `${this.path} does not begin with the columns that it was begun with`,
      'Put it back as it was, or give another --out.',
    );
  }
}

function withoutEnd(parts: readonly Uint8Array[]): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const text = parts.map((part) => decoder.decode(part, { stream: true })).join('');
  return text.slice(0, -1);
}

async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of pieces) {
    count(piece.length);
    yield piece;
  }
}
