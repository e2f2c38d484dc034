import { printable } from '../../core/printable.js';
import { element, percent, precise, seconds as secondsText } from '../dom.js';
import { labelName, t, taskName } from '../language/words.js';
import type { ModelInfo, NamedFile, Predicted } from '../protocol.js';
import { sortedBy, type Direction, type SortValue } from '../sorting.js';
import { topOf } from '../words.js';

/** A recording of several, and what came of it. */
export interface Entry {
  readonly recording: NamedFile;
  result?: Predicted;
  problem?: Error;
}

interface Column {
  readonly title: string;
  /** Of words, which begin at the left. */
  readonly text?: true;
  readonly first: Direction;
  readonly valueOf: (entry: Entry) => SortValue;
  readonly cellOf: (result: Predicted) => HTMLElement;
}

interface Line {
  readonly row: HTMLTableRowElement;
  readonly button: HTMLButtonElement;
}

/** Recordings with their answers: a click on a header sorts, a click on a row opens the recording. */
export class RecordingsTable {
  readonly #lines = new Map<Entry, Line>();
  readonly #entryOf = new Map<HTMLTableRowElement, Entry>();
  #entries: readonly Entry[] = [];
  #columns: readonly Column[] = [];
  #body = element('tbody');
  #heads: readonly HTMLElement[] = [];
  #sort: { readonly column: number; readonly direction: Direction } | undefined;
  #current: Entry | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly open: (entry: Entry) => void,
  ) {}

  /** The first entry, that which is shown, stays in the tab order; arrows, Home and End move on from it. */
  show(entries: readonly Entry[], info: ModelInfo): void {
    this.#entries = entries;
    this.#columns = columnsOf(info);
    this.#sort = undefined;
    this.#current = undefined;
    this.#lines.clear();
    this.#entryOf.clear();
    this.#body = element('tbody');
    this.#body.addEventListener('click', (event) => this.#click(event));
    this.#body.addEventListener('keydown', (event) => this.#key(event));
    this.#heads = this.#columns.map((column, i) => this.#headOf(column, i));
    for (const entry of entries) this.#body.append(this.#lineOf(entry).row);
    this.#tabTo(this.#buttons[0]);
    this.root.replaceChildren(
      element(
        'table',
        { class: 'recordings' },
        element('caption', { class: 'visually-hidden' }, t().table.caption),
        element('thead', {}, element('tr', {}, ...this.#heads)),
        this.#body,
      ),
    );
  }

  /** Draws what came of an entry. Rows stay where they are until they are sorted. */
  update(entry: Entry): void {
    const line = this.#lines.get(entry);
    if (line !== undefined) this.#fill(line.row, entry);
  }

  /** Marks the entry that is worked on. */
  working(entry: Entry): void {
    this.#lines.get(entry)?.row.classList.add('working');
  }

  /** Marks the entry that is shown below. */
  mark(entry: Entry | undefined): void {
    if (this.#current !== undefined) {
      this.#lines.get(this.#current)?.row.removeAttribute('aria-current');
    }
    this.#current = entry;
    if (entry === undefined) return;
    const line = this.#lines.get(entry);
    line?.row.setAttribute('aria-current', 'true');
    this.#tabTo(line?.button);
  }

  focus(): void {
    this.#body.querySelector<HTMLElement>('button[tabindex="0"]')?.focus();
  }

  /** Puts rows in the order that was chosen, with what has come since. */
  sort(): void {
    if (this.#sort === undefined) return;
    const { column, direction } = this.#sort;
    const valueOf = this.#columns[column]?.valueOf ?? (() => undefined);
    const focused = document.activeElement;
    const sorted = sortedBy(this.#entries, valueOf, direction, document.documentElement.lang);
    this.#body.append(...sorted.flatMap((entry) => this.#lines.get(entry)?.row ?? []));
    if (focused instanceof HTMLElement && this.#body.contains(focused)) focused.focus();
    else if (this.#current === undefined) this.#tabTo(this.#buttons[0]);
  }

  #headOf({ title, first, text }: Column, i: number): HTMLElement {
    const button = element('button', { type: 'button' }, title);
    const head = element('th', { scope: 'col', ...(text && { class: 'text' }) }, button);
    button.addEventListener('click', () => {
      const { column, direction } = this.#sort ?? {};
      const other = direction === 'ascending' ? 'descending' : 'ascending';
      this.#sort = { column: i, direction: column === i ? other : first };
      for (const one of this.#heads) one.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', this.#sort.direction);
      this.sort();
    });
    return head;
  }

  #lineOf(entry: Entry): Line {
    const { path } = entry.recording;
    const button = element(
      'button',
      { type: 'button', title: printable(path), tabindex: '-1' },
      path,
    );
    const row = element('tr', {}, element('th', { scope: 'row' }, button));
    const line = { row, button };
    this.#lines.set(entry, line);
    this.#entryOf.set(row, entry);
    this.#fill(row, entry);
    return line;
  }

  #fill(row: HTMLTableRowElement, { recording: { path }, result, problem }: Entry): void {
    row.className = result !== undefined ? '' : problem !== undefined ? 'failed' : 'waiting';
    const others = this.#columns.slice(1);
    const cells =
      problem !== undefined
        ? [
            element(
              'td',
              { colspan: String(others.length), lang: 'en' },
              withoutName(problem, path),
            ),
          ]
        : others.map(({ cellOf }) => (result === undefined ? element('td') : cellOf(result)));
    const name = row.cells.item(0);
    row.replaceChildren(...(name === null ? [] : [name]), ...cells);
  }

  get #buttons(): readonly HTMLButtonElement[] {
    return Array.from(this.#body.querySelectorAll('button'));
  }

  #tabTo(button: HTMLButtonElement | undefined): void {
    if (button === undefined) return;
    this.#body
      .querySelectorAll('button[tabindex="0"]')
      .forEach((one) => one.setAttribute('tabindex', '-1'));
    button.tabIndex = 0;
  }

  #click({ target }: Event): void {
    const row = target instanceof Element ? target.closest('tr') : null;
    const entry = row === null ? undefined : this.#entryOf.get(row);
    if (entry !== undefined) this.open(entry);
  }

  #key(event: KeyboardEvent): void {
    const buttons = this.#buttons;
    const at = buttons.findIndex((button) => button === event.target);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: buttons.length - 1,
    };
    const to = buttons[moves[event.key] ?? -1];
    if (at === -1 || to === undefined) return;
    event.preventDefault();
    this.#tabTo(to);
    to.focus();
  }
}

