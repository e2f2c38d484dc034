import { element } from '../dom.js';

/** How many of some things there are, as steps of a row: for screen readers, a meter with a text. */
export class Meter {
  readonly #root: HTMLElement;

  constructor(root: HTMLElement) {
    this.#root = root;
    root.classList.add('meter');
    root.setAttribute('role', 'meter');
  }

  show(count: number, most: number, text: string): void {
    const now = Math.min(count, most);
    const values = { valuemin: 0, valuemax: most, valuenow: now, valuetext: text };
    for (const [name, value] of Object.entries(values)) {
      this.#root.setAttribute(`aria-${name}`, String(value));
    }
    const steps = Array.from({ length: most }, (_, i) =>
      element('span', i < now ? { class: 'full' } : {}),
    );
    this.#root.replaceChildren(...steps);
  }
}
