import { element } from './dom.js';
import { t } from './language/words.js';

/** What a notice lets one do. */
interface Action {
  readonly text: string;
  readonly act: () => void;
}

/** Lines about the page as a whole, above its parts. */
export class Notices {
  readonly #shown = new Map<string, HTMLElement>();
  /** There from the start: screen readers announce what is added to it. */
  readonly #list = element('div', { id: 'notices', role: 'status' });

  constructor() {
    document.getElementById('main')?.prepend(this.#list);
  }

  /** @param about one notice about a matter is shown: a later one replaces it */
  tell(about: string, text: string, action?: Action): void {
    this.dismiss(about);
    const line = element('p', { class: 'page-notice', 'data-about': about }, text);
    const close = element('button', { type: 'button', class: 'link' }, t().notices.notNow);
    close.addEventListener('click', () => this.dismiss(about));
    if (action !== undefined) {
      const button = element('button', { type: 'button', class: 'button small' }, action.text);
      button.addEventListener('click', action.act);
      line.append(' ', button, ' ', close);
    }
    this.#shown.set(about, line);
    this.#list.append(line);
  }

  dismiss(about: string): void {
    this.#shown.get(about)?.remove();
    this.#shown.delete(about);
  }
}

export const notices = new Notices();
