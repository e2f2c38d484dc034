import { UsageError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import type { BulkOptions } from '../features/workers/bulk.js';
import { InThisThread, type RecordingWorkers } from '../features/workers/recording-workers.js';
import type { Engine } from '../gpu/engine.js';
import type { PredictorOptions } from '../inference/predictor.js';
import { openEngine } from '../platform/node/engine.js';
import type { AdapterChoice } from '../platform/node/open-gpu.js';
import { recordingThreads } from '../platform/node/recording-threads.js';
import { printable, printableJson } from '../core/printable.js';
import type { Environment, Output } from './environment.js';
import { type Progress, startProgress } from './progress.js';
import { paintedLine } from './paint.js';
import { errorLines } from './text.js';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly adapter?: AdapterChoice;
  readonly seed: number;
  readonly cache?: string;
  readonly json?: boolean;
  readonly workers?: number;
}

async function* nothing(): AsyncGenerator<string> {}

/** What a command works with: the global options, and ways to read, write and report. */
export class Cli {
  readonly seed: number;
  readonly cache: string;
  readonly json: boolean;
  readonly adapter: AdapterChoice | undefined;
  /** That of --cache. */
  readonly ownCache: string | undefined;
  /** That of --workers. */
  readonly ownWorkers: number | undefined;
  readonly files: Files;
  /** 1 if part of the job failed. */
  exitCode = 0;
  /** Why there is no device, once `engine` has failed: no item of a list is to blame for that. */
  engineFailure: unknown;

  readonly #environment: Environment;
  readonly #warned = new Set<string>();
  #progress: Progress | undefined;
  #engine: Engine | undefined;
  #workers: RecordingWorkers | undefined;
  #stdin: Environment['stdin'];

  constructor(options: GlobalOptions, environment: Environment) {
    if (options.cache === '')
      throw new UsageError('--cache is empty', 'Give the path of a folder.');
    this.seed = options.seed;
    this.ownCache = options.cache;
    this.ownWorkers = options.workers;
    this.cache = options.cache ?? environment.cache;
    this.json = options.json ?? false;
    this.adapter = options.adapter;
    this.files = environment.files;
    this.#environment = environment;
    environment.open.add(this.#close);
  }

  /** Lines of the result: a line break within one of them is part of a name, and is escaped. */
  print(...lines: readonly string[]): void {
    this.#write(this.#environment.stdout, lines);
  }

  /** A value as a line of JSON. */
  printJson(value: unknown): void {
    this.print(printableJson(value));
  }

  /** The result: one line of JSON with `--json`, else the lines of `text`. */
  result(value: unknown, text: () => readonly string[]): void {
    if (this.json) this.printJson(value);
    else this.print(...text());
  }

  /** A log line; it ends the progress shown. */
  readonly log = (line: string): void => {
    this.#write(this.#environment.stderr, [line]);
  };

  /** A warning, which does not end the command; each text is shown once. */
  readonly warn = (line: string): void => {
    if (this.#warned.has(line)) return;
    this.#warned.add(line);
    this.log(`warning: ${line}`);
  };

  /** An error that does not end the command at once, but makes it fail at the end. */
  complain(error: unknown): void {
    this.exitCode = 1;
    this.#write(this.#environment.stderr, errorLines(error));
  }

  /** Shows how far a job is; one at a time. Without a total nobody knows how much there is. */
  startProgress(label: string, total: number | undefined): Progress {
    this.stopProgress();
    this.#progress = startProgress(this.#environment.stderr, label, total);
    return this.#progress;
  }

  /** Whether this progress is still the one shown: every other line ends it. */
  isShowing(progress: Progress): boolean {
    return this.#progress === progress;
  }

  stopProgress(): void {
    this.#progress?.stop();
    this.#progress = undefined;
  }

  /** A callback that shows the progress of one job. */
  progressOf(label: string): (done: number, total: number) => void {
    let progress: Progress | undefined;
    return (done, total) => {
      progress ??= this.startProgress(label, total);
      progress.update(done);
      if (done === total) this.stopProgress();
    };
  }

  /** From now on Ctrl-C aborts the returned signal, and the command stops by itself. */
  takeSignal(): AbortSignal {
    return this.#environment.interruption.takeSignal();
  }

  /**
   * Those who decode recordings and compute features; ended by `close`.
   *
   * @param recordings how many there are, if that is known: threads are not worth starting for one
   */
  workers(recordings = Infinity): RecordingWorkers {
    const { ownWorkers, files, warn } = this;
    if (recordings <= 1) return new InThisThread(files);
    this.#workers ??= this.#environment.threads
      ? recordingThreads({ workers: ownWorkers, files, warn })
      : new InThisThread(files);
    return this.#workers;
  }

  /** How the features of a corpus are computed. */
  get forFeatures(): Pick<Required<BulkOptions>, 'cache' | 'warn' | 'onProgress' | 'workers'> {
    const { cache, warn } = this;
    return { cache, warn, onProgress: this.progressOf('features'), workers: this.workers() };
  }

  /** The device of this command: opened once, closed by `close`. Throws AdapterError. */
  async engine(): Promise<Engine> {
    if (this.#engine) return this.#engine;
    const { adapter, cache, log } = this;
    const ownStderr = this.#environment.ownProcess;
    try {
      this.#engine = await openEngine({ adapter, cache, log, ownStderr });
    } catch (error) {
      this.engineFailure = error;
      throw error;
    }
    const { name, kind, robustness } = this.#engine.gpu.adapter;
    const without = robustness ? `, robustness ${robustness}` : '';
    log(`adapter: ${name}${name.includes(kind) ? '' : ` (${kind})`}${without}`);
    return this.#engine;
  }

  /** What is piped into the command; it is closed with the command. */
  stdin(): AsyncIterable<Uint8Array | string> {
    this.#stdin = this.#environment.stdin;
    return this.#stdin ?? nothing();
  }

  /** Whether results and progress do not meet on the same terminal. */
  get showsProgressApart(): boolean {
    return this.#environment.stdout.terminal === undefined;
  }

  /** Whether standard error is a terminal, with a bar for progress. */
  get hasProgressBar(): boolean {
    return this.#environment.stderr.terminal !== undefined;
  }

  /** Options for predictors that recover from a lost device, and report it. */
  get withRecovery(): Pick<PredictorOptions, 'reopen' | 'log'> {
    return { reopen: () => this.reopenEngine(), log: this.log };
  }

  /** A new device in place of a lost one. */
  reopenEngine(): Promise<Engine> {
    this.#engine?.close();
    this.#engine = undefined;
    return this.engine();
  }

  async close(): Promise<void> {
    await this.#close();
    this.#stdin?.destroy?.(); // a pipe that is still open would keep the process alive
    this.#environment.open.delete(this.#close);
  }

  /** Every printed line goes through here. */
  #write(output: Output, lines: readonly string[]): void {
    if (output === this.#environment.stderr || output.terminal) this.stopProgress();
    const colors = output === this.#environment.stderr && (output.colors ?? false);
    output.write(lines.map((line) => `${paintedLine(printable(line), colors)}\n`).join(''));
  }

  readonly #close = async (): Promise<void> => {
    this.stopProgress();
    this.#engine?.close();
    await this.#workers?.close();
  };
}