function columnsOf({ task, labels, numbers }: ModelInfo): readonly Column[] {
  const name: Column = {
    title: t().table.recording,
    text: true,
    first: 'ascending',
    valueOf: ({ recording }) => recording.path,
    cellOf: () => element('td'), // its name is there from the beginning
  };
  const length: Column = {
    title: t().table.length,
    first: 'ascending',
    valueOf: ({ result }) => result?.seconds,
    cellOf: ({ seconds }) => element('td', {}, secondsText(seconds)),
  };
  const answer: Column = {
    title: sentenceCase(taskName(task)),
    text: true,
    first: 'ascending',
    valueOf: ({ result }) =>
      result && (result.sure === false ? '\uffff' : '') + labelName(labelOf(result)),
    cellOf: (result) =>
      result.sure === false
        ? element('td', { class: 'answer quiet' }, t().answer.notSure)
        : element('td', { class: 'answer' }, labelName(labelOf(result))),
  };
  const ofLabels = labels.map((label, i): Column => ({
    title: labelName(label),
    first: 'descending',
    valueOf: ({ result }) => result?.scores[label],
    cellOf: (result) => shareCell(result.scores[label] ?? 0, i, labelOf(result) === label),
  }));
  const ofNumbers = numbers.map((task): Column => ({
    title: taskName(task),
    first: 'descending',
    valueOf: ({ result }) => result?.values[task],
    cellOf: ({ values }) => element('td', {}, precise(values[task] ?? NaN, 3)),
  }));
  return [name, length, ...(labels.length > 0 ? [answer] : []), ...ofLabels, ...ofNumbers];
}

/** What is wrong with a recording, which the row names already. */
function withoutName({ message }: Error, path: string): string {
  return message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function labelOf({ scores }: Predicted): string {
  return topOf(scores)[0];
}

/** The number, with a bar behind it. */
function shareCell(share: number, series: number, best: boolean): HTMLElement {
  const kind = `share series-${series % 6}${best ? ' best' : ''}`;
  const cell = element('td', { class: kind }, element('span', {}, percent(share)));
  cell.style.setProperty('--share-part', share.toFixed(3));
  return cell;
}
