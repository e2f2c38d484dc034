import { DEFAULT_VOICES } from '../../model/voices.js';
import { t } from '../language/words.js';
import { notices } from '../notices.js';
import type { Tabs } from '../tabs.js';
import { hashOf, placeOf, type Place } from './place.js';

/** Of an entry of the tab's history: the model that answered there. Empty: none that comes with the page. */
interface Entry {
  readonly model: string;
}

/**
 * Keeps the address in step with the open part and the model that answers, so that a link or a step back leads to both. The default model is not
 * named in the address.
 */
export class Address {
  readonly #listeners = new Set<(model: string) => void>();
  #part: string;
  /** Undefined until one has been loaded. */
  #model: string | undefined;
  #asked: string | undefined;
  /** An address is being followed: what opens is there already. */
  #following = false;

  constructor(private readonly tabs: Tabs) {
    this.#part = tabs.names[0] ?? '';
    this.#asked = placeOf(location.hash).model;
    tabs.onOpen((part) => {
      this.#part = part;
      if (this.#following) return;
      forgetNotices();
      this.#write('push');
    });
    addEventListener('popstate', ({ state }) => this.#follow(state as Entry | null));
    this.#open(placeOf(location.hash));
  }

  /** The model that the page was opened with, if its address names one. */
  get asked(): string | undefined {
    return this.#asked;
  }

  /** Calls the listener with the model that an address leads to. */
  onModel(listener: (model: string) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Another model answers.
   *
   * @param model the name of one that comes with the page
   */
  answeredBy(model: string | undefined): void {
    const first = this.#model === undefined;
    this.#model = model ?? '';
    // What the page does by itself, or for an address, is no step of the user.
    this.#write(first || model === this.#asked ? 'replace' : 'push');
    this.#asked = undefined;
  }

  /** The address names a model that the page lacks. */
  lacks(model: string, shipped: readonly string[]): void {
    this.#asked = undefined;
    if (this.#model !== undefined) this.#write('replace');
    if (shipped.length === 0) return; // a line of its own says that none can be fetched
    notices.tell('model', t().address.noModel(model, shipped.join(', ')));
  }

  #follow(entry: Entry | null): void {
    const place = placeOf(location.hash);
    this.#open(place);
    const model = place.model ?? entry?.model ?? '';
    if (model === '' || model === this.#model) return this.#write('replace');
    this.#asked = model;
    for (const listener of this.#listeners) listener(model);
  }

  #open({ part }: Place): void {
    forgetNotices();
    const { names } = this.tabs;
    // An anchor, such as the link that skips to the content, is no part.
    const isPart = part === '' || names.includes(part);
    if (!isPart && document.getElementById(part) !== null) return;
    const [first = ''] = names;
    this.#following = true;
    this.tabs.open(isPart && part !== '' ? part : first);
    this.#following = false;
    if (isPart) return;
    notices.tell('part', t().address.noPart(part, names.join(', ')));
  }

  #write(how: 'push' | 'replace'): void {
    const named = this.#model === '' || this.#model === DEFAULT_VOICES ? undefined : this.#model;
    // Before a model has been loaded, the address keeps the one it asks for.
    const model = this.#model === undefined ? this.#asked : named;
    const plain = location.hash === '' && model === undefined && this.#part === this.tabs.names[0];
    const hash = plain ? '' : hashOf({ part: this.#part, model });
    const entry: Entry = { model: this.#model ?? this.#asked ?? '' };
    const here = location.hash === hash;
    const same = here && (history.state as Entry | null)?.model === entry.model;
    if (same) return;
    const url = `${location.pathname}${location.search}${hash}`;
    if (how === 'push' && !(here && history.state === null)) history.pushState(entry, '', url);
    else history.replaceState(entry, '', url);
  }
}

/** Of another address. */
function forgetNotices(): void {
  for (const about of ['part', 'model']) notices.dismiss(about);
}
