import type { Predicted } from '../../inference/predict-all.js';
import { failedRow, type Row, rowOf } from '../../results/row.js';
import type { Cli } from '../cli.js';
import { ArchiveProgress } from './progress.js';
import type { ResultsFile } from './results-file.js';
import { predictionText } from './text.js';

/** Errors that are shown when the file of results has them too. */
const SHOWN_ERRORS = 10;

export interface TellerOptions {
  /** Where results go; undefined: to standard output. */
  readonly file: ResultsFile | undefined;
  readonly attention: boolean;
  /** Recordings, if it is known. */
  readonly total?: number;
}

/** Tells what came of recordings: prints it or writes it down, with progress and a summary. */
export class Teller {
  readonly #progress: ArchiveProgress;

  constructor(
    private readonly cli: Cli,
    private readonly options: TellerOptions,
  ) {
    this.#progress = new ArchiveProgress(cli, options.total);
  }

  /** Shows how far a recording of more than an hour is. */
  within(path: string, heard: number, seconds: number): void {
    this.#progress.within(path, heard, seconds);
  }

  /** Throws WriteError. */
  async tell(window: readonly Predicted<{ readonly path: string }>[]): Promise<void> {
    const { file } = this.options;
    if (file === undefined) for (const one of window) this.#print(one);
    else await this.#write(file, window);
    this.#progress.show();
  }

  /** Nothing more comes. */
  async end(): Promise<void> {
    const { cli } = this;
    const { file } = this.options;
    await file?.finish();
    cli.stopProgress();
    const { recordings, failed, audio, seconds } = this.#progress;
    if (file === undefined) {
      if (recordings > 1) cli.log(this.#progress.summary());
      return;
    }
    if (failed > SHOWN_ERRORS) cli.log(`${failed} failed; ${file.path} says why`);
    if (file.failedBefore > 0) {
      cli.exitCode = 1;
      const retry = 'try them again with --resume --retry-failed';
      cli.log(`${file.failedBefore} failed before: ${retry}`);
    }
    const result = { out: file.path, recordings, failed, audio_seconds: audio, seconds };
    cli.result(result, () => [`${file.path}  ${this.#progress.summary()}`]);
  }

  async #write(
    file: ResultsFile,
    window: readonly Predicted<{ readonly path: string }>[],
  ): Promise<void> {
    const { path } = file;
    const rows: Row[] = [];
    const keeps = this.options.attention && path.endsWith('.jsonl');
    for (const { recording, prediction, error } of window) {
      if (file.done.has(recording.path)) continue;
      this.#progress.count(recording.path, prediction?.seconds);
      if (prediction !== undefined) rows.push(rowOf(recording.path, prediction, keeps));
      else rows.push(this.#failed(recording.path, error));
    }
    await file.take(rows);
  }

  #failed(path: string, error: Error): Row {
    if (this.#progress.failed <= SHOWN_ERRORS) this.cli.complain(error);
    this.cli.exitCode = 1;
    return failedRow(path, error);
  }

  #print({ recording: { path }, prediction, error }: Predicted<{ readonly path: string }>): void {
    const { cli } = this;
    const { attention } = this.options;
    this.#progress.count(path, prediction?.seconds);
    if (prediction === undefined) {
      cli.complain(error);
      if (cli.json) cli.printJson(failedRow(path, error));
      return;
    }
    const row = (): Row => rowOf(path, prediction, attention);
    if (cli.json) cli.printJson(row());
    else cli.print(...predictionText(path, prediction, attention));
  }
}
