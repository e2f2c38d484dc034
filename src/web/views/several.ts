import { failedRow, type Row } from '../../results/row.js';
import { WorkerProblem } from '../client.js';
import { byId, show } from '../dom.js';
import { download } from '../files.js';
import { t } from '../language/words.js';
import type { ModelInfo, NamedFile } from '../protocol.js';
import { rowsJson } from '../saved.js';
import type { Status } from '../status.js';
import { tallyText } from '../words.js';
import type { App } from './app.js';
import { RecordingsTable, type Entry } from './recordings-table.js';

/** Failures of the device or the page, not of a recording: the next would fail alike. */
const general = new Set(['AdapterError', 'DeviceLostError', 'UsageError']);
/** Recordings after which the time that is left can be told. */
const ENOUGH_TO_TELL = 3;

/** Several recordings, heard one after another in the worker, as a table. */
export class SeveralView {
  readonly #root = byId('several', HTMLElement);
  readonly #table: RecordingsTable;
  readonly #title = byId('several-title', HTMLElement);
  readonly #time = byId('several-time', HTMLElement);
  readonly #bar = byId('several-progress', HTMLProgressElement);
  readonly #stop = byId('several-stop', HTMLButtonElement);
  readonly #resume = byId('several-resume', HTMLButtonElement);
  readonly #voice = byId('several-voice', HTMLButtonElement);
  readonly #saves = byId('several-save', HTMLElement);
  #entries: readonly Entry[] = [];
  #info: ModelInfo | undefined;
  /** The recording that is heard is the last for now. */
  #stopping = false;

  /**
   * @param open shows one of them as a single recording
   * @param learn gets to know a voice, which all of them are of
   */
  constructor(
    private readonly app: App,
    private readonly status: Status,
    open: (recording: NamedFile) => void,
    learn: (recordings: readonly NamedFile[]) => void,
  ) {
    this.#table = new RecordingsTable(byId('several-table', HTMLElement), (entry) => {
      this.#table.mark(entry);
      open(entry.recording);
    });
    this.#stop.addEventListener('click', () => (this.#stopping = true));
    this.#resume.addEventListener('click', () => void this.#work());
    this.#voice.addEventListener('click', () => {
      learn(this.#entries.flatMap(({ recording, result }) => (result ? [recording] : [])));
    });
    byId('several-close', HTMLElement).addEventListener('click', () => {
      this.close();
      byId('recording', HTMLElement).focus(); // the button that had the focus is gone
    });
    byId('several-csv', HTMLElement).addEventListener('click', () => void this.#saveCsv());
    byId('several-json', HTMLElement).addEventListener('click', () => {
      download('recordings.json', rowsJson(this.#rows), 'application/json');
    });
  }

  /** Of the model that hears them. */
  loaded(info: ModelInfo): void {
    this.#info = info;
    this.again();
  }

  /** Hears recordings; those of before are gone. */
  take(recordings: readonly NamedFile[]): void {
    this.#entries = recordings.map((recording) => ({ recording }));
    this.#begin();
    if (this.#root.getBoundingClientRect().top > innerHeight * 0.8) this.#root.scrollIntoView();
  }

  /** Hears all again: with another model, or another knowledge of the voice. */
  again(): void {
    if (this.#entries.length === 0) return;
    this.#entries = this.#entries.map(({ recording }) => ({ recording }));
    this.#begin();
  }

  close(): void {
    this.#entries = [];
    show(this.#root, false);
  }

  #begin(): void {
    if (this.#info === undefined) return; // it begins once a model is loaded
    show(this.#root, true);
    this.#title.textContent = t().recordings(this.#entries.length);
    this.#table.show(this.#entries, this.#info);
    void this.#work();
  }

  async #work(): Promise<void> {
    const entries = this.#entries;
    const left = entries.filter(isLeft);
    const began = performance.now();
    this.#stopping = false;
    this.#phase(true);
    this.status.announce(t().listen.toSeveral(left.length));
    let failure: unknown;
    for (const [done, entry] of left.entries()) {
      this.#tell(done, left.length, performance.now() - began);
      this.#table.working(entry);
      failure = await this.#hear(entry);
      if (entries !== this.#entries) return; // others have taken their place
      this.#table.update(entry);
      if (failure !== undefined || this.#stopping) break;
    }
    this.#table.sort();
    this.#phase(false);
    if (failure !== undefined) this.status.fail(failure);
    else this.status.announce(t().table.tally(entries.length, tallyText(entries)));
  }

  /** @returns what went wrong, unless it is the recording's own fault */
  async #hear(entry: Entry): Promise<unknown> {
    const { path: name, file } = entry.recording;
    try {
      entry.result = await this.app.client.call('predict', { name, file });
    } catch (problem) {
      if (!(problem instanceof WorkerProblem) || general.has(problem.kind)) return problem;
      entry.problem = problem;
    }
    return undefined;
  }

  #tell(done: number, all: number, ms: number): void {
    const before = this.#entries.length - all;
    this.#bar.value = (before + done) / this.#entries.length;
    const seconds = Math.ceil(((ms / done) * (all - done)) / 1000);
    const more = done >= ENOUGH_TO_TELL ? [t().table.left(timeText(seconds))] : [];
    const now = t().table.done(before + done, this.#entries.length);
    this.#time.textContent = [now, ...more].join(', ');
  }

  #phase(working: boolean): void {
    const left = this.#entries.filter(isLeft).length;
    const focused = document.activeElement;
    show(this.#bar, working);
    show(this.#stop, working);
    show(this.#resume, !working && left > 0);
    show(this.#voice, !working && left === 0 && this.#info?.voice !== undefined);
    show(this.#saves, !working && left < this.#entries.length);
    if (!working) this.#time.textContent = tallyText(this.#entries);
    // A button that disappears must not take the keyboard focus with it.
    if (focused === this.#stop && !working) (left > 0 ? this.#resume : this.#table).focus();
    if ((focused === this.#resume || focused === this.#voice) && working) this.#stop.focus();
  }

  get #rows(): Row[] {
    return this.#entries.flatMap(({ recording, result, problem }) =>
      problem !== undefined
        ? [failedRow(recording.path, problem)]
        : result === undefined
          ? []
          : [result.row],
    );
  }

  async #saveCsv(): Promise<void> {
    const rows = this.#rows;
    const text = await this.status.run(t().saving, () => this.app.client.call('csvOf', { rows }));
    if (text !== undefined) download('recordings.csv', text, 'text/csv');
  }
}

function isLeft({ result, problem }: Entry): boolean {
  return result === undefined && problem === undefined;
}

function timeText(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
