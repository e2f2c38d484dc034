import { AlstmError } from '../core/errors.js';
import { printable } from '../core/printable.js';
import { WorkerProblem } from './client.js';
import { element, show } from './dom.js';

/** The status and error lines of a part of the page. */
export class Status {
  constructor(
    private readonly line: HTMLElement,
    private readonly error: HTMLElement,
  ) {}

  /** Tells screen readers only what the page shows elsewhere. */
  announce(text: string): void {
    this.say(text);
    this.line.classList.add('visually-hidden');
  }

  /** Shows how far something is, again and again: screen readers are not told. */
  progress(text: string): void {
    this.say(text);
    this.line.setAttribute('aria-live', 'off');
  }

  say(text: string): void {
    this.line.removeAttribute('aria-live');
    this.line.classList.remove('visually-hidden');
    this.line.textContent = printable(text); // with names of files
    this.line.classList.toggle('busy', text.endsWith('…'));
  }

  /** Runs a job and shows its error. Undefined if it failed. */
  async run<T>(doing: string, job: () => Promise<T>): Promise<T | undefined> {
    show(this.error, false);
    this.say(doing);
    try {
      const result = await job();
      this.say('');
      return result;
    } catch (problem) {
      this.say('');
      this.fail(problem);
      return undefined;
    }
  }

  fail(problem: unknown): void {
    const message = problem instanceof Error ? problem.message : String(problem);
    const hinted = problem instanceof WorkerProblem || problem instanceof AlstmError;
    const hint = hinted ? problem.hint : '';
    // What the worker says is English in every language of the page.
    this.error.lang = problem instanceof WorkerProblem ? 'en' : '';
    if (this.error.lang === '') this.error.removeAttribute('lang');
    const parts = [element('strong', {}, sentence(message))];
    this.error.replaceChildren(
      ...parts,
      ...(hint === '' ? [] : [element('span', {}, sentence(hint))]),
    );
    show(this.error, true);
  }
}

/** Turns a message, which the command line prints without capital and full stop, into a sentence. */
export function sentence(text: string): string {
  const word = text.split(' ', 1)[0] ?? '';
  const isName = /[./:]/.test(word); // of a file: kept as it is
  const begun = isName ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
