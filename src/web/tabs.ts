/**
 * Tabs by the ARIA pattern: one of them is in the tab order; arrows, Home and End move between
 * them.
 */
export class Tabs {
  readonly #tabs: readonly HTMLElement[];
  readonly #listeners = new Set<(name: string) => void>();

  constructor(list: HTMLElement) {
    this.#tabs = Array.from(list.querySelectorAll<HTMLElement>('[role=tab]'));
    for (const [i, tab] of this.#tabs.entries()) {
      tab.addEventListener('click', () => this.open(nameOf(tab)));
      tab.addEventListener('keydown', (event) => {
        const to = this.#target(event.key, i);
        if (to === undefined) return;
        event.preventDefault();
        this.open(nameOf(to));
        to.focus();
      });
    }
  }

  /** Of all tabs, in their order. */
  get names(): readonly string[] {
    return this.#tabs.map(nameOf);
  }

  open(name: string): void {
    const chosen = this.#tabs.find((tab) => nameOf(tab) === name);
    if (chosen === undefined) return;
    for (const tab of this.#tabs) {
      const own = tab === chosen;
      tab.setAttribute('aria-selected', String(own));
      tab.tabIndex = own ? 0 : -1;
      const panel = document.getElementById(nameOf(tab));
      if (panel !== null) panel.hidden = !own;
    }
    for (const listener of this.#listeners) listener(name);
  }

  /** Calls the listener for every tab that opens. */
  onOpen(listener: (name: string) => void): void {
    this.#listeners.add(listener);
  }

  #target(key: string, from: number): HTMLElement | undefined {
    const count = this.#tabs.length;
    if (key === 'ArrowRight') return this.#tabs[(from + 1) % count];
    if (key === 'ArrowLeft') return this.#tabs[(from + count - 1) % count];
    if (key === 'Home') return this.#tabs[0];
    return key === 'End' ? this.#tabs[count - 1] : undefined;
  }
}

function nameOf(tab: HTMLElement): string {
  return tab.getAttribute('aria-controls') ?? '';
}
